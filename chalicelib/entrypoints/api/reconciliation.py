"""What sweeps found, over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core import clock
from chalicelib.core.schemas import SEARCHED, TEXT, TIME, WHOLE, Record, many, maybe
from chalicelib.jobflows.reconciliation import service as reconciliation
from chalicelib.mail import outbox
from chalicelib.mail.models import Mail
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)

FINDING = Record("Finding", kind=TEXT, record=TEXT, jobflow=TEXT, done=TEXT, cluster=TEXT)
RECONCILIATION = Record("Reconciliation", at=TIME, last_at=TIME, times=WHOLE, findings=many(FINDING))
UNCONFIRMED = Record("UnconfirmedMail", Mail, "id", "to", "subject", "created_at")
REPORT = Record(
    "ReconciliationReport", items=many(RECONCILIATION), next=maybe(TEXT), last_sweep_at=maybe(TIME),
    unconfirmed_mails=many(UNCONFIRMED), previous=maybe(TEXT), searched=maybe(SEARCHED),
)  # fmt: skip


@routes.endpoint(
    "/reconciliations",
    "reconciliation.view",
    query=("limit", "cursor"),
    searched_by=reconciliation.FIELDS,
    gives=REPORT,
)
def listing(request: Request) -> Response:
    """What sweeps found wrong and did about it, latest first; when the last one ended; and mails that SES did not confirm."""
    search = search_query.search(request, reconciliation.FIELDS)
    page = reconciliation.listing(paging.limit(request), paging.cursor(request), search)
    last = reconciliation.last_sweep()
    answer = page.as_search_json(lambda item: RECONCILIATION.of(**reconciliation.record(item)))
    mails = [UNCONFIRMED.of(mail) for mail in outbox.unconfirmed()]
    return responses.as_json(
        REPORT.of(**answer, last_sweep_at=clock.text(last) if last else None, unconfirmed_mails=mails)
    )
