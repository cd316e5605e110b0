"""What people fill in about runs."""

from __future__ import annotations

from chalicelib.core.fields import Form
from chalicelib.jobs.field_types import Parameters


class RunNow(Form):
    """An unscheduled run. `parameters` take the place of the job's of the same names; the others stay."""

    parameters: Parameters | None = None
