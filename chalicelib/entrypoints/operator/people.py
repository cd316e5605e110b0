"""Operators' commands about people: accounts, groups, shares, tokens and transfers."""

from __future__ import annotations

from typing import Any

from chalicelib.audit import context as audit_context
from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster
from chalicelib.clusters.schemas import cluster_record
from chalicelib.core.errors import Invalid
from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.identity import shares, tokens, users
from chalicelib.identity.schemas import person_record, token_record
from chalicelib.identity.share_forms import NewShare
from chalicelib.identity.share_schemas import share_record
from chalicelib.job_changes.schemas import job_record
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.ownership import offboarding
from chalicelib.ownership import service as ownership
from chalicelib.ownership.forms import Transfer
from chalicelib.ownership.schemas import transfer_record


@command("users.list", "user.view")
def listing(call: Call, form: None) -> dict[str, Any]:
    """List everybody who has signed in, by user name."""
    return {"items": [person_record(user) for user in users.listing()], "next": None}


@command("users.show", "user.view", form="OnePerson")
def show(call: Call, form: forms.OnePerson) -> dict[str, Any]:
    """Show a person, with the ids of their API tokens."""
    record = person_record(users.get(form.person))
    return record | {"tokens": [token_record(token) for token in tokens.listing(form.person)]}


def _as_they_are(call: Call, form: forms.OnePerson, _: str) -> dict[str, Any]:
    return person_record(users.get(form.person))


@command("users.disable", "user.disable", form="DisablePerson", again=_as_they_are)
def disable(call: Call, form: forms.DisablePerson) -> dict[str, Any]:
    """End a person's sessions, refuse their tokens and pause their jobs, perhaps end their clusters; nothing is deleted."""
    user = offboarding.disable(call.person, form.person, call.now, form.end_clusters, form.reason or "")
    return person_record(user)


@command("users.enable", "user.disable", form="OnePerson", again=_as_they_are)
def enable(call: Call, form: forms.OnePerson) -> dict[str, Any]:
    """Let a person in again; their jobs stay paused."""
    return person_record(offboarding.enable(call.person, form.person))


def _tokens_left(call: Call, form: forms.OneToken, _: str) -> dict[str, Any]:
    return {"items": [token_record(token) for token in tokens.listing(form.person) if token.id != form.token]}


@command("tokens.revoke", "token.revoke", form="OneToken", again=_tokens_left)
def revoke_token(call: Call, form: forms.OneToken) -> dict[str, Any]:
    """Revoke a person's API token immediately."""
    tokens.revoke(form.person, form.token)
    return _tokens_left(call, form, "")


def _granted_before(call: Call, form: forms.GrantLevel, _: str) -> dict[str, Any]:
    if not form.object:
        return person_record(users.get(form.membership()[0]))
    return share_record(shares.get(_shared(call, form.object).id, ":".join(form.grantee())))


@command("grant", "user.group", "cluster.share", "job.share", form="GrantLevel", again=_granted_before)
def grant(call: Call, form: forms.GrantLevel) -> dict[str, Any]:
    """Add a person to one of this site's groups, such as admins; or share a cluster or job with a person or a group."""
    if not form.object:
        return person_record(users.grant(*form.membership()))
    kind, name = form.grantee()
    shared = _shared(call, form.object)
    return share_record(
        shares.share(shared.id, shared.owner, NewShare(kind=kind, name=name, level=form.level), call.person, call.now)
    )


def _what_is_left(call: Call, form: forms.Grant, _: str) -> dict[str, Any]:
    if not form.object:
        return person_record(users.get(form.membership()[0]))
    shared = _shared(call, form.object)
    return {"items": [share_record(share) for share in shares.of(shared.id)], "next": None}


@command("revoke", "user.group", "cluster.share", "job.share", form="Grant", again=_what_is_left)
def revoke(call: Call, form: forms.Grant) -> dict[str, Any]:
    """Remove a person from one of this site's groups; or stop sharing a cluster or job."""
    if not form.object:
        return person_record(users.revoke(*form.membership()))
    shared = _shared(call, form.object)
    shares.stop(shared.id, ":".join(form.grantee()))
    return _what_is_left(call, form, "")


def _shared(call: Call, object_id: str) -> Cluster | Job:
    if object_id.startswith("c-"):
        audit_context.set_action("cluster.share")
        return clusters.get(call.person, object_id, "cluster.share")
    audit_context.set_action("job.share")
    return jobs.get(call.person, object_id, "job.share")


def _transferred_before(call: Call, form: forms.OwnerTransfer, made: str) -> dict[str, Any]:
    if form.job:
        return job_record(call.person, jobs.get(call.person, form.job))
    if form.cluster:
        return cluster_record(clusters.get(call.person, form.cluster))
    return transfer_record(call.person, ownership.transferred_before(call.person, made))


@command(
    "owner.transfer",
    "user.transfer",
    "job.transfer",
    "cluster.transfer",
    form="OwnerTransfer",
    again=_transferred_before,
)
def transfer(call: Call, form: forms.OwnerTransfer) -> dict[str, Any]:
    """Transfer a job, a cluster, or everything a person owns to another person."""
    named = [name for name in ("job", "cluster", "person") if getattr(form, name)]
    if len(named) != 1:
        raise Invalid.field("job", "Name exactly one of a job, a cluster or a person to transfer.")
    to = Transfer(to=form.to)
    if form.job:
        audit_context.set_action("job.transfer")
        return job_record(call.person, ownership.transfer_job(call.person, form.job, to, call.now))
    if form.cluster:
        audit_context.set_action("cluster.transfer")
        return cluster_record(ownership.transfer_cluster(call.person, form.cluster, to, call.now))
    return transfer_record(call.person, ownership.transfer_everything(call.person, str(form.person), to, call.now))
