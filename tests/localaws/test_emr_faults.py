"""What befalls clusters of the embedded EMR comes in its phase, once, with EMR's code."""

from __future__ import annotations

import pytest
import urllib3

from localaws.cloud import LocalCloud
from localaws.emr.faults import TROUBLES
from tests.support.http import Api, reaches

EARLY = [name for name, trouble in TROUBLES.items() if trouble.phase in ("starting", "bootstrapping")]


@pytest.mark.parametrize("name", EARLY)
def test_trouble_comes_to_one_cluster(cloud: LocalCloud, somebody: Api, name: str) -> None:
    cloud.emr.troubles.append(name)
    record = reaches(somebody, f"/clusters/{somebody.launch()['id']}", "TERMINATED_WITH_ERRORS")
    cluster = cloud.emr.clusters[record["jobflow_id"]]
    assert cluster.reason["Code"] == TROUBLES[name].code
    assert cluster.reason["Message"] == record["status_reason"]
    assert TROUBLES[name].message in cluster.reason["Message"]
    assert cloud.emr.troubles == []


def test_a_bootstrap_action_that_fails_has_really_run(cloud: LocalCloud, somebody: Api) -> None:
    cloud.emr.troubles.append("bootstrap")
    record = reaches(somebody, f"/clusters/{somebody.launch()['id']}", "TERMINATED_WITH_ERRORS")
    cluster = cloud.emr.clusters[record["jobflow_id"]]
    assert "bootstrap action 1 returned a non-zero return code" in cluster.reason["Message"]
    assert "satisfies the requirement" in (cluster.node.logs("bootstrap-actions/1") / "stderr").read_text()


def test_a_refused_launch_makes_no_cluster(cloud: LocalCloud, somebody: Api) -> None:
    cloud.emr.troubles.append("instance-type")
    record = reaches(somebody, f"/clusters/{somebody.launch()['id']}", "FAILED_TO_LAUNCH")
    assert "Instance type 'm5.xlarge' is not supported" in record["status_reason"]
    assert record["jobflow_id"] is None


def test_trouble_strikes_a_cluster_that_lives(cloud: LocalCloud, somebody: Api) -> None:
    record = reaches(somebody, f"/clusters/{somebody.launch()['id']}", "WAITING")
    cloud.emr.clusters[record["jobflow_id"]].strike("instance")
    assert reaches(somebody, f"/clusters/{record['id']}", "TERMINATED_WITH_ERRORS")["status_reason"].startswith(
        "The master"
    )


def test_a_person_can_ask_for_it(cloud: LocalCloud) -> None:
    home = cloud.local_url.rstrip("/") + "/"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = urllib3.request("POST", f"{home}troubles", body="trouble=quota", headers=form, redirect=False)
    assert answer.status == 303
    assert cloud.emr.troubles == ["quota"]
    assert b"the next cluster: Quota of vCPUs" in urllib3.request("GET", home).data
    assert urllib3.request("POST", f"{home}troubles", body="trouble=none", headers=form).status == 404
    cloud.emr.troubles.clear()
