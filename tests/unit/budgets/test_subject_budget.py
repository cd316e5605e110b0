"""One budget on a page is added to those that are there, as far as they fit into their record."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.budgets.forms import SubjectBudget
from chalicelib.budgets.rules import MAX_GROUPS, Budget, Policy
from chalicelib.core.errors import Invalid
from chalicelib.site_settings.names import MAX_NAMES


@pytest.mark.parametrize(
    ("subject", "part", "most"),
    [("person", "people", MAX_NAMES), ("group", "groups", MAX_GROUPS), ("job", "jobs", MAX_NAMES)],
)
def test_no_more_names_than_fit(subject: str, part: str, most: int) -> None:
    stored: dict[str, Any] = {part: {f"somebody-{number}": Budget("1.00") for number in range(most)}}
    before = Policy(**stored)
    with pytest.raises(Invalid):
        SubjectBudget(subject=subject, name="one-more", amount="1.00").changed(before)
    changed = SubjectBudget(subject=subject, name="somebody-0", amount="2.00").changed(before)
    assert getattr(changed, part)["somebody-0"] == Budget("2.00")
