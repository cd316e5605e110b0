"""Requests for more than a limit allows, and their answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core import clock
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.limits import LIMITS
from chalicelib.core.tables import find, new_id, was_overtaken
from chalicelib.identity.person import Person
from chalicelib.usage_limits import accounts, mails, rules
from chalicelib.usage_limits.models import LimitRequest, RequestStatus, Usage

if TYPE_CHECKING:
    from chalicelib.usage_limits.forms import GrantLimit, RequestLimit

OPEN = "yes"
RECENT = 20
"""Among how many of a person's latest requests an open one is looked for: each limit has one at most."""
MAX_ATTEMPTS = 5


def request(person: Person, form: RequestLimit, now: datetime) -> LimitRequest:
    """Request more of a limit until a moment; every approver is told.

    Raises:
        Invalid: naming the fields; among them what is allowed anyhow.
        Conflict: this person's request of the same limit is still open.
    """
    until = end_of(form.until, now)
    allowance = accounts.of_member(person.username, person.groups, now).allowances[form.limit]
    if form.most <= allowance.most:
        raise Invalid.field(
            "most", f"You may have {allowance.most} {rules.LABELS[form.limit]} already. Request more than that."
        )
    if any(one.limit == form.limit for one in of_person(person.username, RECENT) if one.open):
        raise Conflict(
            "Your earlier request of the same limit has not been answered yet. An administrator can do that."
        )
    made = LimitRequest(
        new_id("l"), person=person.username, email=person.email, limit=form.limit, most=form.most, until=until,
        reason=form.reason, open=OPEN, created_at=now,
    )  # fmt: skip
    changes.save(made, Effect("limit", made.id, form.limit, f"Requested {wording(made)}."))
    mails.post_request(made, allowance, now)
    return made


def end_of(last_day: date, now: datetime) -> datetime:
    """The moment at which that day is over in UTC.

    Raises:
        Invalid: it is over by now, or too far away.
    """
    if not now.date() <= last_day <= (now + LIMITS.grant).date():
        raise Invalid.field("until", f"Choose a day within the next {LIMITS.grant.days} days.")
    return datetime.combine(last_day, time(), UTC) + timedelta(days=1)


def wording(request: LimitRequest) -> str:
    """Such as "100 workers at once until 2026-12-24"."""
    return f"{int(request.most)} {rules.LABELS[request.limit]} until {rules.last_day(request.until)}"


def get(request_id: str) -> LimitRequest:
    """
    Raises:
        NotFound: there is no such request.
    """
    if (stored := find(LimitRequest, request_id)) is None:
        raise NotFound("There is no such request.")
    return stored


def unanswered() -> list[LimitRequest]:
    """The requests that nobody has answered, the earliest first."""
    return list(LimitRequest.by_open.query(OPEN))


def of_person(person: str, number: int) -> list[LimitRequest]:
    """So many of a person's requests, the latest first."""
    return list(LimitRequest.by_person.query(person, scan_index_forward=False, limit=number))


def grant(approver: Person, request_id: str, form: GrantLimit | None, now: datetime) -> LimitRequest:
    """Let somebody have what they requested, or what the form says instead, until a moment. The person is told. Repeating it
    changes nothing.

    Raises:
        NotFound: there is no such request.
        Invalid: naming the fields.
        Conflict: it was declined, or is the approver's own.
    """
    for _ in range(MAX_ATTEMPTS):
        made = _answerable(approver, request_id, RequestStatus.GRANTED)
        if made.status == RequestStatus.GRANTED:
            return made
        until = end_of(form.until, now) if form and form.until else made.until
        most = (form.most if form else None) or int(made.most)
        if _try_grant(approver, made, most, until, now):
            made.refresh(consistent_read=True)
            mails.post_answer(made, now)
            return made
    raise Conflict("The request or the limits of this person are being changed by somebody else. Please try again.")


def _try_grant(approver: Person, made: LimitRequest, most: int, until: datetime, now: datetime) -> bool:
    """Whether the request was still open, and the person's grants as they were read."""
    usage = find(Usage, made.person)
    grants: dict[str, Any] = dict(usage.grants if usage else {})
    grants[made.limit] = {"most": most, "until": clock.text(until), "by": approver.username}
    try:
        summary = f"Granted {made.person} {most} {rules.LABELS[made.limit]} until {rules.last_day(until)}."
        with changes.transaction(Effect("limit", made.id, made.limit, summary)) as write:
            actions = [*_answered(RequestStatus.GRANTED, approver, now), LimitRequest.granted.set(most)]
            actions.append(LimitRequest.granted_until.set(until))
            write.update(LimitRequest(made.id), actions=actions, condition=LimitRequest.open.exists())
            unchanged = Usage.version == usage.version if usage else Usage.person.does_not_exist()
            new: list[Action] = [Usage.grants.set(grants), Usage.version.add(1), Usage.changed_at.set(now)]
            write.update(Usage(made.person), actions=new, condition=unchanged)
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return False
    return True


def decline(approver: Person, request_id: str, now: datetime) -> LimitRequest:
    """Decline a request, and tell the person. Repeating it changes nothing.

    Raises:
        NotFound: there is no such request.
        Conflict: it was granted, or is the approver's own.
    """
    made = _answerable(approver, request_id, RequestStatus.DECLINED)
    effect = Effect("limit", made.id, made.limit, f"Declined {made.person}'s request of {wording(made)}.")
    if not changes.update_if(
        made, LimitRequest.open.exists(), _answered(RequestStatus.DECLINED, approver, now), effect
    ):
        return _answerable(approver, request_id, RequestStatus.DECLINED)
    mails.post_answer(made, now)
    return made


def _answerable(approver: Person, request_id: str, answer: RequestStatus) -> LimitRequest:
    made = get(request_id)
    if approver.requester == made.person:
        raise Conflict("This is your own request. Another administrator has to answer it.")
    if made.status not in (RequestStatus.OPEN, answer):
        raise Conflict(f"{made.answered_by} has {made.status} this request already.")
    return made


def _answered(status: RequestStatus, approver: Person, now: datetime) -> list[Action]:
    return [
        LimitRequest.status.set(status), LimitRequest.open.remove(), LimitRequest.answered_by.set(approver.username),
        LimitRequest.answered_at.set(now),
    ]  # fmt: skip
