"""The embedded cluster's master node: what programs find on it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

from localaws.emr.node import Node

SHOW = ["bash", "-c", "touch $TMPDIR/mine; ls $TMPDIR; env"]


def printed(folder: Path) -> list[str]:
    node = Node(folder, "i-0")
    assert node.run("s-1", SHOW) == 0
    return (node.logs("s-1") / "stdout").read_text().splitlines()


def test_runs_do_not_come_upon_each_other_s_temporary_files(tmp_path: Path) -> None:
    for name in ("one", "other"):
        assert printed(tmp_path / name)[0] == "mine"
        assert f"TMPDIR={tmp_path}/{name}/tmp" in printed(tmp_path / name)


def test_homes_are_the_nodes_own(tmp_path: Path) -> None:
    assert f"HOME={tmp_path}/one/home" in printed(tmp_path / "one")


def wheel(folder: Path) -> Path:
    """A package with one module, which says 7."""
    path, described = folder / "only_of_a_test-1.0-py3-none-any.whl", "only_of_a_test-1.0.dist-info"
    with ZipFile(path, "w") as archive:
        archive.writestr("only_of_a_test.py", "VALUE = 7\n")
        archive.writestr(f"{described}/METADATA", "Metadata-Version: 2.1\nName: only-of-a-test\nVersion: 1.0\n")
        archive.writestr(f"{described}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{described}/RECORD", "")
    return path


def test_what_a_notebook_installs_stays_on_its_node(tmp_path: Path) -> None:
    python = "/opt/atmo/bin/python"
    one, other = Node(tmp_path / "one", "i-0"), Node(tmp_path / "other", "i-0")
    assert one.run("s-1", [python, "-m", "pip", "install", "--no-index", str(wheel(tmp_path))]) == 0
    assert one.run("s-2", [python, "-c", "import only_of_a_test, pandas; print(only_of_a_test.VALUE)"]) == 0
    assert (one.logs("s-2") / "stdout").read_text() == "7\n"
    assert other.run("s-1", [python, "-c", "import pandas"]) == 0
    assert other.run("s-2", [python, "-c", "import only_of_a_test"]) == 1
    assert find_spec("only_of_a_test") is None, "nor is it in the project's own environment"


def test_the_embedded_cloud_s_own_variables_are_not_the_node_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_SECRET", "s")
    monkeypatch.setenv("AWS_EXECUTION_ENV", "AWS_Lambda_python3.11")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    names = {line.partition("=")[0] for line in printed(tmp_path)}
    assert "AWS_DEFAULT_REGION" in names
    assert not {"OIDC_SECRET", "AWS_EXECUTION_ENV"} & names


def test_a_step_that_is_started_on_a_node_that_ends_is_ended(tmp_path: Path) -> None:
    """A cluster may be ended while its step's program is being started."""
    node = Node(tmp_path, "i-0")
    node.kill()
    assert node.run("s-1", ["sleep", "600"]) < 0
