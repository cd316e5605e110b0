"""A node on which bootstrap.sh runs: a folder for its root, and stand-ins for the programs that change the machine.

Each stand-in writes down how it was called, "# " in front where it was through sudo, and does to the folder what the
program does to a node. Everything else the script calls (bash, grep, tee, base64, mkdir ...) is the real one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.emr.runs import EMR

EC2_KEY = "ssh-rsa AAAA ec2\n"
NOTED = 'echo "${SUDO:+# }${0##*/} $*" >>"$STATE/calls"\n'
STAND_INS = {
    "sudo": 'SUDO=yes exec "$@"',
    "install": 'for word; do shift; case $word in --owner=*|--group=*) ;; *) set -- "$@" "$word" ;; esac; done\n'
    'exec /usr/bin/install "$@"',
    "aws": NOTED
    + 'case "$1 $2 $3 $4" in\n'
    + '"s3 cp --recursive --only-show-errors") cp -rL "$SCRIPTS/." "$6" && echo wheels/def >"$6/wheels.txt" ;;\n'
    + '"s3 cp --only-show-errors "*) tar --create --files-from /dev/null ;;\n'
    + "*) exit 1 ;;\nesac",
    "python3.11": '[[ $1 == -c ]] && exec "$REAL_PYTHON" "$@"\n'
    + NOTED
    + 'if [[ $2 == venv ]]; then mkdir -p "$3/bin" && cp "$BIN/venv-python" "$3/bin/python"; else\n'
    + 'mkdir -p "$5/uv-1.data/scripts" && cp "$BIN/uv" "$5/uv-1.data/scripts/uv"; fi',
    "venv-python": NOTED,
    "uv": NOTED,
    "uname": "echo x86_64",
    "dnf": NOTED + 'touch "$STATE/installed-${!#}"',
    "rpm": "[[ -e $STATE/installed-${!#} ]]",
    # What is mounted takes the place of what was there, which is put aside.
    "mount": NOTED
    + "if [[ $1 == -t ]]; then type=$2 what=$5 where=$6; else\n"
    + 'read -r what where type _ < <(grep " $1 " "$ATMO_TEST_ROOT/etc/fstab"); fi\n'
    + "[[ ! -e $STATE/unreachable || $type != efs ]] || exit 32\n"
    + "[[ $type != efs ]] || what=$FILE_SYSTEM${what#*:}\n"
    + "[[ -d $where && -d $what ]] || exit 32\n"
    + 'mv "$where" "$STATE/under-${where//\\//-}" && ln -s "${what%/}" "$where" && echo "$where" >>"$STATE/mounts"',
    "umount": NOTED
    + 'rm "$1" && mv "$STATE/under-${1//\\//-}" "$1"\n'
    + 'left=$(grep -vxF "$1" "$STATE/mounts"); echo "$left" >"$STATE/mounts"',
    "mountpoint": 'grep -qxF "${!#}" "$STATE/mounts"',
    "chown": NOTED + 'echo "${!#}" >>"$STATE/owned"',
    "stat": 'grep -qxF "${!#}" "$STATE/owned" && echo hadoop || echo 1001',
    "test": 'exec /usr/bin/test "$@"',
    "systemctl": NOTED,
}


@dataclass
class Node:
    """A fresh node of a cluster. Nodes with the same `efs` see one file system."""

    folder: Path
    is_master: bool = True
    efs: Path | None = None

    def __post_init__(self) -> None:
        self.root, self.home, self._bin, self.state = (self.folder / name for name in ("root", "home", "bin", "state"))
        for made in (
            self.root / "etc/systemd/system",
            self.root / "mnt/var/lib/info",
            self.home,
            self._bin,
            self.state,
        ):
            made.mkdir(parents=True)
        self.efs = self.efs or self.folder / "efs"
        self.efs.mkdir(exist_ok=True)
        (self.root / "opt/atmo").mkdir(parents=True)
        (self.root / "var/lib").mkdir(parents=True)
        (self.home / ".ssh").mkdir()
        (self.home / ".ssh/authorized_keys").write_text(EC2_KEY)
        (self.home / ".bashrc").write_text("# of the node\n")
        (self.root / "etc/fstab").write_text("UUID=1 / xfs defaults 0 1\n")
        (self.root / "mnt/var/lib/info/instance.json").write_text(json.dumps({"isMaster": self.is_master}))
        for name in ("calls", "mounts", "owned"):
            (self.state / name).touch()
        for name, does in STAND_INS.items():
            script = self._bin / name
            script.write_text(f"#!/bin/bash\n{does}\n")
            script.chmod(0o755)

    def bootstrap(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script as EMR does."""
        environment = {
            "PATH": f"{self._bin}:/usr/bin:/bin",
            "HOME": str(self.home),
            "ATMO_TEST_ROOT": str(self.root),
            "STATE": str(self.state),
            "FILE_SYSTEM": str(self.efs),
            "BIN": str(self._bin),
            "SCRIPTS": str(EMR),
            "REAL_PYTHON": sys.executable,
        }
        command = ["bash", str(EMR / "bootstrap.sh"), "s3://bucket/emr/abc", *arguments]
        return subprocess.run(command, env=environment, text=True, capture_output=True, timeout=60)

    def shut_down(self) -> None:
        """What was mounted is let go of, so that another node can be given the file system."""
        for where in reversed((self.state / "mounts").read_text().split()):
            Path(where).unlink()
            (self.state / f"under-{where.replace('/', '-')}").rename(where)

    def calls(self) -> list[str]:
        """What was called since the last look, the node's folders written as on a node."""
        text = (self.state / "calls").read_text()
        (self.state / "calls").write_text("")
        return text.replace(str(self.root), "").replace(str(self.home), "/home/hadoop").splitlines()

    def files(self) -> dict[str, bytes]:
        """Every file of the node, by its path; but what Python compiles, which may lie beside the scripts here already."""
        folders = (self.root, self.home.resolve(), (self.home / ".ssh").resolve())
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
        return {str(path): path.read_bytes() for path in files}
