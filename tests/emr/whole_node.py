"""A machine on which bootstrap.sh runs whole: this one as a copy-on-write root of its own, without a network.

The machine's own Python 3.11, tar, grep and the rest are real, and so are the wheels. Only what AWS has on its nodes is stood in
for: the `aws` command, which reads a folder in place of S3, and what EMR writes of the node. The script runs as root, so sudo,
where the machine has none, runs what it is given; and no init is there, so systemctl enables units without starting them.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from deployment.artifacts import script_files
from tests.emr.runs import EMR

AWS = """#!/bin/bash
# aws s3 cp [--recursive] --only-show-errors SOURCE TARGET, from /var/s3
arguments=("${@: -2}") source=/var/s3/${arguments[0]#s3://}
[[ ${arguments[1]} == - ]] && exec cat "$source"
mkdir -p "${arguments[1]}" && exec cp -rL "$source." "${arguments[1]}"
"""
SUDO = '#!/bin/bash\nexec "$@"\n'
SYSTEMCTL = """#!/bin/bash
for word; do shift; [[ $word == --now ]] || set -- "$@" "$word"; done
exec /usr/bin/systemctl "$@"
"""
INSIDE = """
set -euo pipefail
mount -t tmpfs -o size=4g none {folder}
mkdir {folder}/upper {folder}/work {folder}/root
mount -t overlay overlay -o lowerdir=/,upperdir={folder}/upper,workdir={folder}/work {folder}/root
mkdir -p {folder}/root/var/s3
mount --bind {s3} {folder}/root/var/s3
mount --rbind /dev {folder}/root/dev
mount -t proc proc {folder}/root/proc
path=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
chroot {folder}/root /usr/bin/env -i SYSTEMD_OFFLINE=1 PATH=$path HOME=/home/hadoop bash -c "$1"
"""


def missing() -> str:
    """What this machine lacks for it, "" where it can be done."""
    if not Path("/usr/bin/python3.11").exists():
        return "there is no /usr/bin/python3.11"
    probe = "mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w /mnt/r && "
    probe += "mount -t overlay o -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r"
    done = subprocess.run(["unshare", "--mount", "--net", "sh", "-c", probe], capture_output=True, text=True)
    return "" if done.returncode == 0 else f"mounts of one's own need root: {done.stderr.strip()}"


def where_it_runs() -> pytest.MarkDecorator:
    """Skips tests, with the reason, where there can be no such machine."""
    lacks = missing() if platform.machine() == "x86_64" else "the wheels are for x86_64"
    return pytest.mark.skipif(bool(lacks), reason=lacks)


@dataclass(frozen=True)
class Machine:
    """`folder` holds what would be in S3, in `bucket`; `wheels` is where the built archives of this processor are."""

    folder: Path
    wheels: Path

    def __post_init__(self) -> None:
        scripts = self.folder / "s3/bucket/emr/abc"
        for name, content in script_files(EMR).items():
            (scripts / name).parent.mkdir(parents=True, exist_ok=True)
            (scripts / name).write_bytes(content)
        (scripts / "wheels.txt").write_text("wheels/def")
        shutil.copytree(self.wheels, self.folder / "s3/bucket/wheels/def/x86_64")

    def run(self, script: str, *, is_master: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program of bash on a fresh machine, whose `bootstrap` is the script with its first argument."""
        info = json.dumps({"isMaster": is_master})
        prepared = f"""
            set -euo pipefail
            mkdir -p /mnt/var/lib/info
            echo '{info}' >/mnt/var/lib/info/instance.json
            useradd --create-home --home-dir /home/hadoop hadoop
            printf '%s' {_quoted(AWS)} >/usr/local/bin/aws
            command -v sudo >/dev/null || printf '%s' {_quoted(SUDO)} >/usr/local/bin/sudo
            printf '%s' {_quoted(SYSTEMCTL)} >/usr/local/bin/systemctl
            chmod +x /usr/local/bin/*
            bootstrap() {{ bash /var/s3/bucket/emr/abc/bootstrap.sh s3://bucket/emr/abc "$@"; }}
            {script}
        """
        inside = INSIDE.format(folder=self.folder / "machine", s3=self.folder / "s3")
        (self.folder / "machine").mkdir(exist_ok=True)
        command = ["unshare", "--mount", "--net", "bash", "-c", inside, "bash", prepared]
        return subprocess.run(command, capture_output=True, text=True, timeout=600)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
