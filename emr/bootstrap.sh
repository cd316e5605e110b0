#!/usr/bin/env bash
# Bootstrap action for EMR 7 (Amazon Linux 2023): makes /opt/atmo, in which notebooks run, on every node of a cluster.
#
#   bootstrap.sh SCRIPTS_URI [--ssh-key-base64 KEY] [--jupyter] [--activity URI] [--efs FILE_SYSTEM --efs-home NAME]
#
#   SCRIPTS_URI            s3://bucket/emr/<content hash>, the uploaded copy of this folder
#   --ssh-key-base64 KEY   lets this public key sign in as hadoop. Base64 of the one line, so that no blank or quote is
#                          left for EMR or a shell to interpret
#   --jupyter              JupyterLab on the master node, on localhost:8888, reached through an SSH tunnel; the examples
#                          are copied to ~/notebooks/examples
#   --activity URI         the agent that reports below URI whether the cluster is used (watch_activity.py), every minute
#   --efs FILE_SYSTEM      keeps the home directory, all but ~/.ssh, on this EFS file system (fs-...), in the folder
#   --efs-home NAME        homes/NAME, encrypted on the way. A cluster without its owner's files would be worse than none:
#                          if it cannot be mounted, the bootstrap fails, and with it the launch
#
# EMR runs it as hadoop, before it installs Spark and Zeppelin, which EMR itself starts on port 8890. Running it again
# changes nothing. Everything is fetched from S3, so that a node needs no way to the internet; only amazon-efs-utils, with --efs, comes
# from Amazon Linux's repository, which is in S3 as well.
set -euo pipefail

# Where the file system begins: nowhere else on a node; tests put a folder here.
readonly ROOT=${ATMO_TEST_ROOT:-}
readonly HOME_OF_ATMO=$ROOT/opt/atmo
readonly EFS=$ROOT/mnt/efs
readonly EFS_OPTIONS=_netdev,nofail,tls,noresvport
readonly OWN_SSH=$ROOT/var/lib/atmo/ssh
readonly NOTEBOOKS=$HOME/notebooks
readonly MOUNT_SECONDS=120
readonly KERNEL_IDLE_SECONDS=21600
# Not /usr/bin/python3, which stays at 3.9 for the life of Amazon Linux 2023: Python itself ended 3.9 in 2025, and the
# packages we pin have left it behind. EMR has 3.11 on its nodes since 7.1, and earlier releases are refused before they are
# launched (chalicelib/jobflows/supported_releases.py). It is also the version that the tests run notebooks with.
readonly PYTHON=python3.11

die() {
    echo "bootstrap: $*" >&2
    exit 1
}

