"""Clusters that nobody uses, through the front door: the real agent reports, the owner is warned, and keeps it or not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.clusters import activity
from chalicelib.core import clock
from chalicelib.core.config import settings
from localaws.cloud import LocalCloud
from localaws.emr import agents
from localaws.emr.cluster import Cluster as Jobflow
from tests.support.executions import awaits_expiry, visited
from tests.support.http import RELEASE, Api, reaches, until
from tests.support.iam import Attempt, allowed, policies_of
from tests.support.mailbox import mails_about, subject_of
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor


def ready(cloud: LocalCloud, who: Api, **fields: Any) -> tuple[str, Jobflow]:
    """A cluster that waits for its expiry: its path, and EMR's side of it."""
    cluster = who.launch(**{"lifetime": 8, "idle_minutes": 120} | fields)
    path = f"/clusters/{cluster['id']}"
    reaches(who, path, "WAITING")
    awaits_expiry(cloud, cluster["id"])
    return path, cloud.emr.clusters[who("GET", path).body["jobflow_id"]]


def report(cloud: LocalCloud, jobflow: Jobflow, **changes: Any) -> None:
    """What an agent stores, without starting one: a machine that shows no use, but for the changes."""
    at = clock.text(clock.now())
    signs = {name: {"last": None, "unknown": ""} for name in ("kernels", "spark", "logins", "load")}
    bucket, _, prefix = agents.address(jobflow).removeprefix("s3://").partition("/")
    machines = cloud.client("emr").list_instances(ClusterId=jobflow.id, InstanceGroupTypes=["MASTER"])["Instances"]
    body = json.dumps({"version": 1, "at": at, "signs": signs | changes})
    cloud.client("s3").put_object(Bucket=bucket, Key=f"{prefix}/{machines[0]['Ec2InstanceId']}", Body=body)


def look(cloud: LocalCloud, jobflow: Jobflow) -> None:
    agents.look(jobflow)
    sweep(cloud)


def test_the_agent_s_word_warns_and_the_mail_s_link_keeps_and_in_the_end_it_ends(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]
) -> None:
    path, jobflow = ready(cloud, somebody)
    name, reader = somebody("GET", path).body["identifier"], Visitor(cloud.portal_url)
    jobflow.node.agent.execute(clock.now())  # a cell runs
    agents.look(jobflow)
    cloud.clock.advance(minutes=106)
    look(cloud, jobflow)
    seen = somebody("GET", path).body
    assert (seen["idle_ends_at"], mails_about(cloud, name)) == (None, [])
    assert clock.now() - clock.parse(seen["used_at"]) < timedelta(minutes=1)
    jobflow.node.agent.execute(clock.now())  # it is done
    cloud.clock.advance(minutes=106)
    look(cloud, jobflow)
    sweep(cloud)
    (mail,) = mails_about(cloud, name)
    assert subject_of(mail) == f"Your cluster {name} is idle and ends in 15 minutes"
    page = signed_in(seen["owner"]).get(path)
    assert "Idle for 1 h 46 min; ends at" in page.text
    assert "Nobody uses the cluster" in signed_in(seen["owner"]).get("/").text
    assert clock.parse(somebody("GET", path).body["idle_ends_at"]) > clock.now()
    keep, _ = dict.fromkeys(re.findall(r"/links/[\w.-]+", str(vars(mail))))
    question = reader.get(keep)
    assert f"Keep {name}?" in question.text
    form = question.form(keep)
    reader.post(form.action, form.fields)
    assert somebody("GET", path).body["idle_ends_at"] is None
    awaits_expiry(cloud, path.rpartition("/")[2], times=3)  # it was woken by the warning, and by who kept it
    cloud.clock.advance(minutes=106)
    report(cloud, jobflow)
    sweep(cloud)
    assert len(mails_about(cloud, name)) == 2
    awaits_expiry(cloud, path.rpartition("/")[2], times=4)
    cloud.clock.advance(minutes=16)
    ended = reaches(somebody, path, "TERMINATED")
    assert re.fullmatch(r"It was not used for 2 h \d min\.", ended["status_reason"])
    assert (ended["diagnosis"]["kind"], ended["ended_by"]) == ("unused", "atmo")
    until(lambda: visited(cloud, "cluster", ended["id"])[-1] == "Ended")
    assert "Nobody had used the cluster" in str(mails_about(cloud, name)[-1].body)
    assert "It was not used" in signed_in(seen["owner"]).get("/clusters").text


