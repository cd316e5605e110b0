"""What people fill in to change a job, for good or for a while."""

from __future__ import annotations

from chalicelib.core.fields import Form, optional
from chalicelib.jobs.field_types import Moment
from chalicelib.jobs.forms import CommittedJob
from chalicelib.notebooks.forms import Notebook


class JobChanges(Form):
    """What to change about a job. Fields that are left out stay as they are. The identifier cannot be changed."""

    notebook: Notebook | None = None


EditJob = optional("EditJob", CommittedJob, JobChanges, leave_out=("identifier",))
"""`JobChanges` with every other field of `CommittedJob`, none of which must be there."""


class Snooze(Form):
    """The time until which none of a job's slots run."""

    until: Moment
