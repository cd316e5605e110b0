"""Who may do what, in one table. Pure: from somebody's roles on a record to yes or no.

The roles, from the widest to the narrowest:

- anybody: also somebody who has not signed in
- person: somebody signed in, or the holder of an API token
- viewer, changer, deleter: somebody with whom the owner shared the object, or who is in a group with which it was shared; who
  may delete may change, and who may change may look
- receiver: somebody to whom the owner has offered the object; they may look, and accept or decline it
- maintainer: looks after everybody's clusters (group `cluster-maintainers`) or jobs and runs (group `job-maintainers`)
- owner: whose object it is
- admin: in the group `admins`; sees everything and decides for the whole site
- operator: may invoke the Lambda function `operator`, by AWS's IAM

A token that may only read is refused every action that changes something (`writes`), whoever holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.identity.person import Owned, Person


class Role(StrEnum):
    """What somebody is to the site or to an object."""

    ANYBODY = "anybody"
    PERSON = "person"
    VIEWER = "viewer"
    CHANGER = "changer"
    DELETER = "deleter"
    RECEIVER = "receiver"
    MAINTAINER = "maintainer"
    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"


class ShareLevel(StrEnum):
    """What an object can be shared for."""

    VIEW = "view"
    CHANGE = "change"
    DELETE = "delete"


SHARE_ROLES: dict[str, tuple[Role, ...]] = {
    ShareLevel.VIEW: (Role.VIEWER,),
    ShareLevel.CHANGE: (Role.VIEWER, Role.CHANGER),
    ShareLevel.DELETE: (Role.VIEWER, Role.CHANGER, Role.DELETER),
}
"""The roles that a share gives."""


@dataclass(frozen=True)
class Rule:
    """The roles that may do one thing, and whether it changes anything.

    `on` is the kind of object that it is done to, "" where there is none yet. With `if_public` anybody may where the
    object's owner made it public.
    """

    roles: frozenset[Role]
    about: str
    writes: bool
    on: str
    if_public: bool = False


def _roles(names: str) -> frozenset[Role]:
    return frozenset(map(Role, names.split()))


def _reads(on: str, roles: str, about: str, if_public: bool = False) -> Rule:
    return Rule(_roles(roles), about, False, on, if_public)


def _writes(on: str, roles: str, about: str) -> Rule:
    return Rule(_roles(roles), about, True, on)


_MINE = "owner maintainer admin operator"
_VIEW, _CHANGE, _DELETE = f"viewer {_MINE}", f"changer {_MINE}", f"deleter {_MINE}"

ACTIONS: dict[str, Rule] = {
    "site.look": _reads("", "anybody", "Read the welcome page, the news, the API description and the health checks"),
    "site.sign-in": _reads("", "anybody", "Sign in"),
    "site.sign-out": _reads("", "person", "End your own sessions"),
    "link.follow": _writes("", "anybody", "Use the link in a mail, once"),
    "own.look": _reads("", "person", "See the dashboard, the forms, and the lists of what you own or share"),
    "token.manage": _writes("", "person", "Create and revoke your own API tokens"),
    "key.add": _writes("", "person", "Add an SSH key"),
    "key.view": _reads("key", "owner operator", "See an SSH key"),
    "key.delete": _writes("key", "owner operator", "Delete an SSH key"),
    "cluster.launch": _writes("", "person", "Launch a cluster"),
    "cluster.view": _reads("cluster", f"receiver {_VIEW}", "See a cluster"),
    "cluster.clone": _writes("cluster", f"receiver {_VIEW}", "Launch another cluster like one"),
    "cluster.connect": _writes(
        "cluster", "changer owner maintainer admin", "Connect to a cluster, and open its Spark and YARN pages"
    ),
    "cluster.extend": _writes("cluster", _CHANGE, "Extend a cluster's lifetime"),
    "cluster.keep": _writes("cluster", _CHANGE, "Keep a cluster that would end because nobody uses it"),
    "cluster.terminate": _writes("cluster", _DELETE, "End a cluster"),
    "cluster.share": _writes("cluster", _MINE, "Share a cluster, and stop sharing it"),
    "cluster.transfer": _writes("cluster", _MINE, "Transfer a cluster to another person"),
    "cluster.accept": _writes("cluster", "receiver", "Accept or decline a cluster that somebody hands over"),
    "cluster.all": _reads("", "maintainer admin operator", "List everybody's clusters"),
    "job.create": _writes("", "person", "Schedule a job"),
    "job.view": _reads("job", f"receiver {_VIEW}", "See a job, its notebook and its runs"),
    "job.edit": _writes("job", _CHANGE, "Edit, pause, resume and snooze a job"),
    "job.run": _writes("job", _CHANGE, "Run a job now"),
    "job.delete": _writes("job", _DELETE, "Delete a job"),
    "job.publish": _writes("job", _MINE, "Choose who may read a job's results, and where its webhook leads"),
    "job.share": _writes("job", _MINE, "Share a job, and stop sharing it"),
    "job.transfer": _writes("job", _MINE, "Transfer a job to another person"),
    "job.accept": _writes("job", "receiver", "Accept or decline a job that somebody hands over"),
    "job.all": _reads("", "maintainer admin operator", "List everybody's jobs"),
    "run.view": _reads("run", _VIEW, "See a run, its results and its log", if_public=True),
    "run.connect": _writes("run", "changer owner maintainer admin", "Open the Spark and YARN pages of a run"),
    "run.cancel": _writes("run", _CHANGE, "Stop a run"),
    "run.repair": _writes("run", _CHANGE, "Run a failed run again with its job's newest notebook"),
    "run.withdraw": _writes("run", _MINE, "Make a public run private"),
    "release.view": _reads("", "person operator", "List the EMR releases that are offered"),
    "release.change": _writes("", "admin operator", "Offer EMR releases, and change how they are offered"),
    "reconciliation.view": _reads("", "admin operator", "Read what sweeps found wrong"),
    "reconciliation.run": _writes("", "operator", "Reconcile EMR and the records now"),
    "settings.view": _reads("", "admin operator", "See the site's settings"),
    "settings.change": _writes("", "admin operator", "Change the site's settings"),
    "cost.estimate": _reads("", "person", "See what a cluster or a job will cost"),
    "cost.all": _reads("", "admin operator", "See what everybody's clusters and runs have cost"),
    "site.stop": _writes("", "admin operator", "End all clusters and runs, or one person's, and freeze the site"),
    "limit.request": _writes("", "person", "Request more than your limits allow"),
    "limit.view": _reads("", "admin operator", "See everybody's limits, and requests of more"),
    "limit.change": _writes("", "admin operator", "Change limits"),
    "limit.answer": _writes("", "admin operator", "Grant or decline requests of more"),
    "budget.view": _reads("", "admin operator", "See all budgets"),
    "budget.change": _writes("", "admin operator", "Change budgets"),
    "user.view": _reads("", "admin operator", "List people and their groups"),
    "user.disable": _writes("", "admin operator", "Disable and enable people's accounts"),
    "user.group": _writes("", "admin operator", "Add people to this site's own groups"),
    "user.transfer": _writes("", "admin operator", "Transfer everything a person owns to another person"),
    "token.revoke": _writes("", "operator", "Revoke anybody's API token"),
    "story.view": _reads("", "operator", "Read all that is known of one id, the functions' logs included"),
    "data.move": _writes("", "operator", "Export and import everything that the deployment knows"),
    "audit.view": _reads("", "admin operator", "Read who did what"),
    "announcement.view": _reads("", "operator", "Read the announcement, shown or not"),
    "announcement.change": _writes("", "admin operator", "Post an announcement to everybody"),
    "admin.look": _reads("", "admin operator", "See what is offered, and what is running for whom"),
}


def roles_of(person: Person | None, kind: str = "", record: Owned | None = None, level: str = "") -> frozenset[Role]:
    """Somebody's roles: on the site, and with a record of this kind which is shared with them at this level ("" for not)."""
    if person is None:
        return frozenset({Role.ANYBODY})
    if person.is_operator:
        return frozenset({Role.OPERATOR})
    roles = {Role.ANYBODY, Role.PERSON, *SHARE_ROLES.get(level, ())}
    if record is not None and person.owns(record):
        roles.add(Role.OWNER)
    if getattr(record, "transfer_to", None) == person.username:
        roles.add(Role.RECEIVER)
    if _maintains(person, kind):
        roles.add(Role.MAINTAINER)
    if person.is_admin:
        roles.add(Role.ADMIN)
    return frozenset(roles)


def _maintains(person: Person, kind: str) -> bool:
    return person.maintains_clusters if kind == "cluster" else kind in ("job", "run") and person.maintains_jobs


def allows(action: str, roles: frozenset[Role]) -> bool:
    """Whether these roles allow the action."""
    return not ACTIONS[action].roles.isdisjoint(roles)


def open_to_anybody(action: str) -> bool:
    """Whether somebody who has not signed in is let in; whether they see the object is its owner's choice."""
    return Role.ANYBODY in ACTIONS[action].roles or ACTIONS[action].if_public


def kind_of(action: str) -> str:
    """The kind of object that an action is about, by its name."""
    return action.partition(".")[0]
