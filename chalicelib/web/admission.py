"""What happens around every view, of a page and of an endpoint alike: who may come in, what is read and recorded, and what is said
of failures that nobody expected."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from urllib.parse import unquote

from chalice.app import Response

from chalicelib.audit import context as audit_context
from chalicelib.audit.context import Channel
from chalicelib.core import correlation, idempotency
from chalicelib.core.dynamodb import did_not_answer
from chalicelib.core.errors import AtmoError, Conflict, Forbidden, NotFound, Unavailable
from chalicelib.core.idempotency import Submission
from chalicelib.core.observability import logger, report_failure
from chalicelib.core.reading import reading_once
from chalicelib.identity import permissions
from chalicelib.identity.permissions import ACTIONS
from chalicelib.web import done_notice, replays
from chalicelib.web.replays import Again
from chalicelib.web.request import Request

View = Callable[..., Response]


def reading(request: Request, action: str) -> AbstractContextManager[None]:
    """While a request is answered that changes nothing, no record is read twice."""
    return nullcontext() if request.method != "GET" or ACTIONS[action].writes else reading_once()


def admit(request: Request, action: str) -> None:
    """Refuse whoever may not do this to any object. Whether they may do it to this one is decided by the object's service.

    Raises:
        NotFound: it is for others, who alone know of it.
        Forbidden: it changes something, and the token may only read.
    """
    if ACTIONS[action].writes and request.person and not request.person.may_write:
        raise Forbidden("This API token may only read. Make one that may write on the portal's page /tokens.")
    roles = permissions.roles_of(request.person, permissions.kind_of(action))
    if not ACTIONS[action].on and not permissions.allows(action, roles):
        raise NotFound("There is nothing at this address.")


def act(
    request: Request, action: str, channel: Channel, view: View, place: dict[str, str], again: Again | None
) -> Response:
    """Let the view do what was asked for, and record it on the audit trail if it changed anything; `again` answers a request that
    is sent once more, unless the view sees to that itself (None).

    Raises:
        Conflict: the request's key was used with other content, or what came of it is gone.
    """
    named = {name: unquote(value) for name, value in place.items()}
    actor = request.person.username if request.person else permissions.Role.ANYBODY
    if request.method == "GET":
        with audit_context.open_context(actor, channel, action, request.now):  # for what is read of others
            return view(request, **named)
    if again is None:
        return _act(request, action, channel, view, named, None)
    key = replays.key_of(request, action, channel)
    return idempotency.answer(
        key,
        lambda: _act(request, action, channel, view, named, key),
        lambda made: _again(request, again, made, named),
        _was_refused,
    )


def _was_refused(response: Response) -> bool:
    return bool(response.status_code >= 400)


def _act(
    request: Request, action: str, channel: Channel, view: View, named: dict[str, str], key: Submission | None
) -> Response:
    actor = request.person.username if request.person else permissions.Role.ANYBODY
    with audit_context.open_context(actor, channel, action, request.now, key) as context:
        response = view(request, **named)
    # A form that is answered by a page, such as a preview, has done nothing yet and is sent once more.
    if context.key and not _was_refused(response) and (channel == Channel.API or response.status_code >= 300):
        idempotency.store(context.key, context.made, request.now)
    if channel == Channel.PORTAL:
        done_notice.leave(response, context.latest)
    return response


def _again(request: Request, again: Again, made: str, named: dict[str, str]) -> Response:
    try:
        return again(request, made, **named)
    except NotFound:
        if named:
            raise
        raise Conflict(idempotency.GONE) from None


def note_refusal(request: Request, action: str, error: AtmoError) -> None:
    """Who tried what they may not is worth a line in the log; the trail has only what was done."""
    if error.status == Forbidden.status and request.person:
        logger.info("refused", extra={"actor": request.person.username, "action": action, "path": request.path})


def report(request: Request, event: str, error: Exception) -> None:
    """Log an answer that nobody expected, with whom it met; count it unless it is AWS that does not answer."""
    about = {"path": request.path, "user": request.person.username if request.person else ""}
    if did_not_answer(error):
        logger.warning(event, extra=about, exc_info=True)
    else:
        report_failure(event, **about)


def failure(error: Exception, ours: str = "") -> AtmoError:
    """What is said of something that nobody expected: AWS's silence, or else a mistake of `ours`, with the id by which operators
    find out what happened."""
    if did_not_answer(error):
        return Unavailable("AWS is not answering just now. Nothing was lost; please try again in a minute.")
    current = correlation.current()
    return AtmoError(
        f"{ours or AtmoError.title + '.'} If it stays so, tell those who run atmo this id: {current}."
        if current
        else ours
    )
