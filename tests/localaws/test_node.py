"""The embedded cluster's master node: what programs find on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from localaws.emr.node import Node

SHOW = ["bash", "-c", "touch $TMPDIR/mine; ls $TMPDIR; env"]


def printed(folder: Path) -> list[str]:
    node = Node(folder)
    assert node.run("s-1", SHOW) == 0
    return (node.logs("s-1") / "stdout").read_text().splitlines()


def test_runs_do_not_come_upon_each_other_s_temporary_files(tmp_path: Path) -> None:
    for name in ("one", "other"):
        assert printed(tmp_path / name)[0] == "mine"
        assert f"TMPDIR={tmp_path}/{name}/tmp" in printed(tmp_path / name)


def test_the_embedded_cloud_s_own_variables_are_not_the_node_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_SECRET", "s")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    names = {line.partition("=")[0] for line in printed(tmp_path)}
    assert "AWS_DEFAULT_REGION" in names
    assert "OIDC_SECRET" not in names
