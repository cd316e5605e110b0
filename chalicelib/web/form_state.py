"""HTML forms: what was typed, what was refused, and the key by which a form that is sent twice counts once.

A view makes a sheet, `blank` for a GET and `posted` for a POST, does its work inside `sheet.marking()`, and shows the
template with the sheet when it falls through: with status 422, what was typed, and a message at each refused field.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.errors import Conflict, Invalid
from chalicelib.web.csrf import FIELD as CSRF_FIELD
from chalicelib.web.request import Request

SUBMISSION_FIELD = "submission"


@dataclass
class Sheet:
    """One form as it is shown: values by field, messages by field, why it is refused as a whole, and its submission key."""

    values: dict[str, Any]
    submission: str
    errors: dict[str, str] = field(default_factory=dict)
    refusal: str = ""

    @property
    def status(self) -> int:
        """The page's status: 422 when a field was refused, 409 when the whole was because of the state things are in."""
        return Invalid.status if self.errors else Conflict.status if self.refusal else 200

    def marking(self, keep: bool = False) -> _Marking:
        """Whatever is refused as Invalid in here is marked on the sheet, and goes no further.

        So is a Conflict with `keep`, by views that show `refusal`: the form comes back with what was typed.
        """
        return _Marking(self, keep)


@dataclass(frozen=True)
class _Marking:
    sheet: Sheet
    keep: bool

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if self.keep and isinstance(error, Conflict):
            self.sheet.refusal = error.message
            return True
        if not isinstance(error, Invalid):
            return False
        for found in error.errors:
            self.sheet.errors.setdefault(found.field, found.message)
        return True


def blank(**values: Any) -> Sheet:
    """A fresh form, prefilled with these values."""
    return Sheet(values, secrets.token_urlsafe(12))


def posted(request: Request, **defaults: Any) -> Sheet:
    """The form that was sent. `defaults` are the values shown for fields that the browser left out.

    Raises:
        BadRequest, TooLarge: the body cannot be read.
    """
    values = {name: value for name, value in request.form.items() if name not in (CSRF_FIELD, SUBMISSION_FIELD)}
    return Sheet(defaults | values, request.form.get(SUBMISSION_FIELD, ""))
