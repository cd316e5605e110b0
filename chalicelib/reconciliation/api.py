"""What sweeps found, over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib import clock
from chalicelib.mails import outbox
from chalicelib.reconciliation import service as reconciliations
from chalicelib.web import answers, paging
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.records import fields
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint("/reconciliations", "reconciliation.view")
def listing(request: Request) -> Response:
    """What sweeps found amiss and did about it, the latest first, when one ended last, and mails that SES did not confirm."""
    found = reconciliations.newest(paging.limit(request), paging.cursor(request))
    last = reconciliations.last_sweep()
    return answers.as_json(
        paging.answer(found, reconciliations.record)
        | {
            "last_sweep_at": clock.text(last) if last else None,
            "unconfirmed_mails": [fields(mail, "id", "to", "subject", "created_at") for mail in outbox.unconfirmed()],
        }
    )
