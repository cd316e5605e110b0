"""What anybody reads of a public run, of all that the API says of runs: whatever is new stays hidden until it is let out here."""

from __future__ import annotations

import pytest

from chalicelib.runs import publication
from chalicelib.runs.models import Run
from chalicelib.runs.publication import Access
from chalicelib.runs.schemas import RUN

WITH_RESULTS = {
    "id", "job_identifier", "owner", "status", "attempt", "attempts", "first_run", "retry", "repair_of", "after", "after_run",
    "after_slot", "objects", "backfill", "not_before", "trigger", "emr_release", "size", "timeout", "instance_hours",
    "created_at", "scheduled_at", "slot", "previous_slot", "promised_at", "started_at", "waits_for", "ready_at", "finished_at",
}  # fmt: skip
WITH_DETAILS = WITH_RESULTS | {
    "status_reason", "parameters", "failed_cell", "diagnosis", "files_left_out", "spark_use", "commit", "on_arrival", "keys",
}  # fmt: skip


@pytest.mark.parametrize(("access", "fields"), [(Access.RESULTS, WITH_RESULTS), (Access.DETAILS, WITH_DETAILS)])
def test_nothing_is_public_but_what_is_said_to_be(access: Access, fields: set[str]) -> None:
    run = Run("r-1")
    for name in RUN._names:
        setattr(run, name, "something")
    shown = publication.redact(run, access)
    assert {name for name in RUN._names if getattr(shown, name)} == fields
