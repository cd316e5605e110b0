"""Transfer a cluster: from then on it is the new owner's, who is warned of its end and may extend it."""

from __future__ import annotations

from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.clusters import service as clusters
from chalicelib.clusters import usage
from chalicelib.clusters.models import Cluster, state_of
from chalicelib.clusters.names import with_counter
from chalicelib.core import clock, reserved_names
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.tables import MAX_ITEMS, as_read, delete_all, was_overtaken
from chalicelib.identity import shares, standing_offers
from chalicelib.identity.person import Person
from chalicelib.usage_limits import accounts

MAX_ATTEMPTS = 5


def transfer(person: Person, cluster_id: str, to: Person, action: str = "cluster.transfer") -> Cluster:
    """Make the cluster somebody else's, under a name that is unique among theirs. It is shared with nobody from then on. Its
    SSH key stays the one that it was launched with, and EMR goes on knowing it by its first name.

    `action` is what this person does: "cluster.transfer", or "cluster.accept" for what they were offered.

    Raises:
        NotFound, Forbidden: as `clusters.get` has it.
        Invalid: naming `to`: it is theirs already.
        LimitReached: who accepts it may not have so much more. What others decide does not depend on that.
        Conflict: others keep changing the cluster.
    """
    for _ in range(MAX_ATTEMPTS):
        cluster = clusters.get(person, cluster_id, action)
        if cluster.owner == to.username:
            raise Invalid.field("to", f"{cluster.identifier} already belongs to {to.username}.")
        fits = accounts.room(to.username, usage.demand(cluster), clock.now()) if action == "cluster.accept" else None
        if _try_transfer(cluster, to, action, fits, clock.now()):
            cluster.refresh(consistent_read=True)
            return cluster
    raise Conflict(f"{cluster.identifier} is being changed by somebody else. Please try again.")


def _try_transfer(cluster: Cluster, to: Person, action: str, fits: Condition | None, now: datetime) -> bool:
    """Whether the cluster, both names and both accounts could be changed together: not when one of them was changed meanwhile."""
    old, new = reserved_names.Name(_scope(cluster.owner), cluster.identifier), _scope(to.username)
    identifier = with_counter(cluster.identifier, reserved_names.taken(new, cluster.identifier))
    actions = [
        Cluster.owner.set(to.username), Cluster.owner_email.set(to.email), Cluster.identifier.set(identifier),
        Cluster.owner_state.set(f"{to.username}#{state_of(cluster.status)}"), Cluster.transfer_to.remove(),
        Cluster.received_from.set(cluster.owner) if action == "cluster.accept" else Cluster.received_from.remove(),
    ]  # fmt: skip
    held = shares.of(cluster.id)
    room = MAX_ITEMS - 5 - standing_offers.ITEMS - changes.ROOM  # the cluster, its two names, and two accounts
    delete_all(held[room:])
    try:
        summary = f"Transferred it from {cluster.owner} to {to.username}."
        with changes.transaction(Effect("cluster", cluster.id, identifier, summary, ("owner",))) as write:
            unchanged = (
                (Cluster.owner == cluster.owner)
                & (Cluster.status == cluster.status)
                & as_read(Cluster.transfer_to, cluster.transfer_to)
            )
            write.update(Cluster(cluster.id), actions=[*actions], condition=unchanged)
            if not cluster.is_final:
                accounts.move(write, usage.demand(cluster), cluster.owner, to.username, now, fits)
            write.delete(old)
            fresh = reserved_names.Name(new, identifier, holder=cluster.id)
            write.save(fresh, condition=reserved_names.Name.name.does_not_exist())
            for share in held[:room]:
                write.delete(share)
            standing_offers.strike_off(write, cluster)
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return False
    return True


def _scope(owner: str) -> str:
    return f"cluster#{owner}"
