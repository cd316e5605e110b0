"""HTML forms: what was typed, what was refused, and the key by which a form that is sent twice counts once.

A view makes a FormState, `blank` or `filled` for a GET and `from_request` for a POST, does its work inside `collect_errors()`,
and shows the template with it when it falls through: with status 422, what was typed, and a message at each refused field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from chalicelib.core.errors import NO_SUCH_FIELD, Conflict, FieldError, Invalid, LimitReached
from chalicelib.core.rendering import new_submission
from chalicelib.core.versions import Check, version_of
from chalicelib.web.csrf import FIELD as CSRF_FIELD
from chalicelib.web.request import MAX_NAME, Request

SUBMISSION_FIELD = "submission"
VERSION_FIELD = "record_version"
OF_EVERY_FORM = frozenset({CSRF_FIELD, SUBMISSION_FIELD, VERSION_FIELD})
OUTDATED = (
    "Somebody else has changed this since you opened the form. What is stored now stands at each field that differs from yours. "
    "Adopt what you want to keep of it, then send the form again: what it says then is stored."
)
NO_FIELDS: Mapping[str, str] = MappingProxyType({})


_typed: ContextVar[Mapping[str, str]] = ContextVar("typed", default=MappingProxyType({}))


@contextmanager
def refilling(typed: Mapping[str, str]) -> Iterator[None]:
    """Meanwhile forms that are made `blank` or `filled` show what was typed instead; see chalicelib/web/ended_sessions.py."""
    token = _typed.set(typed)
    try:
        yield
    finally:
        _typed.reset(token)


def _refilled(values: Mapping[str, Any]) -> dict[str, Any]:
    typed = _typed.get()
    return {name: typed.get(name, value) for name, value in values.items()}


@dataclass
class FormState:
    """One form as it is shown: values by field, messages by field, why it is refused as a whole, and its submission key. `limit`
    is the limit that is reached, at whichever field or as a whole.

    `version` is that of the record that the form was filled with, "" for one that makes a new record. When others have changed
    the record since, `latest` has what is stored now, for each field that differs from `values`.
    """

    values: dict[str, Any]
    submission: str
    errors: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    version: str = ""
    latest: Mapping[str, Any] = field(default_factory=dict)
    limit: str = ""

    @property
    def status(self) -> int:
        """The page's status: 422 when a field was refused, 409 when it or the whole was because of the state things are in."""
        if self.limit:
            return LimitReached.status
        return Invalid.status if self.errors else Conflict.status if self.refusal else 200

    @classmethod
    def filled(cls, values: Mapping[str, Any], **more: Any) -> FormState:
        """A form filled with a record that there is, and `more` that is not of the record. It carries the record's version."""
        typed = _typed.get()
        version = typed.get(VERSION_FIELD, version_of(values))
        return cls(_refilled({**values, **more}), new_submission(), version=version)

    @classmethod
    def blank(cls, **values: Any) -> FormState:
        """A fresh form, prefilled with these values."""
        return cls(_refilled(values), new_submission())

    @classmethod
    def from_request(cls, request: Request, **defaults: Any) -> FormState:
        """The form that was sent. `defaults` are the values shown for fields that the browser left out.

        Raises:
            BadRequest, TooLarge: the body cannot be read.
        """
        values = {name: value for name, value in request.form.items() if name not in OF_EVERY_FORM}
        sent = request.form.get
        return cls(defaults | values, sent(SUBMISSION_FIELD, ""), version=sent(VERSION_FIELD, ""))

    def check(self, fill: Callable[..., Mapping[str, Any]], outdated: str = OUTDATED) -> Check:
        """The check that nobody has changed the record since this form was filled with it by `fill`.

        The check raises:
            Conflict: somebody has, in the words of `outdated`. The form then has what is stored now, and its version: sent
                again, it replaces that.
        """

        def check(*read: Any) -> None:
            stored = fill(*read)
            if self.version and self.version != version_of(stored):
                self.version = version_of(stored)
                self.latest = {
                    name: value for name, value in stored.items() if _text(self.values.get(name)) != _text(value)
                }
                raise Conflict(outdated)

        return check

    def collect_errors(self, keep: bool = False, limited: Mapping[str, str] = NO_FIELDS) -> _ErrorCollector:
        """A context in which Invalid is caught, and its messages are put at their fields.

        With `keep` a Conflict is caught as well, by views that show `refusal`: the form comes back with what was typed. `limited`
        has the fields that limits are about, by limit: their messages are put there.
        """
        return _ErrorCollector(self, keep, limited)


def no_such_fields(names: Sequence[str]) -> Invalid:
    """The refusal of a form with these fields, which it does not have. The browser still has what was typed."""
    return Invalid(
        [
            FieldError(name[:MAX_NAME], f"This form has no field “{name[:MAX_NAME]}”. Go back and reload the page.")
            for name in names
        ]
    )


def _text(value: Any) -> str:
    """A value as browsers send it."""
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


@dataclass(frozen=True)
class _ErrorCollector:
    form_state: FormState
    keep: bool
    limited: Mapping[str, str]

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if self.keep and isinstance(error, LimitReached):
            self.form_state.limit = error.limit
        if isinstance(error, LimitReached) and self.keep and error.limit in self.limited:
            self.form_state.errors[self.limited[error.limit]] = error.message
            return True
        if self.keep and isinstance(error, Conflict):
            self.form_state.refusal = error.message
            return True
        if not isinstance(error, Invalid):
            return False
        if unknown := [field_error.field for field_error in error.errors if field_error.message == NO_SUCH_FIELD]:
            raise no_such_fields(unknown) from error  # no control of the form would show the sentence
        for field_error in error.errors:
            self.form_state.errors.setdefault(field_error.field, field_error.message)
        return True
