"""What a story is about: the records that an id leads to, and the ids that these have in common with clicks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.audit.models import AuditEntry
from chalicelib.clusters import emr_sync as cluster_sync
from chalicelib.clusters.models import Cluster
from chalicelib.core.errors import NotFound
from chalicelib.core.tables import find
from chalicelib.jobs.models import Job
from chalicelib.runs import emr_sync as run_sync
from chalicelib.runs.models import Run

MAX_RECORDS = 5
"""Of how many runs and clusters one story tells: of a job's runs the latest."""
MAX_ENTRIES = 500


@dataclass
class Subject:
    """The records, and the trail's entries about them or about what was asked for together with them."""

    jobs: list[Job] = field(default_factory=list)
    records: list[Cluster | Run] = field(default_factory=list)
    entries: list[AuditEntry] = field(default_factory=list)
    correlations: set[str] = field(default_factory=set)

    @property
    def terms(self) -> list[str]:
        """By what log lines about it are found."""
        return sorted({record.id for record in self.records} | self.correlations)

    @property
    def since(self) -> datetime:
        """When it began."""
        return min([*(record.created_at for record in self.records), *(entry.at for entry in self.entries)])


def of(id_: str) -> Subject:
    """What a story about this id is about: that of a cluster, run, job or jobflow, or a correlation id.

    Raises:
        NotFound: nothing is known of it.
    """
    subject = _of_record(id_) or _of_correlation(id_)
    if not subject.records and not subject.entries:
        raise NotFound(
            f"Nothing is known of {id_}. Give the id of a cluster, run, job or jobflow, or a correlation id."
        )
    return subject


def _of_record(id_: str) -> Subject | None:
    record = find(Cluster, id_) or find(Run, id_) or cluster_sync.by_jobflow(id_) or run_sync.by_jobflow(id_)
    if isinstance(record, Cluster):
        return _with_entries(Subject(records=[record]), _about(record.id))
    if isinstance(record, Run):
        job = find(Job, record.job_id)
        subject = Subject(jobs=[job] if job else [], records=[record])
        return _with_entries(subject, (entry for entry in _about(record.job_id) if record.id in entry.summary))
    if job := find(Job, id_):
        latest = list(Run.by_job.query(job.id, scan_index_forward=False, limit=MAX_RECORDS))
        return _with_entries(Subject([job], list(latest)), _about(job.id))
    return None


def _with_entries(subject: Subject, about: Iterable[AuditEntry]) -> Subject:
    """The subject with the entries about it, and those of the requests and runs that it came of."""
    entries = list(about)
    subject.correlations = {record.correlation for record in subject.records if record.correlation}
    together = [one for correlation in sorted(subject.correlations) for one in _together(correlation)]
    subject.correlations |= {entry.correlation for entry in entries if entry.correlation and not subject.jobs}
    subject.entries = list({entry.position: entry for entry in [*entries, *together]}.values())
    return subject


def _of_correlation(correlation: str) -> Subject:
    subject = Subject(entries=_together(correlation), correlations={correlation})
    for object_id in sorted({entry.object_id for entry in subject.entries if entry.object_id}):
        if cluster := find(Cluster, object_id):
            subject.records += [cluster] if len(subject.records) < MAX_RECORDS else []
        elif job := find(Job, object_id):
            subject.jobs.append(job)
            subject.records += _runs(job, subject)[: MAX_RECORDS - len(subject.records)]
    return subject


def _runs(job: Job, subject: Subject) -> list[Run]:
    """The job's runs that came of the same click, further attempts included."""
    (correlation,) = subject.correlations
    since = min(entry.at for entry in subject.entries)
    query = Run.by_job.query(job.id, Run.created_at >= since, Run.correlation == correlation, page_size=100)
    return [run for run, _ in zip(query, range(MAX_RECORDS), strict=False)]


def _about(object_id: str) -> Iterable[AuditEntry]:
    return AuditEntry.by_object.query(object_id, scan_index_forward=False, limit=MAX_ENTRIES)


def _together(correlation: str) -> list[AuditEntry]:
    return list(AuditEntry.by_correlation.query(correlation, limit=MAX_ENTRIES))
