"""The package, deployed by `make deploy` to an emulator of AWS that others wrote, and used there as people use it.

MiniStack has its own CloudFormation with SAM, API Gateway, EventBridge, Step Functions with JSONata, DynamoDB and S3, and runs
the zip. Only what it lacks is filled in (tests/support/second_cloud/start.py), and EMR's events are sent by hand: its EMR has none.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from chalicelib.core import clock
from deployment.artifacts import wheels_prefix
from tests.packaging.conftest import ROOT, Packaged
from tests.support import lambda_events
from tests.support.http import Api, until
from tests.support.second_cloud import processes
from tests.support.second_cloud.processes import STAGE, Gateway, MiniStack
from tests.support.visitor import Visitor

SECRET, SECRET_ID, MAIL_FROM = "a secret of the second cloud", "/atmo/second/oidc", "atmo@example.org"


class Deployed:
    """A deployment on the second cloud, its portal's address, and what it was made with."""

    def __init__(self, aws: MiniStack, build: Path, gateway: Gateway, parameters: dict[str, str]) -> None:
        self.aws, self.build, self.gateway, self.parameters = aws, build, gateway, parameters
        self.portal_url = parameters["PortalUrl"]
        self.said = self.run("deploy")
        (api,) = self.aws.client("apigateway").get_rest_apis()["items"]
        gateway.api = api["id"]

    def run(self, what: str, **environment: str) -> str:
        """`make deploy` or `make remove`; returns what it said."""
        return processes.run_script(what, self.build, self.parameters, self.aws.environment | environment)

    def operator(self, **command: Any) -> Any:
        """The result of an operator's command."""
        answer = self.aws.client("lambda").invoke(FunctionName=f"atmo-{STAGE}-operator", Payload=json.dumps(command))
        return json.loads(answer["Payload"].read())["result"]

    def mails(self) -> list[str]:
        """The mails that were sent, by MiniStack's own list of them."""
        sent = urllib3.request("GET", f"{self.aws.url}/_ministack/ses/messages").json()["messages"]
        return [str(each) for each in sent.get(processes.ACCOUNT, [])]

    def event(self, event: dict[str, Any]) -> None:
        """EMR says something, by EventBridge."""
        entry = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
        assert self.aws.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


@pytest.fixture(scope="module")
def build(runnable: Packaged, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make package` leaves, with an empty archive of wheels: no node starts here that would install them."""
    folder = tmp_path_factory.mktemp("second-build")
    for each in runnable.folder.iterdir():
        (folder / each.name).symlink_to(each)
    archive = folder / wheels_prefix(ROOT / "emr") / "x86_64" / "none.tar"
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w"):
        pass
    return folder


@pytest.fixture(scope="module")
def deployed(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("second-cloud")
    packages = processes.install(tmp_path_factory.mktemp("ministack"))
    port, issuer_port = processes.free_port(), processes.free_port()
    portal_url = f"http://127.0.0.1:{port}/portal"
    with (
        processes.ministack(packages, folder) as aws,
        processes.provider(issuer_port, portal_url, SECRET, folder) as issuer,
        processes.gateway(port, aws.url) as gateway,
    ):
        parameters = processes.account(aws, SECRET_ID, SECRET, MAIL_FROM) | {
            "PortalUrl": portal_url, "OidcIssuer": issuer, "OidcClientId": "atmo", "OidcSecretId": SECRET_ID, "MailFrom": MAIL_FROM,
        }  # fmt: skip
        yield Deployed(aws, build, gateway, parameters)


@pytest.fixture(scope="module")
def ada(deployed: Deployed) -> Api:
    """Signed in through the provider, with a token that the portal's form made."""
    visitor = Visitor(deployed.portal_url, "ada")
    name = visitor.get("/portal/login")
    consent = visitor.post(name.forms[0].action, name.forms[0].fields | {"login": "ada", "password": "any"})
    home = visitor.post(consent.forms[0].action, consent.forms[0].fields)
    assert home.url.startswith(deployed.portal_url), home.text
    made = visitor.submit("/portal/tokens", name="script", days="30", scope="write")
    return Api(deployed.portal_url, re.findall(r"atmo_[A-Za-z0-9_-]{43}", made.html)[0])


def test_it_is_deployed_and_a_second_time_changes_nothing(deployed: Deployed) -> None:
    assert f"Stack atmo-{STAGE} was deployed." in deployed.said
    assert "is up to date" in deployed.run("deploy")


def test_a_cluster_from_launch_to_end(deployed: Deployed, ada: Api) -> None:
    path = f"/clusters/{ada.launch()['id']}"
    jobflow = until(lambda: ada("GET", path).body["jobflow_id"], seconds=60)
    deployed.event(lambda_events.cluster_state(jobflow, "WAITING"))
    until(lambda: ada("GET", path).body["status"] == "WAITING")
    before = ada("GET", path).body["expires_at"]
    assert ada("POST", f"{path}/extend", {"hours": 3}).status == 200
    assert ada("GET", path).body["expires_at"] > before
    deployed.operator(command="clusters.terminate", cluster=path.rpartition("/")[2], operator="grace")
    emr = deployed.aws.client("emr")
    until(lambda: emr.describe_cluster(ClusterId=jobflow)["Cluster"]["Status"]["State"] == "TERMINATED", seconds=60)
    deployed.event(lambda_events.cluster_state(jobflow, "TERMINATED"))
    until(lambda: ada("GET", path).body["status"] == "TERMINATED")
    mails = until(lambda: [mail for mail in deployed.mails() if "grace" in mail], seconds=60)
    assert "ada@example.org" in mails[0]


def test_a_slot_from_its_rule_to_the_runs_end(deployed: Deployed, ada: Api) -> None:
    soon = clock.text(datetime.now(UTC) + timedelta(seconds=5))
    job = ada.schedule("second-cloud", start_date=soon)
    run = until(lambda: ada("GET", f"/jobs/{job['id']}/runs").body["items"], seconds=150)[0]
    path = f"/runs/{run['id']}"
    jobflow = until(lambda: ada("GET", path).body["jobflow_id"], seconds=60)
    (step,) = deployed.aws.client("emr").list_steps(ClusterId=jobflow)["Steps"]
    arguments = step["Config"]["Args"]
    results = urlsplit(arguments[arguments.index("--results") + 1])
    outcome = json.dumps({"status": "SUCCEEDED"}).encode()
    deployed.aws.client("s3").put_object(Bucket=results.netloc, Key=f"{results.path[1:]}outcome.json", Body=outcome)
    deployed.event(lambda_events.step_state(jobflow, step["Id"], "COMPLETED"))
    deployed.event(lambda_events.cluster_state(jobflow, "TERMINATED"))
    ended = until(lambda: ada("GET", path).body if ada("GET", path).body["finished_at"] else None, seconds=60)
    assert ended["status"] == "SUCCEEDED"


def test_the_end(deployed: Deployed) -> None:
    deployed.run("remove", CONFIRM=STAGE)
    assert deployed.aws.client("lambda").list_functions()["Functions"] == []
