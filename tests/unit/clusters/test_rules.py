"""What should happen to a cluster now: tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.jobflows import Jobflow
from chalicelib.clusters import rules
from chalicelib.clusters.models import FINAL, ORDER, Cluster, ClusterStatus
from chalicelib.clusters.names import with_counter
from chalicelib.jobflows import launches

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def cluster(**fields: Any) -> Cluster:
    usual: dict[str, Any] = {
        "id": "c-1",
        "identifier": "keen-noether-4821",
        "status": "WAITING",
        "jobflow_id": "j-1",
        "lifetime": 2,
        "created_at": NOW - timedelta(minutes=30),
        "started_at": NOW - timedelta(minutes=29),
        "ready_at": NOW - timedelta(minutes=20),
        "master_instance": "i-0123456789abcdef0",
        "expires_at": NOW + timedelta(minutes=90),
    }
    return Cluster(**(usual | fields))


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ({"status": "REQUESTED", "jobflow_id": None, "started_at": None}, "launch"),
        ({"status": "REQUESTED", "jobflow_id": None, "expires_at": NOW}, "record-end"),
        ({"status": "TERMINATING", "jobflow_id": None}, "record-end"),
        ({"status": "STARTING"}, "await-ready"),
        ({"status": "BOOTSTRAPPING"}, "await-ready"),
        ({"status": "BOOTSTRAPPING", "started_at": NOW - rules.READY_WITHIN}, "terminate"),
        ({"status": "STARTING", "started_at": NOW - rules.READY_WITHIN, "spot_timeout": 20}, "await-ready"),
        ({"status": "STARTING", "started_at": NOW - rules.READY_WITHIN * 2, "spot_timeout": 60}, "terminate"),
        ({"status": "WAITING"}, "await-expiry"),
        ({"status": "RUNNING"}, "await-expiry"),
        ({"status": "WAITING", "idle_ends_at": NOW}, "terminate"),
        ({"status": "WAITING", "expires_at": NOW}, "terminate"),
        ({"status": "STARTING", "expires_at": NOW - timedelta(seconds=1)}, "terminate"),
        ({"status": "TERMINATING"}, "terminate"),
        ({"status": "TERMINATED"}, "record-end"),
        ({"status": "TERMINATED_WITH_ERRORS"}, "record-end"),
        ({"status": "FAILED_TO_LAUNCH", "jobflow_id": None}, "record-end"),
    ],
)
def test_the_machine_does_next(fields: dict[str, object], action: str) -> None:
    decision = rules.next_action(cluster(**fields), NOW)
    assert decision.action == action
    assert decision.reason


@given(minutes=st.integers(1, 60 * 48))
def test_a_ready_cluster_is_awaited_until_its_expiry_and_not_longer(minutes: int) -> None:
    decision = rules.next_action(cluster(expires_at=NOW + timedelta(minutes=minutes)), NOW)
    assert decision.action == "await-expiry"
    assert timedelta(0) <= timedelta(seconds=decision.seconds) - timedelta(minutes=minutes) <= timedelta(seconds=1)


@given(status=st.sampled_from(ClusterStatus), minutes=st.integers(-3000, 3000), jobflow=st.sampled_from([None, "j-1"]))
def test_an_expired_cluster_never_goes_on(status: str, minutes: int, jobflow: str | None) -> None:
    expires_at = NOW + timedelta(minutes=minutes)
    decision = rules.next_action(cluster(status=status, expires_at=expires_at, jobflow_id=jobflow), NOW)
    if expires_at <= NOW:
        assert decision.action in ("terminate", "record-end")
    if decision.action.startswith("await"):
        assert NOW + timedelta(seconds=decision.seconds) <= expires_at + timedelta(seconds=1)


@pytest.mark.parametrize(("first", "second"), list(product(ClusterStatus, ClusterStatus)))
def test_a_status_only_moves_forward(first: str, second: str) -> None:
    may_move = first in rules.earlier_statuses(second)
    if first in FINAL:
        assert not may_move
    elif second in FINAL or (first, second) == ("WAITING", "RUNNING"):
        assert may_move
    else:
        assert may_move == (ORDER.index(first) < ORDER.index(second))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"awaiting": "ready", "status": "BOOTSTRAPPING"}, ""),
        ({"awaiting": "ready", "status": "WAITING"}, "ready"),
        ({"awaiting": "ready", "status": "TERMINATING"}, "terminating"),
        ({"awaiting": "expiry", "awaiting_until": NOW + timedelta(minutes=90)}, ""),
        ({"awaiting": "expiry", "awaiting_until": NOW + timedelta(minutes=30)}, "extended"),
        ({"awaiting": "expiry", "status": "TERMINATING"}, "terminating"),
        ({"awaiting": "expiry", "status": "TERMINATED"}, "ended"),
        ({"awaiting": "end", "status": "TERMINATING"}, ""),
        ({"awaiting": "end", "status": "TERMINATED_WITH_ERRORS"}, "ended"),
    ],
)
def test_the_waiting_execution_is_woken(fields: dict[str, object], why: str) -> None:
    assert rules.wake_reason(cluster(**fields)) == why


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({"expires_at": NOW + timedelta(minutes=61)}, False),
        ({"expires_at": NOW + timedelta(minutes=60)}, True),
        ({"expires_at": NOW + timedelta(minutes=1)}, True),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW + timedelta(minutes=30), "warned_for": NOW + timedelta(minutes=30)}, False),
        ({"expires_at": NOW + timedelta(minutes=30), "warned_for": NOW - timedelta(minutes=30)}, True),
        ({"expires_at": NOW + timedelta(minutes=30), "status": "STARTING"}, False),
        ({"expires_at": NOW + timedelta(minutes=30), "status": "TERMINATING"}, False),
    ],
)
def test_the_warning_is_due_in_the_last_hour_once_for_each_lifetime(fields: dict[str, object], due: bool) -> None:
    assert rules.warning_due(cluster(**fields), NOW) is due


@pytest.mark.parametrize(
    ("error", "cause", "verdict"),
    [
        ("Emr.ThrottlingException", "Rate exceeded (Service: Emr, Status Code: 400, Request ID: 1)", "retry"),
        ("Emr.EmrException", "Rate exceeded (Service: Emr, Status Code: 400, Request ID: 1)", "retry"),
        ("Emr.InvalidRequestException", "Instance type m9 is not supported (Service: Emr, Status Code: 400)", "failed"),
        ("Emr.EmrException", "User is not authorized: AccessDenied (Service: Emr, Status Code: 400)", "failed"),
        ("Emr.InternalServerException", "Internal error (Service: Emr, Status Code: 500)", "look"),
        ("States.Timeout", "", "look"),
        ("Emr.SdkClientException", "Unable to execute HTTP request: Read timed out", "look"),
    ],
)
def test_a_launch_error_means(error: str, cause: str, verdict: str) -> None:
    answer, reason = launches.after_launch_error(error, cause, timedelta(minutes=1))
    assert answer == verdict
    assert "Request ID" not in reason
    assert launches.after_launch_error(error, cause, launches.LAUNCH_WITHIN + timedelta(seconds=1))[0] == "failed"


def test_only_active_clusters_are_extended() -> None:
    assert rules.refuse_extension(cluster()) == ""
    assert "being terminated" in rules.refuse_extension(cluster(status="TERMINATING"))
    assert "terminated already" in rules.refuse_extension(cluster(status="TERMINATED"))
    assert "with an error" in rules.refuse_extension(cluster(status="FAILED_TO_LAUNCH"))


def test_our_own_reason_for_ending_says_more_than_emrs() -> None:
    ending = cluster(status="TERMINATING", status_reason="Terminated by alice.")
    assert rules.reason_to_show(ending, "Terminated by user request") == "Terminated by alice."
    assert (
        rules.reason_to_show(cluster(status_reason="Cluster ready."), "Shut down as step failed")
        == "Shut down as step failed"
    )


@given(name=st.from_regex(r"[a-z0-9-]{1,100}", fullmatch=True), taken=st.integers(0, 30))
def test_a_taken_name_gets_the_first_free_counter(name: str, taken: int) -> None:
    names: set[str] = set()
    for _ in range(taken):
        names.add(with_counter(name, names))
    name_with_counter = with_counter(name, names)
    assert len(names) == taken
    assert name_with_counter not in names
    assert len(name_with_counter) <= 100


MINUTE = timedelta(minutes=1)
NOT_LAUNCHED = {"status": "REQUESTED", "jobflow_id": None, "started_at": None}
READY_BY = 31 * 60 + 1
"""Seconds until a cluster that began 29 minutes ago should be ready, and one to be past it."""


def test_times_are_those_that_people_are_told() -> None:
    assert {rules.WARNING, rules.READY_WITHIN} == {timedelta(hours=1)}


@pytest.mark.parametrize(
    ("fields", "action", "reason", "seconds"),
    [
        (NOT_LAUNCHED, "launch", "requested", 0),
        (NOT_LAUNCHED | {"expires_at": NOW}, "record-end", "expired before", 0),
        ({"status": "TERMINATED"}, "record-end", "has ended", 0),
        ({"status": "TERMINATED", "status_reason": "Idle."}, "record-end", "Idle.", 0),
        ({"status": "TERMINATING"}, "terminate", "EMR is ending", 0),
        ({"status": "TERMINATING", "status_reason": "Terminated by ada."}, "terminate", "Terminated by ada.", 0),
        ({"status": "STARTING"}, "await-ready", "starting", READY_BY),
        ({"status": "STARTING", "started_at": None}, "await-ready", "starting", READY_BY - 60),
        ({"status": "STARTING", "spot_timeout": 20}, "await-ready", "starting", READY_BY + 20 * 60),
        ({"status": "STARTING", "expires_at": NOW + 5 * MINUTE}, "await-ready", "starting", 301),
        (
            {"status": "STARTING", "started_at": NOW - 60 * MINUTE}, "terminate",
            "not ready within 1 hour.", 0,
        ),
        (
            {"status": "STARTING", "started_at": NOW - 61 * MINUTE, "spot_timeout": 1}, "terminate",
            "not ready within 1 hour after 1 minute for spot capacity.", 0,
        ),
        (
            {"status": "STARTING", "started_at": NOW - 120 * MINUTE, "spot_timeout": 60}, "terminate",
            "not ready within 1 hour after 60 minutes for spot capacity.", 0,
        ),
        ({}, "await-expiry", "until it expires", 90 * 60 + 1),
        ({"expires_at": NOW + timedelta(milliseconds=500)}, "await-expiry", "until it expires", 1),
        ({"expires_at": NOW}, "terminate", "lifetime of 2 hours ", 0),
        (
            {"expires_at": NOW, "lifetime": 1, "lifetime_extension_count": 1}, "terminate",
            ", extended once.", 0,
        ),
        (
            {"expires_at": NOW, "lifetime_extension_count": 2}, "terminate",
            ", extended 2 times.", 0,
        ),
    ],
)  # fmt: skip
def test_the_machine_does_next_for_how_long_and_why(
    fields: dict[str, object], action: str, reason: str, seconds: int
) -> None:
    decision = rules.next_action(cluster(**fields), NOW)
    assert (decision.action, decision.seconds) == (action, seconds)
    assert reason in decision.reason


@pytest.mark.parametrize(
    ("says", "is_news"),
    [
        ({}, False),
        ({"state": "RUNNING"}, True),
        ({"master_address": "ec2-1"}, False),
        ({"master_address": "ec2-2"}, True),
        ({"instance_hours": 8}, False),
        ({"instance_hours": 16}, True),
        ({"ready_at": NOW}, False),
    ],
)
def test_a_listing_is_news_when_it_says_what_the_record_does_not(says: dict[str, Any], is_news: bool) -> None:
    known = cluster(master_address="ec2-1", instance_hours=8)
    assert rules.is_news(known, Jobflow(**({"id": "j-1", "name": "one", "state": "WAITING"} | says))) is is_news


def test_the_first_word_of_readiness_is_news() -> None:
    unready = cluster(ready_at=None, master_address="ec2-1", instance_hours=8)
    assert rules.is_news(unready, Jobflow("j-1", "one", "WAITING", ready_at=NOW))
    assert not rules.is_news(unready, Jobflow("j-1", "one", "WAITING"))


@pytest.mark.parametrize(("state", "asks"), [("WAITING", True), ("RUNNING", True), ("BOOTSTRAPPING", False)])
def test_emr_is_asked_for_the_master_until_it_has_named_it(state: str, asks: bool) -> None:
    unnamed = cluster(status=state, master_instance=None)
    assert rules.is_news(unnamed, Jobflow("j-1", "one", state)) is asks


def test_emrs_reason_is_shown_unless_we_ended_the_cluster_and_said_why() -> None:
    assert (
        rules.reason_to_show(cluster(status="TERMINATING"), "Terminated by user request")
        == "Terminated by user request"
    )
    assert rules.reason_to_show(cluster(status_reason="Cluster ready."), "Idle") == "Idle"


@pytest.mark.parametrize(
    ("hours", "extended", "reason"),
    [
        (2, 0, "Its lifetime of 2 hours ended."),
        (1, 0, "Its lifetime of 1 hour ended."),
        (8, 1, "Its lifetime of 8 hours ended, extended once."),
        (8, 2, "Its lifetime of 8 hours ended, extended 2 times."),
    ],
)
def test_why_a_cluster_that_expired_ended(hours: int, extended: int, reason: str) -> None:
    assert rules.expired_reason(cluster(lifetime=hours, lifetime_extension_count=extended)) == reason
