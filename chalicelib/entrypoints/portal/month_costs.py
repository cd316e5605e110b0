"""What a month has cost, as a page and as CSV: one's own, for admins everybody's."""

from __future__ import annotations

import csv
import io

from chalice.app import Response

from chalicelib.budgets import policy, reservations, rules
from chalicelib.budgets.reservations import Account
from chalicelib.core import clock
from chalicelib.core.errors import NotFound
from chalicelib.core.reading import read_together
from chalicelib.costs import months, sums
from chalicelib.costs.models import ReceiptLine
from chalicelib.identity import permissions
from chalicelib.web import responses
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

QUERY = ("month", "scope")
COLUMNS = (
    "month",
    "owner",
    "job",
    "name",
    "id",
    "emr_release",
    "ended_at",
    "seconds",
    "ec2",
    "emr",
    "ebs",
    "amount",
    "group",
)
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula."""


@routes.page("/costs", "own.look", query=QUERY)
def page(request: Request) -> Response:
    """The sums of a month, by job and EMR release; for admins who ask for everybody's also by person and group."""
    month, owner = _chosen(request)
    summed, _ = months.of_month(month, owner)
    before, after = sums.neighbours(month)
    return show(
        request,
        "costs/month.html",
        month=summed,
        before=before,
        after=after if after <= sums.month_of(request.now) else "",
        everybody=owner is None,
        may_see_all=_may_see_all(request),
        accounts=_budgets(request) if owner and month == sums.month_of(request.now) else [],
        budget_title=rules.title,
        total=rules.total,
        percent=rules.percent,
    )


def _budgets(request: Request) -> list[Account]:
    """The budgets of the person, their groups and the site, as far as there are any."""
    user, month = request.user, rules.month_of(request.now)
    budgets = rules.applying(policy.read()[0], user.username, None, user.groups)
    read_together(reservations.keys(budgets, month))
    return reservations.read(budgets, month)


@routes.page("/costs/csv", "own.look", query=QUERY)
def as_csv(request: Request) -> Response:
    """The same month line by line, for a spreadsheet."""
    month, owner = _chosen(request)
    summed, lines = months.of_month(month, owner)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _values(line, summed)] for line in lines)
    named = {"Content-Disposition": f'attachment; filename="atmo-costs-{month}.csv"'}
    return responses.text(text.getvalue(), "text/csv; charset=utf-8", named)


def _chosen(request: Request) -> tuple[str, str | None]:
    """The month, and whose: None for everybody's.

    Raises:
        NotFound: there is no such month, or everybody's is not for this person.
    """
    month = request.query.get("month") or sums.month_of(request.now)
    if not sums.MONTH.fullmatch(month):
        raise NotFound("There is no such month. Give it as 2026-11.")
    if request.query.get("scope") != "all":
        return month, request.user.username
    if not _may_see_all(request):
        raise NotFound("There is nothing at this address.")
    return month, None


def _may_see_all(request: Request) -> bool:
    return permissions.allows("cost.all", permissions.roles_of(request.person))


def _values(line: ReceiptLine, month: sums.Month) -> list[str]:
    return [
        line.month, line.owner, line.job_id or "", line.name, line.record_id, line.emr_release, clock.text(line.ended_at),
        str(int(line.seconds)), line.ec2, line.emr, line.ebs, str(line.amount),
        month.group_names.get(line.owner, ""),
    ]  # fmt: skip


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULAS) else value
