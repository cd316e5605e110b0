"""HTML forms: what was typed, what was refused, and the key by which a form that is sent twice counts once.

A view makes a FormState, `blank` for a GET and `from_request` for a POST, does its work inside `collect_errors()`, and shows
the template with it when it falls through: with status 422, what was typed, and a message at each refused field.
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
class FormState:
    """One form as it is shown: values by field, messages by field, why it is refused as a whole, and its submission key."""

    values: dict[str, Any]
    submission: str
    errors: dict[str, str] = field(default_factory=dict)
    refusal: str = ""

    @property
    def status(self) -> int:
        """The page's status: 422 when a field was refused, 409 when the whole was because of the state things are in."""
        return Invalid.status if self.errors else Conflict.status if self.refusal else 200

    @classmethod
    def blank(cls, **values: Any) -> FormState:
        """A fresh form, prefilled with these values."""
        return cls(values, secrets.token_urlsafe(12))

    @classmethod
    def from_request(cls, request: Request, **defaults: Any) -> FormState:
        """The form that was sent. `defaults` are the values shown for fields that the browser left out.

        Raises:
            BadRequest, TooLarge: the body cannot be read.
        """
        values = {name: value for name, value in request.form.items() if name not in (CSRF_FIELD, SUBMISSION_FIELD)}
        return cls(defaults | values, request.form.get(SUBMISSION_FIELD, ""))

    def collect_errors(self, keep: bool = False) -> _ErrorCollector:
        """A context in which Invalid is caught, and its messages are put at their fields.

        With `keep` a Conflict is caught as well, by views that show `refusal`: the form comes back with what was typed.
        """
        return _ErrorCollector(self, keep)


@dataclass(frozen=True)
class _ErrorCollector:
    form_state: FormState
    keep: bool

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if self.keep and isinstance(error, Conflict):
            self.form_state.refusal = error.message
            return True
        if not isinstance(error, Invalid):
            return False
        for field_error in error.errors:
            self.form_state.errors.setdefault(field_error.field, field_error.message)
        return True
