"""What is told to a job's webhook: recorded before it is sent, sent until it is received, given up after a while."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import PutError
from pynamodb.expressions.update import Action

from chalicelib.core import clock, correlation, places
from chalicelib.core.config import settings
from chalicelib.core.observability import logger, measure
from chalicelib.core.pagination import Page
from chalicelib.core.search import EVERYTHING, Search
from chalicelib.core.tables import find, update_if, was_rejected
from chalicelib.core.windows import search_index
from chalicelib.identity import access
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job
from chalicelib.mail.webhooks import delivery as webhook_delivery
from chalicelib.mail.webhooks import rules
from chalicelib.mail.webhooks.models import Delivery
from chalicelib.mail.webhooks.search import FIELDS
from chalicelib.runs.models import Run

CLAIM = timedelta(minutes=2)
"""How long one sender may be busy with a delivery before another may take it up."""
BUDGET = 60.0
"""Seconds that one sweep spends on webhooks: slow ones shall not keep it from its work."""
RETENTION = timedelta(days=90)
SHOWN = 5
DIAGNOSIS_FIELDS = ("kind", "side", "summary", "next_step")
"""What a webhook is sent of a diagnosis; the API has the rest."""


def shown(person: Person, job: Job) -> str | None:
    """Where the job's webhook leads, for those who may choose that: such addresses are often secrets themselves."""
    may = job.webhook_url and "job.publish" in access.allowed(person, "job", job)
    return job.webhook_url if may else None


def post(occasion: str, event: str, job_id: str, content: dict[str, Any], now: datetime, at_once: bool = True) -> None:
    """Record an event for the job's webhook, if it has one, and send it; the same occasion again does nothing.

    Not `at_once` leaves the sending to the sweep. A webhook that does not answer is no error: the sweep tries again.
    """
    job = find(Job, job_id)
    if job is None or not job.webhook_url:
        return
    body = {"id": occasion, "event": event, "created_at": clock.text(now), **content}
    first = now + CLAIM if at_once else now
    delivery = Delivery(
        occasion, job_id=job_id, event=event, body=json.dumps(body), pending="yes", due_at=first, created_at=now,
        correlation=correlation.current() or None, ttl=int((now + RETENTION).timestamp()),
    )  # fmt: skip
    try:
        delivery.save(Delivery.id.does_not_exist())
    except PutError as error:
        if not was_rejected(error):
            raise
        return
    measure("WebhookPosted", about=occasion, event=event)
    if at_once:
        _send(delivery, job, now)


def flush(now: datetime, budget: float = BUDGET) -> int:
    """Send what is due again, for so many seconds; returns how many deliveries were received."""
    give_up, received = time.monotonic() + budget, 0
    for delivery in Delivery.by_pending.query("yes", Delivery.due_at <= now):
        if time.monotonic() > give_up:
            logger.warning("webhooks_postponed")
            break
        received += _send(delivery, find(Job, delivery.job_id), now)
    return received


def _send(delivery: Delivery, job: Job | None, now: datetime) -> bool:
    """Claim the delivery by its number of attempts, then send it: two senders never make the same attempt."""
    number = int(delivery.attempts) + 1
    mine = (Delivery.attempts == delivery.attempts) & Delivery.pending.exists()
    due = rules.next_try(number, now)
    if not update_if(delivery, mine, [Delivery.attempts.set(number), Delivery.due_at.set(due or now + CLAIM)]):
        return False
    if number > rules.MAX_ATTEMPTS or job is None or not job.webhook_url or not job.webhook_secret:
        why = delivery.outcome or "the job no longer has a webhook"
        delivery.update([Delivery.pending.remove(), Delivery.given_up_at.set(now), Delivery.outcome.set(why)])
        return False
    body = delivery.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "atmo-webhook",
        rules.EVENT: delivery.event,
        rules.DELIVERY: delivery.id,
        rules.SIGNATURE: rules.signature(job.webhook_secret, now, body),
        **({rules.CORRELATION: delivery.correlation} if delivery.correlation else {}),
    }
    received, outcome = webhook_delivery.post(job.webhook_url, headers, body, settings().private_webhooks)
    _note(delivery, received, outcome, due is None, now)
    return received


def _note(delivery: Delivery, received: bool, outcome: str, last: bool, now: datetime) -> None:
    logger.info("webhook_called", extra={"delivery": delivery.id, "outcome": outcome, "received": received})
    changes: list[Action] = [Delivery.outcome.set(outcome)]
    if received:
        changes += [Delivery.pending.remove(), Delivery.received_at.set(now)]
    elif last:
        changes += [Delivery.pending.remove(), Delivery.given_up_at.set(now)]
        measure("WebhookGivenUp", about=delivery.id)
    delivery.update(changes)


def latest(job: Job) -> list[Delivery]:
    """The last few deliveries to the job's webhook, the latest first; none while it has no webhook."""
    return listing(job, SHOWN).items


def listing(job: Job, limit: int, cursor: str | None = None, search: Search = EVERYTHING) -> Page[Delivery]:
    """The deliveries to the job's webhook, the latest first unless the `search` says otherwise; none while it has no webhook.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    if not job.webhook_url:
        places.decode(cursor)
        return Page([], None)
    return search_index(Delivery.by_job, {"job_id": job.id}, search, FIELDS, limit, cursor)


def about_run(run: Run) -> dict[str, Any]:
    """What a webhook is told of a run; its job is named as it was then."""
    portal = settings().portal_url
    times = {name: _text(getattr(run, name)) for name in ("scheduled_at", "started_at", "finished_at")}
    return {
        "status": run.status,
        "reason": run.status_reason,
        "diagnosis": {name: run.diagnosis[name] for name in DIAGNOSIS_FIELDS} if run.diagnosis else None,
        "job": {"id": run.job_id, "identifier": run.job_identifier, "owner": run.owner},
        "run": {
            "id": run.id, "trigger": run.trigger, "attempt": int(run.attempt), "attempts": int(run.attempts),
            "first_run": run.first_run or run.id, **times,
        },
        "failures_in_a_row": int(run.failures_in_a_row),
        "links": {"run": f"{portal}/runs/{run.id}", "job": f"{portal}/jobs/{run.job_id}"},
    }  # fmt: skip


def about_job(job: Job, status: str, reason: str) -> dict[str, Any]:
    """What a webhook is told of a job when it is not about one run."""
    return {
        "status": status,
        "reason": reason,
        "job": {"id": job.id, "identifier": job.identifier, "owner": job.owner},
        "run": None,
        "failures_in_a_row": int(job.failures_in_a_row),
        "links": {"job": f"{settings().portal_url}/jobs/{job.id}"},
    }


def _text(moment: datetime | None) -> str | None:
    return clock.text(moment) if moment else None
