"""What a job's record has of its form."""

from __future__ import annotations

from chalicelib.jobs.forms import NewJob
from chalicelib.jobs.models import FIELDS


def test_the_record_has_every_field_of_the_form_but_the_notebook() -> None:
    """A field that only the form has would be accepted and forgotten."""
    assert tuple(name for name in NewJob.model_fields if name != "notebook") == FIELDS
