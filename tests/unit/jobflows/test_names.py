"""The names of jobflows: EMR takes them, people can read them, and no two records share one."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.jobflows import names
from chalicelib.jobs.models import Job
from chalicelib.runs import attempts
from chalicelib.runs.models import Run
from tests.support.emr_requests import SETTINGS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
USERS = st.from_regex(r"[a-z0-9.@_-]{1,254}", fullmatch=True)
IDENTIFIERS = st.from_regex(r"[a-z0-9-]{1,117}", fullmatch=True)


def test_a_short_name_says_everything() -> None:
    name = names.jobflow_name(SETTINGS, "cluster", "ada", "keen-noether", "c-1")
    assert name == f"{SETTINGS.name_prefix}cluster-ada-keen-noether"


@given(USERS, IDENTIFIERS)
def test_long_names_of_two_records_differ(owner: str, identifier: str) -> None:
    # What tells two short names apart is in the identifier, which is cut off a long one.
    long = f"{identifier}-{'x' * 250}"
    first, second = (names.jobflow_name(SETTINGS, "job", owner, long, record) for record in ("r-1", "r-2"))
    assert first != second
    assert first.startswith(f"{SETTINGS.name_prefix}job-{owner}"[:200])


@given(USERS, IDENTIFIERS)
def test_every_attempt_has_a_name_of_its_own_that_emr_takes(owner: str, identifier: str) -> None:
    run = Run("r-1", name=names.jobflow_name(SETTINGS, "job", owner, identifier, "r-1"), attempts=4, parameters={})
    made = [run.name]
    for _ in range(3):
        run = attempts.next_attempt(run, Job("j-1", result_visibility="private"), NOW)
        made.append(run.name)
    assert len(set(made)) == 4
    assert all(len(name) <= names.MAX_LENGTH for name in made)
