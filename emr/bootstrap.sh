#!/usr/bin/env bash
# Bootstrap action for EMR 7 (Amazon Linux 2023): makes /opt/atmo, in which notebooks run, on every node of a cluster.
#
#   bootstrap.sh SCRIPTS_URI [--ssh-key-base64 KEY] [--jupyter]
#
#   SCRIPTS_URI            s3://bucket/emr/<content hash>, the uploaded copy of this folder
#   --ssh-key-base64 KEY   lets this public key sign in as hadoop. Base64 of the one line, so that no blank or quote is
#                          left for EMR or a shell to interpret
#   --jupyter              JupyterLab on the master node, on localhost:8888, reached through an SSH tunnel
#
# EMR runs it as hadoop, before it installs Spark. Running it again changes nothing.
set -euo pipefail

readonly HOME_OF_ATMO=/opt/atmo
# Not /usr/bin/python3, which stays at 3.9 for the life of Amazon Linux 2023: Python itself ended 3.9 in 2025, and the
# packages we pin have left it behind. EMR has 3.11 on its nodes since 7.1; on 7.0, dnf brings it. It is also Lambda's
# and the embedded cloud's version, so a notebook meets one Python everywhere.
readonly PYTHON=python3.11

die() {
    echo "bootstrap: $*" >&2
    exit 1
}

parse_arguments() {
    SCRIPTS_URI=${1:?bootstrap: the address of the scripts is missing}
    SSH_KEY_BASE64=''
    JUPYTER=no
    shift
    while (($#)); do
        case $1 in
            --ssh-key-base64)
                SSH_KEY_BASE64=${2:?bootstrap: --ssh-key-base64 needs a key}
                shift
                ;;
            --jupyter) JUPYTER=yes ;;
            *) die "unknown argument: $1" ;;
        esac
        shift
    done
    [[ $SCRIPTS_URI == s3://* ]] || die "not an S3 address: $SCRIPTS_URI"
}

on_master() {
    [[ $IS_MASTER == True ]]
}

install_python() {
    command -v "$PYTHON" >/dev/null || sudo dnf install --assumeyes "$PYTHON"
}

# The environment belongs to hadoop, who also runs the notebooks, so that %pip install works in them.
install_environment() {
    sudo install --directory --owner=hadoop --group=hadoop "$HOME_OF_ATMO"
    aws s3 cp --recursive --only-show-errors "${SCRIPTS_URI%/}/" "$HOME_OF_ATMO/"
    [[ -x $HOME_OF_ATMO/bin/python ]] || "$PYTHON" -m venv "$HOME_OF_ATMO"
    local requirements='requirements.txt'
    if [[ $JUPYTER == yes ]] && on_master; then
        requirements='requirements-jupyter.txt'
    fi
    "$HOME_OF_ATMO/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --only-binary=:all: \
        --require-hashes --requirement "$HOME_OF_ATMO/$requirements"
}

# Accepts exactly one line of the form "type base64 comment": no options, which could run commands, and no second key.
install_ssh_key() {
    local key folder=$HOME/.ssh
    local form='^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]+=*( [[:print:]]*)?$'
    key=$(base64 --decode <<<"$SSH_KEY_BASE64") || die "the SSH key is not base64"
    [[ $key =~ $form ]] || die "the SSH key is not one public key"
    install --directory --mode=700 "$folder"
    touch "$folder/authorized_keys"
    chmod 600 "$folder/authorized_keys"
    grep --quiet --line-regexp --fixed-strings -e "$key" "$folder/authorized_keys" ||
        printf '%s\n' "$key" >>"$folder/authorized_keys"
}

# Only the owner of the cluster signs in to the node, and whoever does is hadoop anyway; so no token on top of the tunnel.
# Jupyter itself refuses requests of other sites and under other host names.
install_jupyter() {
    "$HOME_OF_ATMO/bin/python" "$HOME_OF_ATMO/kernel.py" --install "$HOME_OF_ATMO"
    mkdir -p "$HOME/notebooks"
    sudo tee /etc/systemd/system/atmo-jupyter.service >/dev/null <<UNIT
[Unit]
Description=JupyterLab
After=network.target

[Service]
User=hadoop
WorkingDirectory=$HOME/notebooks
ExecStart=$HOME_OF_ATMO/bin/jupyter lab --no-browser --ip=127.0.0.1 --port=8888 --ServerApp.port_retries=0 --IdentityProvider.token=
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT
    sudo systemctl daemon-reload
    sudo systemctl enable --now atmo-jupyter.service
}

main() {
    parse_arguments "$@"
    install_python
    IS_MASTER=$("$PYTHON" -c 'import json; print(json.load(open("/mnt/var/lib/info/instance.json"))["isMaster"])')
    install_environment
    on_master || return 0
    [[ -z $SSH_KEY_BASE64 ]] || install_ssh_key
    [[ $JUPYTER == no ]] || install_jupyter
}

# Sourced, it only defines its functions.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    main "$@"
fi