parse_arguments() {
    SCRIPTS_URI=${1:?bootstrap: the address of the scripts is missing}
    SSH_KEY_BASE64=''
    JUPYTER=no
    ACTIVITY_URI=''
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
            --activity)
                ACTIVITY_URI=${2:?bootstrap: --activity needs an address}
                shift
                ;;
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
    [[ -z $ACTIVITY_URI || $ACTIVITY_URI =~ ^s3://[A-Za-z0-9./:_-]+$ ]] || die "not an S3 address: $ACTIVITY_URI"
    [[ -z $EFS_ID || $EFS_ID =~ ^fs-[0-9a-f]+$ ]] || die "not an EFS file system: $EFS_ID"
    # No dot in front: "." and ".." are folders of others.
    [[ -z $EFS_ID || $EFS_HOME =~ ^[a-z0-9@_-][a-z0-9.@_-]*$ ]] || die "not a name for a home: $EFS_HOME"
}

on_master() {
    [[ $IS_MASTER == True ]]
}

# The environment belongs to hadoop, who also runs the notebooks, so that %pip install works in them.
install_environment() {
    command -v "$PYTHON" >/dev/null || die "this EMR release has no $PYTHON"
    sudo install --directory --owner=hadoop --group=hadoop "$HOME_OF_ATMO"
    aws s3 cp --recursive --only-show-errors "${SCRIPTS_URI%/}/" "$HOME_OF_ATMO/"
    [[ -x $HOME_OF_ATMO/bin/python ]] || "$PYTHON" -m venv "$HOME_OF_ATMO"
    if ! on_master; then
        install_packages requirements-executor.txt executor
    elif [[ $JUPYTER == no ]]; then
        install_packages requirements.txt executor notebook
    else
        install_packages requirements-jupyter.txt executor notebook jupyter
    fi
}

# Workers have what Spark's Python functions need, masters what notebooks need. The wheels lie beside the scripts, packed by
# scripts/package/wheelhouse.py: install_packages REQUIREMENTS ARCHIVE...
install_packages() {
    local requirements=$HOME_OF_ATMO/$1 wheels=$HOME_OF_ATMO/wheels mark=$HOME_OF_ATMO/.installed from archive uv
    shift
    from=${SCRIPTS_URI%/emr/*}/$(<"$HOME_OF_ATMO/wheels.txt")/$(uname --machine)
    [[ ! -e $mark || $(<"$mark") != "$from $*" ]] || return 0
    rm --recursive --force "$wheels"
    mkdir "$wheels"
    for archive; do
        aws s3 cp --only-show-errors "$from/$archive.tar" - | tar --extract --directory "$wheels"
    done
    "$PYTHON" -m zipfile --extract "$wheels"/uv-*.whl "$wheels/installer"
    uv=("$wheels"/installer/uv-*.data/scripts/uv)
    chmod +x "${uv[0]}"
    # Compiled now, because executors run as somebody who may not write here and would compile at every start.
    UV_CACHE_DIR=$wheels/cache "${uv[0]}" pip install --quiet --no-config --offline --no-index --find-links "$wheels" \
        --require-hashes --compile-bytecode --python "$HOME_OF_ATMO/bin/python" --requirement "$requirements"
    rm --recursive "$wheels"
    printf '%s' "$from $*" >"$mark"
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

# The home directory becomes the folder homes/NAME of EFS: that folder alone, so that other people's are not on this node.
# Only ~/.ssh stays the node's own: who may sign in is decided for each cluster, and keys of one do not open the next.
mount_home() {
    rpm --query --quiet amazon-efs-utils || sudo dnf install --assumeyes --quiet amazon-efs-utils
    mountpoint --quiet "$HOME" || {
        keep_own_ssh
        make_home
    }
    mount_once "$EFS_ID:/homes/$EFS_HOME" "$HOME" efs "$EFS_OPTIONS"
    mount_once "$OWN_SSH" "$HOME/.ssh" none "bind,nofail,x-systemd.requires-mounts-for=$HOME"
}

# Copied, not moved: until the copy is mounted in its place, and where EFS does not come back, people sign in with the first.
keep_own_ssh() {
    install --directory --mode=700 "$HOME/.ssh"
    sudo install --directory --owner=hadoop --group=hadoop --mode=700 "$OWN_SSH"
    cp --archive "$HOME/.ssh/." "$OWN_SSH/"
}

# The file system is mounted as a whole for a moment, where only root looks, for the folder to be made in it. What the node
# has in its own home, such as .bashrc, is added to it unless it is there.
make_home() {
    local home=$EFS/homes/$EFS_HOME entry
    sudo install --directory --mode=700 "$EFS"
    mountpoint --quiet "$EFS" || timeout "$MOUNT_SECONDS" sudo mount -t efs -o "$EFS_OPTIONS" "$EFS_ID:/" "$EFS" ||
        die "cannot mount $EFS_ID:/ at $EFS"
    sudo mkdir --parents "$home/.ssh"
    # hadoop's number may differ from one EMR release to the next; then the files of earlier clusters change hands.
    [[ $(sudo stat --format=%U "$home") == hadoop ]] || sudo chown --recursive hadoop:hadoop "$home"
    # sshd refuses keys below a folder that others could write to.
    sudo chmod 700 "$home" "$home/.ssh"
    for entry in "$HOME"/.[!.]* "$HOME"/*; do
        [[ -e $entry && $entry != "$HOME/.ssh" ]] || continue
        sudo test -e "$home/${entry##*/}" || sudo cp --archive "$entry" "$home/"
    done
    sudo umount "$EFS"
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
# Jupyter itself refuses requests of other sites and under other host names. A kernel that has done nothing for six hours is shut
# down, also one in an open tab: one that ever touched Spark would hold its executors, and keep EMR's idle policy off, for ever.
install_jupyter() {
    "$HOME_OF_ATMO/bin/python" "$HOME_OF_ATMO/kernel.py" --install "$HOME_OF_ATMO"
    mkdir -p "$NOTEBOOKS"
    sudo tee "$ROOT/etc/systemd/system/atmo-jupyter.service" >/dev/null <<UNIT
[Unit]
Description=JupyterLab
After=network.target remote-fs.target

[Service]
User=hadoop
# The home directory may be that of two clusters at once; what is about this node's processes stays on the node.
RuntimeDirectory=atmo-jupyter
Environment=JUPYTER_RUNTIME_DIR=/run/atmo-jupyter
WorkingDirectory=$NOTEBOOKS
ExecStart=$HOME_OF_ATMO/bin/jupyter lab --no-browser --ip=127.0.0.1 --port=8888 --ServerApp.port_retries=0 --IdentityProvider.token= --MappingKernelManager.cull_idle_timeout=$KERNEL_IDLE_SECONDS --MappingKernelManager.cull_connected=True
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT
    sudo systemctl daemon-reload
    sudo systemctl enable --now atmo-jupyter.service
}

# A look every minute; each is a process of its own, so that nothing of it stays in memory, and none that hangs is the last.
install_agent() {
    sudo tee "$ROOT/etc/systemd/system/atmo-activity.service" >/dev/null <<UNIT
[Unit]
Description=Whether this cluster is used
After=network.target

[Service]
Type=oneshot
User=hadoop
StateDirectory=atmo-activity
ExecStart=$HOME_OF_ATMO/bin/python $HOME_OF_ATMO/watch_activity.py $ACTIVITY_URI
# What EMR's own idle policy goes by beside YARN; only root may touch it.
ExecStopPost=-+/bin/sh -c 'test ! -e /var/lib/atmo-activity/busy || touch /emr/metricscollector/isbusy'
TimeoutStartSec=300
Nice=10
UNIT
    sudo tee "$ROOT/etc/systemd/system/atmo-activity.timer" >/dev/null <<UNIT
[Unit]
Description=Whether this cluster is used, every minute

[Timer]
OnCalendar=minutely
AccuracySec=10

[Install]
WantedBy=timers.target
UNIT
    sudo systemctl daemon-reload
    sudo systemctl enable --now atmo-activity.timer
}

main() {
    parse_arguments "$@"
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
    [[ -z $ACTIVITY_URI ]] || install_agent
}

# Sourced, it only defines its functions.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    main "$@"
fi
