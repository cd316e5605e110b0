"""emr/site_script.sh executes the file that the site has named and no other."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.emr.runs import EMR

SCRIPT = b'#!/bin/bash\necho installed by $0 > "$HOME/installed"\n'
HASH = hashlib.sha256(SCRIPT).hexdigest()


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A home directory, with a stand-in for the AWS command that has one file."""
    (tmp_path / "stored").write_bytes(SCRIPT)
    aws = tmp_path / "bin" / "aws"
    aws.parent.mkdir()
    aws.write_text('#!/bin/bash\n[[ "$*" == "s3 cp --only-show-errors s3://site/a.sh "* ]] && cp "$HOME/stored" "$5"\n')
    aws.chmod(0o755)
    return tmp_path


def run(node: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{node / 'bin'}:/usr/bin:/bin", "HOME": str(node), "TMPDIR": str(node)}
    command = ["bash", str(EMR / "site_script.sh"), *arguments]
    return subprocess.run(command, env=environment, text=True, capture_output=True, timeout=60, check=False)


def test_the_named_file_is_executed(node: Path) -> None:
    done = run(node, "s3://site/a.sh", HASH)
    assert done.returncode == 0, done.stderr
    assert (node / "installed").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("s3://site/a.sh", "0" * 64), "is not the file that the site settings name"),
        (("s3://site/b.sh", HASH), "cannot read s3://site/b.sh"),
        (("/etc/passwd", HASH), "not an S3 address"),
        (("s3://site/a.sh", HASH[:-1]), "not a SHA-256"),
        (("s3://site/a.sh", f"{HASH}\n{HASH}"), "not a SHA-256"),
        (("s3://site/a.sh",), "the hash of the script is missing"),
        ((), "the address of the script is missing"),
    ],
)
def test_no_other_is(node: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(node, *arguments)
    assert done.returncode != 0
    assert words in done.stderr
    assert not (node / "installed").exists()
