"""Whether a cluster is used, and when one that is not ends: tables, and properties of any report whatsoever."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.clusters import activity, idle_rules, rules
from chalicelib.clusters.activity import Report
from chalicelib.clusters.models import Cluster
from chalicelib.diagnosis.rules import diagnose_cluster

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


def cluster(**fields: Any) -> Cluster:
    usual: dict[str, Any] = {
        "id": "c-1", "identifier": "keen-noether-4821", "status": "WAITING", "jobflow_id": "j-1", "lifetime": 8,
        "created_at": ago(hours=4, minutes=10), "ready_at": ago(hours=4), "expires_at": NOW + timedelta(hours=4),
        "master_instance": "i-0123456789abcdef0", "idle_minutes": 120, "awaiting": "expiry",
    }  # fmt: skip
    return Cluster(**(usual | fields))


def seen(last_use: datetime | None, at: datetime = NOW, *unknown: str) -> Report:
    return Report(at, last_use, unknown)


SOON = NOW + timedelta(minutes=15)
ENDS: list[tuple[str, dict[str, Any], Report | None, datetime | None]] = [
    ("used just now", {}, seen(ago(minutes=1)), None),
    ("not yet time to warn", {}, seen(ago(minutes=104)), None),
    ("time to warn", {}, seen(ago(minutes=105)), SOON),
    ("long idle when first seen", {}, seen(ago(hours=3)), SOON),
    ("never used since it was ready", {}, seen(None), SOON),
    ("never used, but just ready", {"ready_at": ago(minutes=30)}, seen(None), None),
    ("kept an hour ago", {"kept_at": ago(hours=1)}, seen(ago(hours=3)), None),
    ("used later than reported", {"used_at": ago(minutes=20)}, seen(ago(hours=3)), None),
    ("warned before", {"idle_ends_at": NOW + timedelta(minutes=3)}, seen(ago(minutes=117)), NOW + timedelta(minutes=3)),
    ("warned before, and its time has come", {"idle_ends_at": NOW}, seen(ago(minutes=120)), NOW),
    ("warned before, then used", {"idle_ends_at": NOW + timedelta(minutes=3)}, seen(ago(minutes=2)), None),
    ("expires before", {"expires_at": NOW + timedelta(minutes=15)}, seen(ago(hours=3)), None),
    ("no report", {}, None, None),
    ("warned before, and no report any more", {"idle_ends_at": SOON}, None, None),
    ("a silent agent", {}, seen(ago(hours=3), ago(minutes=20)), None),
    ("a report just in time", {}, seen(ago(hours=3), ago(minutes=19)), SOON),
    ("a clock that is ahead", {}, seen(ago(hours=3), NOW + timedelta(minutes=5)), SOON),
    ("a clock that is far ahead", {}, seen(ago(hours=3), NOW + timedelta(minutes=6)), None),
    ("a sign that is unknown", {}, seen(ago(hours=3), NOW, "zeppelin"), None),
    ("launched before there were agents", {"idle_minutes": None}, seen(ago(hours=3)), None),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "report", "end"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_when_it_ends_for_idleness(fields: dict[str, Any], report: Report | None, end: datetime | None) -> None:
    assert idle_rules.idle_end(cluster(**fields), report, NOW) == end


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({}, True),
        ({"used_at": ago(minutes=104)}, False),
        ({"used_at": ago(minutes=105)}, True),
        ({"used_at": ago(minutes=1), "idle_ends_at": NOW}, True),
        ({"status": "BOOTSTRAPPING"}, False),
        ({"status": "TERMINATING"}, False),
        ({"master_instance": None}, False),
        ({"idle_minutes": None}, False),
    ],
)
def test_reports_are_read_when_they_could_matter(fields: dict[str, Any], due: bool) -> None:
    assert idle_rules.look_is_due(cluster(**fields), NOW) is due


@pytest.mark.parametrize(
    ("fields", "action", "seconds"),
    [
        ({"idle_ends_at": SOON}, "await-expiry", 901),
        ({"idle_ends_at": NOW}, "terminate", 0),
        ({"idle_ends_at": None}, "await-expiry", 4 * 3600 + 1),
        ({"idle_ends_at": NOW, "status": "TERMINATING"}, "terminate", 0),
        ({"idle_ends_at": NOW, "status": "TERMINATED"}, "record-end", 0),
    ],
)
def test_what_the_machine_does_of_it(fields: dict[str, Any], action: str, seconds: int) -> None:
    decision = rules.next_action(cluster(**fields), NOW)
    assert (decision.action, decision.seconds) == (action, seconds)


@pytest.mark.parametrize(
    ("fields", "idled_out"),
    [
        ({"idle_ends_at": NOW}, True),
        ({"idle_ends_at": NOW + timedelta(microseconds=1)}, False),
        ({"idle_ends_at": None}, False),
        ({"idle_ends_at": NOW, "status": "TERMINATING"}, False),
        ({"idle_ends_at": NOW, "status": "BOOTSTRAPPING"}, False),
    ],
)
def test_whether_its_time_without_use_is_over(fields: dict[str, Any], idled_out: bool) -> None:
    assert idle_rules.has_idled_out(cluster(**fields), NOW) is idled_out


def test_for_how_long_nobody_has_used_it() -> None:
    assert idle_rules.idle_for(cluster(used_at=ago(minutes=105)), NOW) == "1 h 45 min"
    assert (
        idle_rules.reason(cluster(used_at=NOW, expires_at=NOW + timedelta(hours=1))) == "It was not used for 1 h 0 min."
    )
    assert idle_rules.last_use(cluster(used_at=ago(minutes=3)), None, NOW) == ago(minutes=3)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("WAITING", ""),
        ("TERMINATING", "The cluster keen-noether-4821 is ending already. Launch a new one instead."),
        ("TERMINATED", "The cluster keen-noether-4821 has ended already. Launch a new one instead."),
    ],
)
def test_what_is_ending_cannot_be_kept(status: str, refusal: str) -> None:
    assert idle_rules.refuse_keeping(cluster(status=status)) == refusal


def test_the_machine_is_woken_when_the_end_moves() -> None:
    ends = NOW + timedelta(hours=4)
    assert rules.wake_reason(cluster(awaiting_until=ends)) == ""
    assert rules.wake_reason(cluster(awaiting_until=ends, idle_ends_at=SOON)) == "extended"
    assert rules.wake_reason(cluster(awaiting_until=SOON, idle_ends_at=SOON)) == ""
    assert rules.wake_reason(cluster(awaiting_until=SOON)) == "extended"


def test_its_reason_is_what_the_diagnosis_knows() -> None:
    reason = idle_rules.reason(cluster(used_at=ago(minutes=120), idle_ends_at=NOW))
    assert reason == "It was not used for 2 h 0 min."
    diagnosis = diagnose_cluster(reason, "USER_REQUEST")
    assert (diagnosis.kind, diagnosis.side, diagnosis.summary) == ("unused", "person", "It was not used for 2 h 0 min")
    assert "Nobody had used the cluster for 2 h 0 min, so atmo ended it:" in diagnosis.paragraph


MOMENTS = st.integers(-24 * 60, 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
REPORTS = st.none() | st.builds(Report, MOMENTS, st.none() | MOMENTS, st.sampled_from([(), ("spark",)]))
CLUSTERS = st.builds(
    cluster,
    ready_at=MOMENTS.filter(lambda at: at <= NOW), used_at=st.none() | MOMENTS, kept_at=st.none() | MOMENTS,
    idle_ends_at=st.none() | MOMENTS, idle_minutes=st.none() | st.integers(30, 240), expires_at=MOMENTS,
)  # fmt: skip


@given(CLUSTERS, REPORTS)
def test_nothing_ends_that_is_not_known_to_be_idle(of: Cluster, report: Report | None) -> None:
    end = idle_rules.idle_end(of, report, NOW)
    if end is None:
        return
    span = idle_rules.allowed(of)
    assert span
    assert report
    assert not report.unknown
    assert end - idle_rules.last_use(of, report, NOW) >= span
    assert end < of.expires_at
    assert of.idle_ends_at or end >= NOW + idle_rules.WARNING
    assert not of.idle_ends_at or end >= of.idle_ends_at


@given(CLUSTERS, REPORTS, MOMENTS)
def test_use_only_ever_puts_the_end_off(of: Cluster, report: Report | None, used: datetime) -> None:
    before = idle_rules.idle_end(of, report, NOW)
    if report is None or before is None:
        return
    later = Report(report.at, max(used, report.last_use or used), report.unknown)
    after = idle_rules.idle_end(of, later, NOW)
    assert after is None or after >= before


SIGNS = {name: {"last": None, "unknown": ""} for name in sorted(activity.REQUIRED)}
TEN = "2026-11-27T10:00:00Z"


def body(**changes: Any) -> bytes:
    return json.dumps({"version": 1, "at": "2026-11-27T12:00:00Z", "signs": SIGNS} | changes).encode()


PARSED: list[tuple[str, bytes | None, Report | None]] = [
    ("quiet", body(), seen(None)),
    ("used", body(signs=SIGNS | {"logins": {"last": TEN, "unknown": ""}}), seen(ago(hours=2))),
    ("with Zeppelin", body(signs=SIGNS | {"zeppelin": {"last": TEN, "unknown": ""}}), seen(ago(hours=2))),
    ("one unknown", body(signs=SIGNS | {"spark": {"last": None, "unknown": "refused"}}), seen(None, NOW, "spark")),
    ("one missing", body(signs={name: SIGNS[name] for name in ("kernels", "spark", "load")}), seen(None, NOW, "logins")),
    ("none", None, None),
    ("empty", b"", None),
    ("no JSON", b"\xff", None),
    ("another thing", b"[1]", None),
    ("no time", body(at=7), None),
    ("a time of no zone", body(at="2026-11-27T12:00:00"), None),
    ("signs of another kind", body(signs=["kernels"]), None),
    ("a sign of another kind", body(signs=SIGNS | {"load": 3}), None),
    ("a deep one", b"[" * 100_000, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "report"), [row[1:] for row in PARSED], ids=[row[0] for row in PARSED])
def test_what_a_report_says(text: bytes | None, report: Report | None) -> None:
    assert activity.parse(text) == report


WORDS = st.sampled_from(["at", "signs", "last", "unknown"])
JSON = st.recursive(st.none() | st.text() | st.floats(), lambda kid: st.lists(kid) | st.dictionaries(WORDS, kid))


@given(st.binary() | JSON.map(lambda said: json.dumps(said).encode()))
def test_any_text_is_a_report_or_none(text: bytes) -> None:
    report = activity.parse(text)
    assert report is None or report.unknown
