"""The whole story of one id, in order, from everywhere where something is known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.core.errors import Unavailable
from chalicelib.story import sources, subjects
from chalicelib.story.moments import Moment, Source, in_order, of_record
from chalicelib.story.subjects import Subject


@dataclass(frozen=True)
class Story:
    """The moments in order; `gaps` says, in sentences, what is not told."""

    subject: Subject
    moments: list[Moment]
    gaps: list[str]

    def as_json(self) -> dict[str, Any]:
        """As operators read it."""
        return {
            "about": [record.id for record in [*self.subject.jobs, *self.subject.records]],
            "jobflows": [record.jobflow_id for record in self.subject.records if record.jobflow_id],
            "correlations": sorted(self.subject.correlations),
            "items": [moment.as_json() for moment in self.moments],
            "gaps": self.gaps,
        }


def tell(id_: str, now: datetime) -> Story:
    """The story of a cluster, run, job or jobflow, or of a correlation id. A source that does not answer leaves a gap.

    Raises:
        NotFound: nothing is known of this id.
    """
    subject = subjects.of(id_)
    known: list[Moment] = []
    gaps: list[str] = []
    for source, tell_of in _sources(now).items():
        try:
            known += tell_of(subject)
        except Unavailable as error:
            gaps.append(f"{source}: {error.message}")
    moments, left_out = in_order(known)
    if left_out:
        gaps.append(f"The first {left_out} moments are left out.")
    return Story(subject, list(moments), gaps)


def _sources(now: datetime) -> dict[Source, Callable[[Subject], Iterable[Moment]]]:
    return {
        Source.AUDIT: sources.of_trail,
        Source.RECORD: lambda subject: (moment for record in subject.records for moment in of_record(record)),
        Source.EXECUTION: sources.of_executions,
        Source.EMR: sources.of_emr,
        Source.MAIL: sources.of_mails,
        Source.WEBHOOK: sources.of_webhooks,
        Source.LOG: partial(sources.of_logs, now=now),
    }
