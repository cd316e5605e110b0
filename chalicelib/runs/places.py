"""The places of runs among what their owner may have at once: each run has one from before its launch to its outcome.

Who runs a job now gets it with the run, or is refused. All others (on schedule, tries again, waited for another run of the job)
get it when they would be launched; until there is room they wait in the queue, up to their timeout. A run that waits is
asked about every minute, so of several that wait none has precedence.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib.budgets import reservations
from chalicelib.budgets.reservations import Funds
from chalicelib.core.tables import transaction, update_if, was_overtaken
from chalicelib.runs.models import Run, RunStatus
from chalicelib.usage_limits import accounts
from chalicelib.usage_limits.rules import Demand

MAX_ATTEMPTS = 5
TRY_AGAIN = timedelta(minutes=1)
"""How long a run waits before it is looked again whether there is room."""
BUSY = "The owner's account is being changed by others."


def demand(run: Run) -> Demand:
    """What the owner has of what is limited while the run has its place."""
    return Demand(runs=1, workers=int(run.size))


def why_no_place(run: Run, now: datetime) -> str:
    """Give the run its place, if it has none and there is room: "", or why it has to wait, which its record says too.

    Raises:
        BudgetReached: a budget has not as much left as the run may cost. Waiting would not help.
    """
    for _ in range(MAX_ATTEMPTS):
        if run.counted:
            return ""
        account = accounts.of(run.owner, now)
        if reason := account.why_not(demand(run)):
            waiting = f"Waiting for room. {reason}"
            if run.status_reason != waiting:
                update_if(run, Run.status == RunStatus.QUEUED, [Run.status_reason.set(waiting)])
            return waiting
        funds = draw(run, now)
        funds.refuse()
        if _try_place(run, account, funds, now):
            return ""
        run.refresh(consistent_read=True)
    return BUSY


def draw(run: Run, now: datetime) -> Funds:
    """The budgets that the run draws on if it is launched now: as much as it costs at its timeout."""
    return reservations.of_launch(run.owner, run.job_id, int(run.size), int(run.timeout), now)


def _try_place(run: Run, account: accounts.Account, funds: Funds, now: datetime) -> bool:
    """Whether run, account and budgets could be changed together: not when one of them was changed meanwhile."""
    free = (Run.status == RunStatus.QUEUED) & Run.counted.does_not_exist() & (Run.owner == account.person)
    try:
        with transaction() as write:
            actions: list[Action] = [Run.counted.set(True), Run.status_reason.set("")]
            if funds.reservation:
                actions.append(Run.reservation.set(funds.reservation))
            if funds.groups is not None:
                actions.append(Run.owner_groups.set(funds.groups))
            write.update(Run(run.id), actions=actions, condition=free)
            funds.reserve(write, now)
            account.reserve(write, demand(run), now)
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return False
    run.refresh(consistent_read=True)
    return True
