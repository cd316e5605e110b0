"""What can be refused, and how each refusal reads. The web layer translates these once; nothing else catches them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class AtmoError(Exception):
    """A refusal with a message for the person who asked."""

    status = 500
    title = "Something went wrong"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.title)
        self.message = message or self.title


class BadRequest(AtmoError):
    """The request cannot be read at all."""

    status = 400
    title = "Bad request"


class Unauthenticated(AtmoError):
    """Nobody is signed in, or the token is not valid."""

    status = 401
    title = "Sign in first"


class Forbidden(AtmoError):
    """Known to exist, and not for this person. Objects of others are `NotFound` instead."""

    status = 403
    title = "Not allowed"


class NotFound(AtmoError):
    """Missing, or not to be seen by this person: the two look the same."""

    status = 404
    title = "Not found"


class Conflict(AtmoError):
    """Understood, and refused because of the state things are in; the message says which."""

    status = 409
    title = "Not possible right now"


class Outdated(AtmoError):
    """The caller changes a record that is no longer as they read it; `record` is what it is now, as the API gives it."""

    status = 412
    title = "Changed in the meantime"

    def __init__(self, record: dict[str, Any]) -> None:
        super().__init__(
            "Somebody has changed this since you read it. Look at it as it is now, then repeat your change."
        )
        self.record = record


class LimitReached(Conflict):
    """More than somebody may have; `limit` names which limit it is, as the API calls it (chalicelib/usage_limits)."""

    title = "A limit is reached"

    def __init__(self, message: str, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


class BudgetReached(Conflict):
    """More than a budget allows; `budget` names which one it is, such as "person/alice" (chalicelib/budgets)."""

    title = "A budget is used up"

    def __init__(self, message: str, budget: str) -> None:
        super().__init__(message)
        self.budget = budget


class TooLarge(AtmoError):
    """The body is larger than is accepted."""

    status = 413
    title = "Too large"


class UnsupportedMediaType(AtmoError):
    """The body is of a kind that is not read here."""

    status = 415
    title = "Unsupported media type"


class TooMany(AtmoError):
    """Too many failed attempts from where this one comes; `wait` is after how many seconds another is answered."""

    status = 429
    title = "Too many attempts"

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


class Unavailable(AtmoError):
    """AWS did not answer as it should; nothing was lost, and the caller may try again."""

    status = 503
    title = "AWS is not answering"


class SignInUnavailable(Unavailable):
    """The provider that people sign in with does not answer as it should."""

    title = "Signing in is not possible now"


@dataclass(frozen=True)
class FieldError:
    """One sentence about one field of the input."""

    field: str
    message: str


NO_SUCH_FIELD = "There is no such field."
"""The sentence about a field that is not read."""


class Invalid(AtmoError):
    """Input that was refused, field by field."""

    status = 422
    title = "Please check the marked fields"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(" ".join(error.message for error in errors))
        self.errors = list(errors)

    @classmethod
    def field(cls, field: str, message: str) -> Invalid:
        return cls([FieldError(field, message)])
