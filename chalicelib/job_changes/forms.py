"""What people fill in to change what a job does for a while."""

from __future__ import annotations

from chalicelib.core.fields import Form
from chalicelib.jobs.field_types import Moment


class Snooze(Form):
    """The time until which none of a job's slots run."""

    until: Moment
