"""What forms are made of."""

from __future__ import annotations

from typing import Annotated

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.core.fields import Form, optional, read, text, whole_number
from chalicelib.core.limits import Range

ONE_TO_NINE = whole_number(Range(1, 9, "things"))


class Order(Form):
    count: Annotated[int, ONE_TO_NINE]
    note: Annotated[str, text("Write up to {limit:,} characters.", 1000)] | None = None


class Changes(Form):
    """What to change."""


def test_a_form_of_changes_has_every_field_and_needs_none() -> None:
    changes = optional("OrderChanges", Order, Changes)
    assert read(changes, {}).model_fields_set == set()
    assert read(changes, {"count": "3"}).model_dump(exclude_unset=True) == {"count": 3}
    assert read(changes, {"count": None, "note": None}).model_dump() == {"count": None, "note": None}
    with pytest.raises(Invalid, match="Choose a whole number of things from 1 to 9"):
        read(changes, {"count": 10})


def test_a_fixed_field_is_none_of_the_changes() -> None:
    with pytest.raises(Invalid, match="There is no such field"):
        read(optional("OrderChanges", Order, Changes, leave_out=("count",)), {"count": 1})


def test_a_sentence_names_its_limit() -> None:
    with pytest.raises(Invalid, match="Write up to 1,000 characters"):
        read(Order, {"count": 1, "note": "x" * 1001})


def test_a_check_that_would_refuse_null_is_an_error_of_whoever_declared_it() -> None:
    class Wrong(Form):
        count: Annotated[int | None, ONE_TO_NINE] = None

    with pytest.raises(TypeError, match="not of null"):
        read(Wrong, {"count": 1})
