"""What people fill in to learn what a job will cost."""

from __future__ import annotations

from typing import Annotated

from chalicelib.core.fields import Form, optional, text
from chalicelib.core.limits import LIMITS
from chalicelib.jobs.forms import NewJob


class JobToEstimate(Form):
    """A job as it would be scheduled. With the `id` of one that exists, what is left out is as that has it, and its earlier runs
    say what is usual. What does not matter for its cost may be there, and is not looked at."""

    id: Annotated[str, text("Give the id of a job.", LIMITS.name)] | None = None


EstimateJob = optional("EstimateJob", NewJob, JobToEstimate)
"""`JobToEstimate` with every field of `NewJob`, none of which must be there."""
