"""What a sweep can find wrong, and the report that it writes as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

from chalicelib.audit import service as audit
from chalicelib.audit.context import Effect
from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger, measure, report_failure

Kind = Literal[
    "orphan",
    "overdue",
    "refused",
    "stalled",
    "adopted",
    "event-lost",
    "forgotten",
    "foreign",
    "unserved",
    "not-started",
    "miscounted",
]

LABELS: dict[Kind, str] = {
    "orphan": "A cluster in EMR without a live record",
    "overdue": "A cluster that should have ended but had not",
    "refused": "A cluster that EMR will not end",
    "stalled": "A record whose state machine was not running",
    "adopted": "A cluster in EMR that was missing on its record",
    "event-lost": "A change in EMR whose event was lost",
    "forgotten": "A record whose cluster EMR no longer knows",
    "unserved": "A job whose slot was not served in time",
    "not-started": "A run that is not getting its cluster",
    "miscounted": "A person's usage that was not what the records say",
    "foreign": "Something that does not, or may not, belong to this deployment",
}
"""Each kind in words, for people."""


@dataclass(frozen=True)
class Finding:
    """One thing that was wrong: about which record and jobflow ("" where there is none), and what was done."""

    kind: Kind
    name: str
    record: str
    jobflow: str
    done: str


class Report:
    """The findings of one sweep. Each is logged and counted when it is added, so none is lost when the sweep dies."""

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def add(self, kind: Kind, done: str, *, name: str, record: str = "", jobflow: str | None = None) -> None:
        """Note one finding; `done` says in words what the sweep did about it."""
        finding = Finding(kind, name, record, jobflow or "", done)
        self._found.append(finding)
        logger.warning("reconciled", extra=as_json(finding))
        measure("Reconciled", about=record or finding.jobflow, kind=kind)
        if kind == "orphan":
            report_failure("orphan_ended", about=finding.jobflow)

    @staticmethod
    def record_repair(kind: Kind, what: str, *, name: str, record: str = "", jobflow: str | None = None) -> None:
        """Put on the audit trail what the sweep is about to do, once however many sweeps it takes.

        Raises:
            TransactWriteError: DynamoDB did not answer; the next sweep tries again.
        """
        effect = Effect(
            "run" if record.startswith("r-") else "cluster", record or jobflow or "", name, f"{LABELS[kind]}. {what}"
        )
        audit.record_repair(f"sweep.{kind}", effect, clock.now())

    @contextmanager
    def serving(self, record: str) -> Iterator[None]:
        """What goes wrong while one record is served is logged and counted, and does not keep the others waiting."""
        try:
            yield
        except Unavailable as error:
            logger.warning("sweep_postponed", extra={"record": record, "error": str(error)})
            measure("SweepPostponed")
        except Exception:
            report_failure("sweep_failed", about=record)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    def __bool__(self) -> bool:
        return bool(self._found)


def as_json(finding: Finding) -> dict[str, Any]:
    """A finding as it is stored, logged and given by the API."""
    return {key: value for key, value in asdict(finding).items() if key != "name"} | {"cluster": finding.name}
