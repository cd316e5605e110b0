"""Every way in which a person's cluster can end by itself, on every channel: page, dashboard, API and mail say the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from markupsafe import escape

from chalicelib.audit.context import SYSTEM_ACTOR
from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.diagnosis import cluster_symptoms
from localaws.cloud import LocalCloud
from tests.support.http import Api
from tests.support.visitor import Visitor
from tests.unit.diagnosis.cases import CLUSTER, LAUNCH

ENDINGS: dict[str, dict[str, Any]] = {
    "unused": {"message": "It was not used for 2 h 0 min.", "code": "", "begun": True, "by_atmo": True},
    "idle": {"message": "Cluster was idle for 8 hours.", "code": "", "begun": True},
    "stopped": {"message": "", "code": "", "begun": True},
    **{f"{kind}, launched": known for _, known, kind, _ in reversed(CLUSTER)},
    **{
        f"{kind}, refused": {"message": reason, "code": "", "launched": False}
        for _, reason, kind, _ in reversed(LAUNCH)
    },
}


def test_no_kind_is_forgotten() -> None:
    symptoms = (
        *cluster_symptoms.MESSAGES,
        *cluster_symptoms.CODES,
        *cluster_symptoms.ERROR_CODES,
        cluster_symptoms.IDLE,
        cluster_symptoms.UNUSED,
    )
    assert {symptom.kind for symptom in symptoms} <= {name.split(",")[0] for name in ENDINGS}


def ended(cloud: LocalCloud, owner: str, known: dict[str, Any]) -> Cluster:
    """The record of a cluster that ended so, once its state machine's task has concluded it."""
    now, launched = clock.now(), known.get("launched", True)
    status = "TERMINATED_WITH_ERRORS" if launched else "FAILED_TO_LAUNCH"
    by_atmo: dict[str, Any] = (
        {"status": "TERMINATED", "ended_by": SYSTEM_ACTOR, "idle_ends_at": now} if known.get("by_atmo") else {}
    )
    cluster = Cluster(
        f"c-{uuid4().hex[:16]}", identifier=f"ending-{uuid4().hex[:8]}", name=f"atmo-local-cluster-{owner}-x", owner=owner,
        owner_email=f"{owner}@example.org", owner_state=f"{owner}#failed", size=1, lifetime=8,
        emr_release="7.10.0", ssh_key="k-none", public_key="ssh-ed25519 AAAA", status_reason=known["message"],
        **{"status": status, **by_atmo}, reason_code=known["code"] or None,
        error_code=known.get("error_code"), jobflow_id=f"j-{uuid4().hex[:13].upper()}" if launched else None,
        created_at=now, started_at=now if launched else None, ready_at=now if known.get("begun", True) and launched else None,
        expires_at=now + timedelta(hours=8), finished_at=now,
    )  # fmt: skip
    cluster.save()
    payload = json.dumps({"task": "record_end", "cluster_id": cluster.id})
    answer = cloud.client("lambda").invoke(
        FunctionName=cloud.functions.find("cluster_task").function_arn, Payload=payload
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
    return cluster


@pytest.mark.parametrize(("name", "known"), ENDINGS.items(), ids=list(ENDINGS))
def test_all_channels_say_the_same(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor], name: str, known: dict[str, Any]
) -> None:
    owner = somebody("GET", "/me").body["username"]
    cluster = ended(cloud, owner, known)
    diagnosis = somebody("GET", f"/clusters/{cluster.id}").body["diagnosis"]
    assert diagnosis["kind"] == name.split(",")[0]
    visitor = signed_in(owner)
    page, front = visitor.get(f"/clusters/{cluster.id}"), visitor.get("/")
    assert (page.status, front.status) == (200, 200)
    for part in ("paragraph", "next_step"):
        assert str(escape(diagnosis[part])) in page.html
    if known.get("by_atmo"):
        assert "ended" in visitor.get("/clusters").text
        assert "It was not used" in visitor.get("/clusters").text
    else:
        assert str(escape(diagnosis["summary"])) in front.html
        assert "Needs your attention" in front.text
    (mail,) = [mail for mail in cloud.mails.sent if cluster.id in str(mail.text)]
    for part in ("paragraph", "next_step"):
        assert diagnosis[part] in str(mail.text)
        assert str(escape(diagnosis[part])) in str(mail.html)


def test_a_cluster_that_ended_as_was_asked_needs_no_diagnosis(cloud: LocalCloud, somebody: Api) -> None:
    owner = somebody("GET", "/me").body["username"]
    cluster = ended(cloud, owner, {"message": "Terminated by user request", "code": "USER_REQUEST", "begun": True})
    cluster.update([Cluster.ended_by.set(owner)])
    assert somebody("GET", f"/clusters/{cluster.id}").body["diagnosis"] is None
