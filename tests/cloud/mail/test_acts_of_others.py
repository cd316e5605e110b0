"""Whoever acts on what is another's, the owner gets one mail with who and why; of what owners do themselves they get none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from localaws.cloud import LocalCloud
from tests.cloud.operator.test_commands import Operator
from tests.support.http import Api, reaches
from tests.support.mailbox import mails_about

WHY = "It has been idle for days"
ACTS = {
    "terminate": ("/clusters/{cluster}/terminate", "clusters.terminate", "ended your cluster"),
    "pause": ("/jobs/{job}/pause", "jobs.pause", "paused your job"),
    "cancel": ("/runs/{run}/cancel", "runs.cancel", "cancelled a run of your job"),
    "delete": ("/jobs/{job}", "", "deleted your job"),
}


def things(owner: Api, act: str) -> dict[str, str]:
    """What the act needs, by kind."""
    if act == "terminate":
        return {"cluster": owner.launch(identifier=f"idle-{uuid4().hex[:8]}")["id"]}
    job = owner.schedule(f"another-{uuid4().hex[:8]}")["id"]
    return {"job": job, "run": owner("POST", f"/jobs/{job}/run").body["id"]} if act == "cancel" else {"job": job}


def name_of(owner: Api, ids: dict[str, str]) -> str:
    kind, object_id = next((kind, one) for kind, one in ids.items() if kind != "run")
    return str(owner("GET", f"/{kind}s/{object_id}").body["identifier"])


def do(api: Api, act: str, ids: dict[str, str], body: Any = None) -> int:
    return api("DELETE" if act == "delete" else "POST", ACTS[act][0].format(**ids), body).status


@pytest.mark.parametrize("act", ACTS)
def test_a_maintainers(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], act: str) -> None:
    ids = things(somebody, act)
    name, maintainer = name_of(somebody, ids), api("maintainer")
    assert do(maintainer, act, ids, None if act == "delete" else {"reason": WHY}) in (200, 204)
    do(maintainer, act, ids, None if act == "delete" else {"reason": "again"})
    (mail,) = [sent for sent in mails_about(cloud, name) if sent.subject.startswith("maintainer ")]
    assert mail.subject == f"maintainer {ACTS[act][2]} {name}"
    assert act == "delete" or WHY in str(vars(mail))
    assert ("See its page" in str(vars(mail))) is (act != "delete")


@pytest.mark.parametrize("act", [act for act, (_, command, _) in ACTS.items() if command])
def test_an_operators(cloud: LocalCloud, somebody: Api, act: str) -> None:
    ids = things(somebody, act)
    kind = {"terminate": "cluster", "pause": "job", "cancel": "run"}[act]
    name = name_of(somebody, ids)
    Operator(cloud).result(ACTS[act][1], **{kind: ids[kind]}, reason=WHY)
    (mail,) = [sent for sent in mails_about(cloud, name) if sent.subject.startswith("The operator ann")]
    assert WHY in str(vars(mail))


@pytest.mark.parametrize("act", ACTS)
def test_ones_own(cloud: LocalCloud, somebody: Api, act: str) -> None:
    ids = things(somebody, act)
    name = name_of(somebody, ids)
    assert do(somebody, act, ids) in (200, 204)
    if act == "terminate":
        reaches(somebody, f"/clusters/{ids['cluster']}", "TERMINATED")
    assert not [sent for sent in mails_about(cloud, name) if ACTS[act][2] in sent.subject]
