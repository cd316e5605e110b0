"""End a jobflow that should not be there, if it is this deployment's."""

from __future__ import annotations

from chalicelib.aws import emr
from chalicelib.aws.clients import said
from chalicelib.aws.jobflows import Jobflow
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.jobflows.reconciliation.findings import Kind, Report
from chalicelib.jobflows.reconciliation.listing import is_going, is_tagged_as_ours


def ours(jobflow: Jobflow, report: Report, record: str = "") -> Jobflow | None:
    """The jobflow in full if its tags say that it is ours. A name alone gives nobody the right to end a cluster.

    One that only resembles ours is reported. Roles may not ask about a jobflow without our tags, so whether it bears another
    deployment's is not known.

    Raises:
        Unavailable: EMR does not answer.
    """
    described = emr.find(jobflow.id)
    if described and is_tagged_as_ours(described):
        return described
    report.add(
        "foreign", "Left alone: it does not have our tags.", name=jobflow.name, record=record, jobflow=jobflow.id
    )
    logger.info("not_ours", extra={"jobflow": jobflow.id})
    return None


def end(jobflow: Jobflow, kind: Kind, why: str, report: Report, record: str = "") -> None:
    """End a jobflow that is `ours`, and report that, or why EMR does not do it.

    Raises:
        TransactWriteError: it could not be put on the audit trail, so it was not done.
    """
    if not is_going(jobflow):
        return
    report.record_repair(kind, f"Ends it: {why}", name=jobflow.name, record=record, jobflow=jobflow.id)
    try:
        emr.terminate([jobflow.id])
    except Unavailable as error:
        report.add(
            "refused", f"EMR did not end it: {said(error)}", name=jobflow.name, record=record, jobflow=jobflow.id
        )
    else:
        report.add(kind, f"Ended: {why}", name=jobflow.name, record=record, jobflow=jobflow.id)
