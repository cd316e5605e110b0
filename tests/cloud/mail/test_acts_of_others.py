"""Whoever acts on what is another's, the owner gets one mail with who and why; of what owners do themselves they get none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.mail.acts_of_others import Act
from localaws.cloud import LocalCloud
from tests.cloud.operator.test_commands import Operator
from tests.support.http import Api, reaches
from tests.support.mailbox import mails_about, subject_of
from tests.support.visitor import Visitor

WHY = "It has been idle for days"


@dataclass(frozen=True)
class Doing:
    """How an act is done, by channel, and how the mail's subject tells of it."""

    path: str
    command: str
    page: str
    tells: str
    method: str = "POST"


DOINGS = {
    Act.ENDED: Doing(
        "/clusters/{cluster}/terminate", "clusters.terminate", "/clusters/{cluster}", "ended your cluster"
    ),
    Act.PAUSED: Doing("/jobs/{job}/pause", "jobs.pause", "/jobs/{job}", "paused your job"),
    Act.CANCELLED: Doing("/runs/{run}/cancel", "runs.cancel", "/runs/{run}", "cancelled a run of your job"),
    Act.DELETED: Doing("/jobs/{job}", "", "/jobs/{job}", "deleted your job", "DELETE"),
}


def test_every_act_is_tried() -> None:
    """An act that is added to the code's list is added here, or this fails."""
    assert set(DOINGS) == set(Act)


def things(owner: Api, act: Act) -> dict[str, str]:
    """What the act needs, by kind."""
    if act == Act.ENDED:
        return {"cluster": owner.launch(identifier=f"idle-{uuid4().hex[:8]}")["id"]}
    job = owner.schedule(f"another-{uuid4().hex[:8]}")["id"]
    return {"job": job, "run": owner("POST", f"/jobs/{job}/run").body["id"]} if act == Act.CANCELLED else {"job": job}


def name_of(owner: Api, ids: dict[str, str]) -> str:
    kind, object_id = next((kind, one) for kind, one in ids.items() if kind != "run")
    return str(owner("GET", f"/{kind}s/{object_id}").body["identifier"])


def do(api: Api, act: Act, ids: dict[str, str], body: Any = None) -> int:
    return api(DOINGS[act].method, DOINGS[act].path.format(**ids), body).status


@pytest.mark.parametrize("act", Act)
def test_a_maintainers(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], act: Act) -> None:
    ids = things(somebody, act)
    name, maintainer = name_of(somebody, ids), api("maintainer")
    assert do(maintainer, act, ids, {"reason": WHY}) in (200, 204)
    do(maintainer, act, ids, {"reason": "again"})
    check_mail(cloud, name, act, "maintainer")


def check_mail(cloud: LocalCloud, name: str, act: Act, who: str) -> None:
    """One mail says who did it and why, and leads to what is left of it."""
    (mail,) = [sent for sent in mails_about(cloud, name) if subject_of(sent).startswith(f"{who} ")]
    assert subject_of(mail) == f"{who} {DOINGS[act].tells} {name}"
    assert WHY in str(vars(mail))
    assert ("See its page" in str(vars(mail))) is (act != Act.DELETED)


@pytest.mark.parametrize("act", Act)
def test_a_maintainers_in_the_portal(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor], act: Act
) -> None:
    """The page asks for the reason and names the owner, who is told."""
    ids = things(somebody, act)
    name, owner = name_of(somebody, ids), somebody("GET", "/me").body["username"]
    maintainer = signed_in("maintainer", "cluster-maintainers", "job-maintainers")
    doing = DOINGS[act]
    path = doing.path if doing.method == "POST" else f"{doing.path}/delete"
    page = maintainer.get(doing.page.format(**ids))
    assert f"{owner} gets a mail that you did this" in page.text
    maintainer.send(page, path.format(**ids), reason=WHY)
    check_mail(cloud, name, act, "maintainer")


@pytest.mark.parametrize("act", Act)
def test_ones_own_page_asks_for_no_reason(somebody: Api, signed_in: Callable[..., Visitor], act: Act) -> None:
    ids = things(somebody, act)
    page = signed_in(somebody("GET", "/me").body["username"]).get(DOINGS[act].page.format(**ids))
    assert "gets a mail that you did this" not in page.text
    assert 'name="reason"' not in page.html


def test_whoever_is_disabled_is_told_why(
    cloud: LocalCloud, api: Callable[[str], Api], signed_in: Callable[..., Visitor]
) -> None:
    name = f"leaver-{uuid4().hex[:8]}"
    api(name)
    admin = signed_in("admin", "admins")
    page = admin.get(f"/admin/users/{name}")
    assert WHY in admin.send(page, f"/admin/users/{name}/disable", reason=WHY).text
    (mail,) = [sent for sent in mails_about(cloud, name) if "disabled" in sent.subject]
    assert WHY in str(vars(mail))


@pytest.mark.parametrize("act", [act for act, doing in DOINGS.items() if doing.command])
def test_an_operators(cloud: LocalCloud, somebody: Api, act: Act) -> None:
    ids = things(somebody, act)
    kind = next(kind for kind in ("run", "job", "cluster") if kind in ids)
    name = name_of(somebody, ids)
    Operator(cloud).result(DOINGS[act].command, **{kind: ids[kind]}, reason=WHY)
    (mail,) = [sent for sent in mails_about(cloud, name) if subject_of(sent).startswith("The operator ann")]
    assert WHY in str(vars(mail))


@pytest.mark.parametrize("act", Act)
def test_ones_own(cloud: LocalCloud, somebody: Api, act: Act) -> None:
    ids = things(somebody, act)
    name = name_of(somebody, ids)
    assert do(somebody, act, ids) in (200, 204)
    if act == Act.ENDED:
        reaches(somebody, f"/clusters/{ids['cluster']}", "TERMINATED")
    assert not [sent for sent in mails_about(cloud, name) if DOINGS[act].tells in sent.subject]
