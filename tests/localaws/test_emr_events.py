"""The words and fields of EMR's events, as the EMR Management Guide shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from localaws.emr.events import Label, cluster_detail, step_detail

CLUSTER = Label("j-123456789ABCD", "Development Cluster")
STEP = Label("s-ZYXWVUTSRQPON", "CustomJAR")
NOW = datetime(2016, 12, 16, 21, 0, 23, tzinfo=UTC)


def test_a_terminated_cluster() -> None:
    detail = cluster_detail(CLUSTER, "TERMINATED", "USER_REQUEST", "Terminated by user request", NOW, ran_steps=False)
    assert detail == {
        "severity": "INFO",
        "stateChangeReason": '{"code":"USER_REQUEST","message":"Terminated by user request"}',
        "name": "Development Cluster",
        "clusterId": "j-123456789ABCD",
        "state": "TERMINATED",
        "message": "Amazon EMR Cluster j-123456789ABCD (Development Cluster) has terminated at 2016-12-16 21:00 UTC "
        "with a reason of USER_REQUEST.",
    }


def test_a_failed_step() -> None:
    assert step_detail(STEP, CLUSTER, "FAILED", "CONTINUE", NOW, None) == {
        "severity": "ERROR",
        "actionOnFailure": "CONTINUE",
        "stepId": "s-ZYXWVUTSRQPON",
        "name": "CustomJAR",
        "clusterId": "j-123456789ABCD",
        "state": "FAILED",
        "message": "Step s-ZYXWVUTSRQPON (CustomJAR) in Amazon EMR cluster j-123456789ABCD (Development Cluster) "
        "failed at 2016-12-16 21:00 UTC.",
    }


def test_what_emr_does_not_announce() -> None:
    assert cluster_detail(CLUSTER, "BOOTSTRAPPING", None, "", NOW, ran_steps=False) is None
    assert cluster_detail(CLUSTER, "TERMINATING", "USER_REQUEST", "", NOW, ran_steps=False) is None
    assert step_detail(STEP, CLUSTER, "INTERRUPTED", "CONTINUE", NOW, None) is None


def test_the_reason_of_a_living_cluster_is_json_too() -> None:
    detail = cluster_detail(CLUSTER, "WAITING", None, "Cluster ready to run steps.", NOW, ran_steps=False)
    assert json.loads(detail["stateChangeReason"]) == {"code": "", "message": "Cluster ready to run steps."}
    assert detail["message"].endswith("was created at 2016-12-16 21:00 UTC and is ready for use.")
