"""A request to EMR that cannot be put together, and a machine that cannot decide: what their owners are told.

What AWS did not answer is tried again; whatever else goes wrong would go wrong again, so it is the launch's outcome.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import report_failure
from chalicelib.core.text import one_line

MAX_CAUSE = 300


class UnbuildableRequest(Exception):
    """Nothing can be launched; the message is a sentence for the owner."""


@contextmanager
def building() -> Iterator[None]:
    """Put a request together inside of this.

    Raises:
        UnbuildableRequest: it cannot be, for a reason that will be the same the next time.
        Unavailable, PynamoDBException, BotoCoreError, ClientError: AWS did not answer what the request needs to know.
    """
    try:
        yield
    except (UnbuildableRequest, Unavailable, PynamoDBException, BotoCoreError, ClientError):
        raise
    except Exception as error:
        report_failure("request_not_built")
        what = one_line(f"{type(error).__name__}: {error}", MAX_CAUSE)
        raise UnbuildableRequest(
            f"atmo could not put together its request to EMR ({what}). The site's settings or this record hold something "
            "that it cannot use. Ask an admin to correct it, then try again."
        ) from error


def undecided(cause: str) -> str:
    """What is said of a record about which a machine could decide nothing for so long that it gave up.

    `cause` is Step Functions' word: of a function that raised, a JSON object with `errorType` and `errorMessage`.
    """
    try:
        said = json.loads(cause)
        what = f"{said['errorType']}: {said['errorMessage']}"
    except (ValueError, TypeError, KeyError):
        what = cause or "without a reason"
    return (
        f"atmo could not decide how to go on, again and again for about an hour ({one_line(what, MAX_CAUSE)}). "
        "Show this to an admin, then try again."
    )
