"""When a cluster's own pages can be opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.clusters import apps
from chalicelib.clusters.models import Cluster, ClusterStatus
from chalicelib.jobflows.apps import App

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
READY = {"jobflow_id": "j-1", "ready_at": NOW - timedelta(hours=2)}


@pytest.mark.parametrize(
    ("status", "record", "words"),
    [
        (ClusterStatus.REQUESTED, {}, "EMR has not launched this cluster"),
        (ClusterStatus.STARTING, {"jobflow_id": "j-1"}, "The cluster is not ready."),
        (ClusterStatus.WAITING, READY, ""),
        (ClusterStatus.TERMINATING, READY, ""),
        (ClusterStatus.TERMINATING, {"jobflow_id": "j-1"}, "This cluster was never ready"),
        (ClusterStatus.TERMINATED, READY | {"finished_at": NOW - timedelta(days=29)}, ""),
        (
            ClusterStatus.TERMINATED,
            READY | {"finished_at": NOW - timedelta(days=30)},
            "EMR keeps these pages for 30 days",
        ),
        (ClusterStatus.TERMINATED_WITH_ERRORS, {"jobflow_id": "j-1"}, "This cluster was never ready"),
    ],
)
def test_refusals(status: str, record: dict[str, Any], words: str) -> None:
    cluster = Cluster("c-1", status=status, **record)
    assert apps.refuse(cluster, NOW).startswith(words)
    assert apps.available(cluster, NOW) == ([] if words else list(App))
