"""What an error of RunJobFlow means for the launch, and in words."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest

from chalicelib.jobflows import launches
from chalicelib.jobflows.launches import LAUNCH_WITHIN, after_launch_error


def test_a_launch_is_tried_for_an_hour() -> None:
    assert timedelta(hours=1) == LAUNCH_WITHIN


@pytest.mark.parametrize(
    ("error", "cause", "minutes", "verdict", "reason"),
    [
        ("Emr.ThrottlingException", "Rate exceeded", 60, "retry", "EMR is busy"),
        ("Emr.EmrException", "Rate exceeded", 61, "failed", "within 1 hour: Rate exceeded"),
        ("States.Timeout", "", 61, "failed", "within 1 hour: States.Timeout"),
        (
            "Emr.InvalidRequestException", "No such type (Service: Emr, Status Code: 400)\nat line 1", 0, "failed",
            ": No such type",
        ),
        ("Emr.ValidationException", "", 0, "failed", ": Emr.ValidationException"),
        ("States.Timeout", "", 0, "look", "lost"),
    ],
)  # fmt: skip
def test_a_launch_error_is_put_into_words(error: str, cause: str, minutes: int, verdict: str, reason: str) -> None:
    answer = after_launch_error(error, cause, minutes * timedelta(minutes=1))
    assert answer[0] == verdict
    assert reason in answer[1]
    assert "at line" not in answer[1]


@pytest.mark.parametrize(("attempts", "longest"), [(0, 9), (1, 17), (3, 65), (4, 121), (9, 121)])
def test_the_wait_before_the_next_launch_is_random_within_a_bound_that_doubles(
    monkeypatch: pytest.MonkeyPatch, attempts: int, longest: int
) -> None:
    for number, seconds in ((lambda below: 0, 2), (lambda below: below - 1, longest)):
        monkeypatch.setattr(secrets, "randbelow", number)
        assert launches.jittered(attempts) == seconds
