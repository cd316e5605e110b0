"""The fields of operators' commands. `registry` finds a command's form here by its name."""

from __future__ import annotations

from chalicelib.audit.forms import Because
from chalicelib.budgets.forms import BudgetsForm as BudgetsForm
from chalicelib.clusters.forms import Hours
from chalicelib.core.fields import Form, optional
from chalicelib.core.limits import LIMITS
from chalicelib.entrypoints.operator.names import (
    AnyId,
    ClusterId,
    CommandName,
    Cursor,
    JobId,
    Key,
    KeyId,
    Limit,
    LongCursor,
    RequestId,
    RunId,
    SearchText,
    State,
    Status,
    StoryId,
    Uri,
)
from chalicelib.entrypoints.operator.people_forms import DisablePerson as DisablePerson
from chalicelib.entrypoints.operator.people_forms import Grant as Grant
from chalicelib.entrypoints.operator.people_forms import GrantLevel as GrantLevel
from chalicelib.entrypoints.operator.people_forms import MaybePerson as MaybePerson
from chalicelib.entrypoints.operator.people_forms import OnePerson as OnePerson
from chalicelib.entrypoints.operator.people_forms import OneToken as OneToken
from chalicelib.entrypoints.operator.people_forms import OwnerTransfer as OwnerTransfer
from chalicelib.job_changes.forms import Snooze
from chalicelib.jobs.field_types import Moment, Parameters
from chalicelib.jobs.forms import NewJob
from chalicelib.news.forms import Announcement as Announcement
from chalicelib.ownership.forms import Stop as Stop
from chalicelib.ownership.forms import UserName
from chalicelib.releases.forms import NewRelease as NewRelease
from chalicelib.releases.forms import ReleaseChoices, Version
from chalicelib.runs.forms import NewBackfill, Repair
from chalicelib.site_settings.forms import FreezeReason
from chalicelib.site_settings.forms import SiteSettingsForm as SiteSettingsForm
from chalicelib.usage_limits.forms import GrantLimit
from chalicelib.usage_limits.forms import LimitsForm as LimitsForm


class Help(Form):
    """Which command to explain; all without one."""

    about: CommandName | None = None


class Page(Form):
    """One page of a list."""

    limit: Limit = LIMITS.page.default
    cursor: Cursor | None = None


class SearchedPage(Page):
    """One page of a list, perhaps only of what has these words in its texts."""

    q: SearchText | None = None


class Clusters(SearchedPage):
    """Clusters, everybody's or one person's."""

    owner: UserName | None = None
    state: State = "all"


class OneCluster(Form):
    """A cluster by its id."""

    cluster: ClusterId


class EndCluster(OneCluster, Because):
    """Which cluster to end, and why."""


class ExtendCluster(OneCluster):
    """By how many hours; with the same idempotency key again it is extended once."""

    hours: Hours
    idempotency_key: Key = ""


class Jobs(SearchedPage):
    """Jobs, everybody's or one person's."""

    owner: UserName | None = None


class OneJob(Form):
    """A job by its id."""

    job: JobId


class PauseJob(OneJob, Because):
    """Which job to pause, and why."""


class RunJob(OneJob):
    """With which parameters, and for which past slot; with the same idempotency key again it is run once."""

    parameters: Parameters | None = None
    slot: Moment | None = None
    idempotency_key: Key = ""


class Backfill(OneJob, NewBackfill):
    """Which past slots of a job to run."""


class EditOneJob(OneJob):
    """Which job to edit; what is left out stays. So does the notebook, which comes through the portal."""


EditJob = optional("EditJob", NewJob, EditOneJob, leave_out=("identifier", "notebook"))


class SnoozeJob(OneJob, Snooze):
    """Which job to snooze, and until when."""


class DeleteJob(OneJob, Because):
    """Which job to delete, and why."""


class Runs(SearchedPage):
    """Runs of a job, perhaps only those of a status."""

    job: JobId
    status: Status | None = None


class OneRun(Form):
    """A run by its id."""

    run: RunId


class RunFiles(OneRun, Page):
    """The files of a run."""


class RepairRun(OneRun, Repair):
    """Which run to run again, with which parameters; with the same idempotency key again it is run once."""

    idempotency_key: Key = ""


class CancelRun(OneRun, Because):
    """Which run to stop, and why."""


class Freeze(Form):
    """Why nothing may be started now, for those who are refused."""

    reason: FreezeReason | None = None


class OneRelease(ReleaseChoices):
    """What to change of an EMR release; what is left out stays."""

    version: Version


class OneKey(Form):
    """An SSH key by its id; `keys.list` lists a person's."""

    key: KeyId


class AuditQuery(Page):
    """What a person did, or what was done to an object."""

    person: UserName | None = None
    object: AnyId | None = None


class OneId(Form):
    """A cluster, run, job or jobflow, or a correlation id."""

    id: StoryId


class DataPlace(Form):
    """Where an export is or is to be, by its S3 URI; with the `next` of the previous answer it goes on."""

    place: Uri
    cursor: LongCursor | None = None


class OneRequest(Form):
    """A request of more by its id; `limits.requests` lists them."""

    request: RequestId


class GrantRequest(OneRequest, GrantLimit):
    """Which request to grant, and what instead of what was requested."""
