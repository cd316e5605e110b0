#!/usr/bin/env bash
# Bootstrap action for EMR 7 (Amazon Linux 2023): makes /opt/atmo, in which notebooks run, on every node of a cluster.
#
#   bootstrap.sh SCRIPTS_URI [--ssh-key-base64 KEY] [--jupyter] [--efs FILE_SYSTEM --efs-home NAME]
#
#   SCRIPTS_URI            s3://bucket/emr/<content hash>, the uploaded copy of this folder
#   --ssh-key-base64 KEY   lets this public key sign in as hadoop. Base64 of the one line, so that no blank or quote is
#                          left for EMR or a shell to interpret
#   --jupyter              JupyterLab on the master node, on localhost:8888, reached through an SSH tunnel; the examples
#                          are copied to ~/notebooks/examples
#   --efs FILE_SYSTEM      keeps ~/notebooks on this EFS file system (fs-...), in the folder homes/NAME, encrypted on the
#   --efs-home NAME        way. A cluster without its owner's files would be worse than none: if it cannot be mounted, the
#                          bootstrap fails, and with it the launch
#
# EMR runs it as hadoop, before it installs Spark and Zeppelin, which EMR itself starts on port 8890. Running it again
# changes nothing.
set -euo pipefail

# Where the file system begins: nowhere else on a node; tests put a folder here.
readonly ROOT=${ATMO_TEST_ROOT:-}
readonly HOME_OF_ATMO=$ROOT/opt/atmo
readonly EFS=$ROOT/mnt/efs
readonly NOTEBOOKS=$HOME/notebooks
readonly MOUNT_SECONDS=120
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
    EFS_ID=''
    EFS_HOME=''
    shift
    while (($#)); do
        case $1 in
            --ssh-key-base64)
                SSH_KEY_BASE64=${2:?bootstrap: --ssh-key-base64 needs a key}
                shift
                ;;
            --jupyter) JUPYTER=yes ;;
            --efs)
                EFS_ID=${2:?bootstrap: --efs needs a file system}
                shift
                ;;
            --efs-home)
                EFS_HOME=${2:?bootstrap: --efs-home needs a name}
                shift
                ;;
            *) die "unknown argument: $1" ;;
        esac
        shift
    done
    [[ $SCRIPTS_URI == s3://* ]] || die "not an S3 address: $SCRIPTS_URI"
    [[ -z $EFS_ID || $EFS_ID =~ ^fs-[0-9a-f]+$ ]] || die "not an EFS file system: $EFS_ID"
    # No dot in front: "." and ".." are folders of others.
    [[ -z $EFS_ID || $EFS_HOME =~ ^[a-z0-9@_-][a-z0-9.@_-]*$ ]] || die "not a name for a home: $EFS_HOME"
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

# Mounts what is not mounted, now and after a restart of the node: mount_once WHAT WHERE TYPE OPTIONS
mount_once() {
    local line="$1 $2 $3 $4 0 0"
    grep --quiet --line-regexp --fixed-strings -e "$line" "$ROOT/etc/fstab" ||
        sudo tee --append "$ROOT/etc/fstab" <<<"$line" >/dev/null
    mountpoint --quiet "$2" || timeout "$MOUNT_SECONDS" sudo mount "$2" || die "cannot mount $1 at $2"
}

# ~/notebooks becomes a folder of EFS. The file system is mounted as a whole first, for that folder to be made in it.
mount_home() {
    local home=$EFS/homes/$EFS_HOME
    rpm --query --quiet amazon-efs-utils || sudo dnf install --assumeyes --quiet amazon-efs-utils
    sudo mkdir --parents "$EFS"
    mount_once "$EFS_ID:/" "$EFS" efs _netdev,nofail,tls,noresvport
    sudo mkdir --parents "$EFS/homes"
    # hadoop's number may differ from one EMR release to the next; then the files of earlier clusters change hands.
    [[ -d $home && $(stat --format=%U "$home") == hadoop ]] || {
        sudo mkdir --parents "$home"
        sudo chown --recursive hadoop:hadoop "$home"
        sudo chmod 700 "$home"
    }
    mkdir -p "$NOTEBOOKS"
    mount_once "$home" "$NOTEBOOKS" none "bind,nofail,x-systemd.requires-mounts-for=$EFS"
}

# An example that somebody has changed stays as it is.
install_examples() {
    local example copy
    mkdir -p "$NOTEBOOKS/examples"
    for example in "$HOME_OF_ATMO"/examples/*.ipynb; do
        copy=$NOTEBOOKS/examples/${example##*/}
        [[ -e $copy ]] || cp "$example" "$copy"
    done
}

# Only the owner of the cluster signs in to the node, and whoever does is hadoop anyway; so no token on top of the tunnel.
# Jupyter itself refuses requests of other sites and under other host names.
install_jupyter() {
    "$HOME_OF_ATMO/bin/python" "$HOME_OF_ATMO/kernel.py" --install "$HOME_OF_ATMO"
    mkdir -p "$NOTEBOOKS"
    sudo tee "$ROOT/etc/systemd/system/atmo-jupyter.service" >/dev/null <<UNIT
[Unit]
Description=JupyterLab
After=network.target remote-fs.target

[Service]
User=hadoop
WorkingDirectory=$NOTEBOOKS
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
    IS_MASTER=$("$PYTHON" -c 'import json, sys; print(json.load(open(sys.argv[1]))["isMaster"])' \
        "$ROOT/mnt/var/lib/info/instance.json")
    install_environment
    on_master || return 0
    [[ -z $SSH_KEY_BASE64 ]] || install_ssh_key
    [[ -z $EFS_ID ]] || mount_home
    [[ $JUPYTER == no ]] || {
        install_examples
        install_jupyter
    }
}

# Sourced, it only defines its functions.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    main "$@"
fi
