"""The state machine of clusters (statemachines/cluster.asl.json). Its tasks are in chalicelib/clusters/lifecycle.py."""

from __future__ import annotations

from chalicelib.clusters.models import Cluster
from chalicelib.jobflows.machine import Machine

MACHINE = Machine("cluster", Cluster, lambda settings: settings.cluster_machine_arn)