def test_use_after_the_warning_is_seen_at_the_last_moment(cloud: LocalCloud, somebody: Api) -> None:
    path, jobflow = ready(cloud, somebody, idle_minutes=60)
    cloud.clock.advance(minutes=50)
    report(cloud, jobflow)
    sweep(cloud)
    assert somebody("GET", path).body["idle_ends_at"]
    awaits_expiry(cloud, path.rpartition("/")[2], times=2)
    report(cloud, jobflow, logins={"last": clock.text(clock.now()), "unknown": ""})
    cloud.clock.advance(minutes=16)  # no sweep comes between; the machine looks by itself
    awaits_expiry(cloud, path.rpartition("/")[2], times=3)
    seen = somebody("GET", path).body
    assert (seen["status"], seen["idle_ends_at"]) == ("WAITING", None)


@pytest.mark.parametrize("how", ["silent", "unknown", "no report of ours"])
def test_what_is_not_known_is_not_idle(cloud: LocalCloud, somebody: Api, how: str) -> None:
    path, jobflow = ready(cloud, somebody, idle_minutes=30)
    cloud.clock.advance(minutes=20)
    report(cloud, jobflow)
    sweep(cloud)
    assert somebody("GET", path).body["idle_ends_at"]
    awaits_expiry(cloud, path.rpartition("/")[2], times=2)
    if how == "unknown":
        report(cloud, jobflow, spark={"last": None, "unknown": "refused"})
    if how == "no report of ours":
        report(cloud, jobflow, spark="root was here")
    cloud.clock.advance(minutes=21)
    awaits_expiry(cloud, path.rpartition("/")[2], times=3)
    seen = somebody("GET", path).body
    assert (seen["status"], seen["idle_ends_at"]) == ("WAITING", None)


def test_keeping_by_page_and_api(cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]) -> None:
    path, jobflow = ready(cloud, somebody, idle_minutes=30)
    owner = signed_in(somebody("GET", "/me").body["username"])
    for keeps in (lambda: press(owner, path), lambda: somebody("POST", f"{path}/keep")):
        cloud.clock.advance(minutes=20)
        report(cloud, jobflow)
        sweep(cloud)
        assert somebody("GET", path).body["idle_ends_at"]
        keeps()
        assert somebody("GET", path).body["idle_ends_at"] is None
        assert "Idle for" not in owner.get(path).text
    assert somebody("POST", f"{path}/keep").status == 200  # nothing is about to end
    entries = [entry for entry in somebody("GET", path + "/audit").body["items"] if entry["action"] == "cluster.keep"]
    assert len(entries) == 2
    somebody("POST", f"{path}/terminate")
    assert somebody("POST", f"{path}/keep").status == 409


def press(visitor: Visitor, path: str) -> None:
    form = visitor.get(path).form(f"{path}/keep")
    assert visitor.post(form.action, form.fields).status == 200


def test_who_extends_keeps(cloud: LocalCloud, somebody: Api) -> None:
    path, jobflow = ready(cloud, somebody, idle_minutes=30)
    cloud.clock.advance(minutes=20)
    report(cloud, jobflow)
    sweep(cloud)
    assert somebody("POST", f"{path}/extend", {"hours": 1}).body["idle_ends_at"] is None


def test_the_site_s_setting_counts_where_nobody_chose(cloud: LocalCloud, somebody: Api) -> None:
    assert somebody.launch()["idle_minutes"] == 120
    assert somebody.launch(idle_minutes=45)["idle_minutes"] == 45
    body = {"size": 1, "ssh_key": somebody.add_key(), "emr_release": RELEASE, "idle_minutes": 10}
    refused = somebody("POST", "/clusters", body)
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "idle_minutes")


def test_a_machine_reports_of_itself_alone(cloud: LocalCloud) -> None:
    role, folder = policies_of(cloud, "EmrInstanceRole"), activity.folder(settings().cluster_machine_arn)
    bucket = f"arn:aws:s3:::{settings().logs_bucket}"
    mine, other = (f"{folder.removeprefix('activity/')}/i-{digit * 17}" for digit in "ab")
    me = {"ec2:SourceInstanceARN": mine}
    attempts = [
        Attempt("s3:PutObject", f"{bucket}/activity/{mine}", me),
        Attempt("s3:PutObject", f"{bucket}/activity/{other}", me),
        Attempt("s3:PutObject", f"{bucket}/activity/{mine}0", me),
        Attempt("s3:PutObject", f"{bucket}/activity/{mine}"),
        Attempt("s3:GetObject", f"{bucket}/activity/{mine}", me),
        Attempt("s3:DeleteObject", f"{bucket}/activity/{mine}", me),
    ]
    assert allowed(cloud.account, role, attempts) == [True, False, False, False, False, False]
    for reader in ("SweepRole", "ClusterTaskRole"):
        reads = [
            Attempt("s3:GetObject", f"{bucket}/activity/{mine}"),
            Attempt("s3:GetObject", f"{bucket}/clusters/j-1/a.gz"),
        ]
        assert allowed(cloud.account, policies_of(cloud, reader), reads) == [True, False]
