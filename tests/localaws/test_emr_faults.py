"""A fault that is injected happens in its phase, to one cluster, with EMR's code."""

from __future__ import annotations

import pytest
import urllib3

from localaws.cloud import LocalCloud
from localaws.emr.faults import FAULTS
from tests.support.http import Api, reaches

EARLY = [name for name, fault in FAULTS.items() if fault.phase in ("starting", "bootstrapping")]


@pytest.mark.parametrize("name", EARLY)
def test_a_fault_happens_to_one_cluster(cloud: LocalCloud, somebody: Api, name: str) -> None:
    cloud.emr.faults.append(name)
    record = reaches(somebody, f"/clusters/{somebody.launch()['id']}", "TERMINATED_WITH_ERRORS")
    cluster = cloud.emr.clusters[record["jobflow_id"]]
    assert cluster.reason["Code"] == FAULTS[name].code
    assert cluster.reason["Message"] == record["status_reason"]
    assert FAULTS[name].message in cluster.reason["Message"]
    assert cloud.emr.faults == []


def test_a_bootstrap_action_that_fails_has_really_run(cloud: LocalCloud, somebody: Api) -> None:
    cloud.emr.faults.append("bootstrap")
    record = reaches(somebody, f"/clusters/{somebody.launch()['id']}", "TERMINATED_WITH_ERRORS")
    cluster = cloud.emr.clusters[record["jobflow_id"]]
    assert "bootstrap action 1 returned a non-zero return code" in cluster.reason["Message"]
    assert "satisfies the requirement" in (cluster.node.logs("bootstrap-actions/1") / "stderr").read_text()


def test_a_refused_launch_makes_no_cluster(cloud: LocalCloud, somebody: Api) -> None:
    cloud.emr.faults.append("instance-type")
    record = reaches(somebody, f"/clusters/{somebody.launch()['id']}", "FAILED_TO_LAUNCH")
    assert "Instance type 'm5.xlarge' is not supported" in record["status_reason"]
    assert record["jobflow_id"] is None


def test_a_fault_in_a_running_cluster(cloud: LocalCloud, somebody: Api) -> None:
    record = reaches(somebody, f"/clusters/{somebody.launch()['id']}", "WAITING")
    cloud.emr.clusters[record["jobflow_id"]].inject("instance")
    assert reaches(somebody, f"/clusters/{record['id']}", "TERMINATED_WITH_ERRORS")["status_reason"].startswith(
        "The master"
    )


def test_a_person_can_inject_one(cloud: LocalCloud) -> None:
    home = cloud.local_url.rstrip("/") + "/"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = urllib3.request("POST", f"{home}faults", body="fault=quota", headers=form, redirect=False)
    assert answer.status == 303
    assert cloud.emr.faults == ["quota"]
    assert b"the next clusters: Quota of vCPUs" in urllib3.request("GET", home).data
    assert urllib3.request("POST", f"{home}faults", body="fault=none", headers=form).status == 404
    cloud.emr.faults.clear()
