"""Alarms are for what does not mend itself, and each says where to read what to do."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from tests.packaging.conftest import ROOT, Packaged

RUNBOOKS = ROOT / "docs" / "runbooks"
SECTIONS = ("What it means", "How to see it", "What to do", "How to know that it is over")


def alarms(packaged: Packaged) -> dict[str, dict[str, Any]]:
    return packaged.resources("AWS::CloudWatch::Alarm")


def test_every_alarm_names_its_page(packaged: Packaged) -> None:
    for name, alarm in alarms(packaged).items():
        page = re.search(r"See docs/runbooks/([a-z-]+)\.md\.$", alarm["AlarmDescription"])
        assert page, name
        assert (RUNBOOKS / f"{page[1]}.md").exists(), name
        assert alarm["AlarmActions"] == alarm["OKActions"]


@pytest.mark.parametrize("page", sorted(path.name for path in RUNBOOKS.glob("*.md") if path.name != "README.md"))
def test_every_page_says_what_whoever_is_woken_wants_to_know(page: str) -> None:
    headings = re.findall(r"^## (.*)$", (RUNBOOKS / page).read_text(), re.MULTILINE)
    assert headings == list(SECTIONS)
    assert f"({page})" in (RUNBOOKS / "README.md").read_text()


def test_silence_is_noticed(packaged: Packaged) -> None:
    silent = {name: alarm for name, alarm in alarms(packaged).items() if alarm["TreatMissingData"] == "breaching"}
    assert silent.keys() == {"DispatchSilentAlarm", "SweepSilentAlarm"}
    assert all(alarm["ComparisonOperator"] == "LessThanThreshold" for alarm in silent.values())


def logged_errors(tree: ast.AST) -> list[int]:
    """Lines that log an error and do no more."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    return [
        call.lineno
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("exception", "error", "critical")
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "logger"
    ]


def test_every_failure_that_is_not_passed_on_is_counted() -> None:
    """`report_failure` is the one way to log an error: it counts it as well, and the count has an alarm."""
    files = [path for path in (ROOT / "chalicelib").rglob("*.py") if path.name != "observability.py"]
    assert not {str(path): lines for path in files if (lines := logged_errors(ast.parse(path.read_text())))}


def test_failures_are_counted_as_the_alarm_counts_them(
    packaged: Packaged, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    from chalicelib.core import observability
    from tests.support.emr_requests import SETTINGS

    monkeypatch.setattr(observability, "settings", lambda: SETTINGS)
    observability.report_failure("page_failed", path="/jobs", user="alice")
    metric = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    alarm = alarms(packaged)["FailuresAlarm"]
    (directive,) = metric["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == alarm["Namespace"]
    assert [each["Name"] for each in directive["Metrics"]] == [alarm["MetricName"]]
    assert directive["Dimensions"] == [[dimension["Name"] for dimension in alarm["Dimensions"]]]
    assert metric["stage"] == SETTINGS.stage
