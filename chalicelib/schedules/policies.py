"""What people decide about slots that cannot simply run."""

from __future__ import annotations

from chalicelib.core.choices import Choice


class Misfire(Choice):
    """What becomes of slots that were missed: the latest is made up for, or all of them one after the other, or none."""

    LATEST = "latest", "Run the latest"
    ALL = "all", "Run all, one by one"
    SKIP = "skip", "Skip them"


class AfterOutcome(Choice):
    """Which ends of the job before start a job that runs after it."""

    SUCCESS = "success", "It succeeded"
    END = "end", "It ended, in whatever way"


class Overlap(Choice):
    """What becomes of a slot that comes due while a run of the job is going: skipped, queued, or run at the same time."""

    SKIP = "skip", "Skip the new run"
    QUEUE = "queue", "Wait for it to end"
    ALLOW = "allow", "Run at the same time"
