"""A deployment's whole life by our own deploying code, under CloudFormation's rules: nothing is lost and nothing is stuck."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from deployment.artifacts import LOCAL_FILES
from deployment.changes import RED
from deployment.place import place_of
from deployment.rollout import Rollout
from deployment.sam import sam_template
from deployment.stack import DeploymentFailed
from tests.packaging.conftest import ROOT
from tests.support.cloudformation.account import Account

VALUES = {
    "Stage": "try", "MailFrom": "a@example.com", "OidcIssuer": "https://login.example.com", "OidcClientId": "atmo",
    "OidcSecretId": "/atmo/try/oidc", "ScriptsBucket": "scripts", "ScriptsUri": "s3://scripts/emr/1", "PortalUrl": "https://p.example.com",
    "VpcId": "vpc-1", "EmrSubnetId": "subnet-1", "PrivateSubnets": "yes",
}  # fmt: skip
RUNS = ("AWS::DynamoDB::Table", "atmo-try-runs")
LOGS = ("AWS::Logs::LogGroup", "/aws/lambda/atmo-try-sweep")


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """As `make package` makes it and `upload_code` leaves it."""
    made = sam_template(ROOT)
    for resource in made["Resources"].values():
        if resource["Type"] in LOCAL_FILES:
            resource["Properties"][LOCAL_FILES[resource["Type"]][0]] = "s3://artifacts/code/1.zip"
    return made


@pytest.fixture
def account() -> Account:
    return Account()


Deploy = Callable[..., Rollout]


@pytest.fixture
def rollout(account: Account, template: dict[str, Any]) -> Deploy:
    def make(changed: dict[str, Any] | None = None, **values: str) -> Rollout:
        place = place_of(account, "try")
        upload, made = account.cloudformation.upload, changed or template
        return Rollout(account, place.stack, "try", made, upload, place.known, VALUES | values, say=lambda line: None)

    return make


def without(template: dict[str, Any], *names: str) -> dict[str, Any]:
    """The template of an earlier release, which did not have these."""
    earlier = deepcopy(template)
    for name in names:
        del earlier["Resources"][name]
    return earlier


def with_data(account: Account) -> set[tuple[str, str]]:
    """What the account has that must never be lost."""
    kinds = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Logs::LogGroup")
    return {each for each in account.cloudformation.account if each[0] in kinds}


def test_a_first_deployment_then_one_that_changes_nothing(account: Account, rollout: Deploy) -> None:
    assert rollout().run()
    assert RUNS in account.cloudformation.account
    assert not rollout().run()
    assert account.cloudformation.executed == ["CREATE"]


def test_a_failed_first_creation_is_done_over(account: Account, rollout: Deploy) -> None:
    account.cloudformation.faults["RestAPI"] = "Account limit exceeded"
    with pytest.raises(DeploymentFailed, match="RestAPI: Account limit exceeded"):
        rollout().run()
    assert rollout().stack.status() == "ROLLBACK_COMPLETE"
    assert with_data(account) == set()
    assert rollout().preview() == ["atmo-try was never created (ROLLBACK_COMPLETE): it would be deleted, then created."]
    assert rollout().run()
    assert rollout().stack.status() == "CREATE_COMPLETE"


def test_an_upgrade_that_fails_leaves_everything_as_it_was(
    account: Account, rollout: Deploy, template: dict[str, Any]
) -> None:
    earlier = without(template, "PricesTable")
    rollout(earlier).run()
    before = dict(account.cloudformation.account)
    account.cloudformation.faults["Sweep"] = "Throttled"
    with pytest.raises(DeploymentFailed, match="Sweep: Throttled"):
        rollout().run()
    assert account.cloudformation.account == before
    assert rollout().run()
    assert rollout().stack.status() == "UPDATE_COMPLETE"


def test_back_past_a_table_and_forward_again(account: Account, rollout: Deploy, template: dict[str, Any]) -> None:
    rollout().run()
    rollout(without(template, "RunsTable")).run()
    assert RUNS in account.cloudformation.account
    assert any("take over atmo-try-runs" in line for line in rollout().preview())
    assert rollout().run()
    assert account.cloudformation.executed == ["CREATE", "UPDATE", "IMPORT", "UPDATE"]
    assert not rollout().run()


def test_deleted_and_deployed_anew_with_all_data(account: Account, rollout: Deploy) -> None:
    rollout().run()
    data = with_data(account)
    assert len(data) > 25
    rollout().stack.delete()
    assert rollout().stack.status() is None
    assert with_data(account) == data
    assert rollout().run()
    assert with_data(account) == data
    assert account.cloudformation.executed == ["CREATE", "IMPORT", "UPDATE"]
    assert set(rollout().stack.resources()) >= {"RunsTable", "ResultsBucket", "SweepLogs", "APIHandler"}


def test_a_lone_log_group_is_no_obstacle(account: Account, rollout: Deploy) -> None:
    """Lambda makes a function's log group anew if it still runs while its stack is deleted."""
    account.cloudformation.account[LOGS] = {}
    assert rollout().run()
    assert account.cloudformation.executed == ["IMPORT", "UPDATE"]


def test_several_indexes_of_a_table_change_one_after_the_other(
    account: Account, rollout: Deploy, template: dict[str, Any]
) -> None:
    earlier = deepcopy(template)
    runs = earlier["Resources"]["RunsTable"]["Properties"]
    runs["GlobalSecondaryIndexes"] = [
        runs["GlobalSecondaryIndexes"][0],
        {
            "IndexName": "by_mood",
            "KeySchema": [{"AttributeName": "mood", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        },
    ]
    names = ("id", "mood", "job_id", "created_at")
    runs["AttributeDefinitions"] = [{"AttributeName": name, "AttributeType": "S"} for name in names]
    rollout(earlier).run()
    assert rollout().run()
    # One index goes, and all but the first come.
    indexes = template["Resources"]["RunsTable"]["Properties"]["GlobalSecondaryIndexes"]
    assert account.cloudformation.executed == ["CREATE", *["UPDATE"] * len(indexes)]
    assert account.cloudformation.account[RUNS] == template["Resources"]["RunsTable"]["Properties"]
    assert rollout(earlier).run()


def test_a_table_is_not_replaced_by_an_empty_one_unless_told_to(rollout: Deploy, template: dict[str, Any]) -> None:
    rollout().run()
    renamed = deepcopy(template)
    renamed["Resources"]["RunsTable"]["Properties"]["TableName"] = {"Fn::Sub": "atmo-${Stage}-runs-2"}
    (line,) = [line for line in rollout(renamed).preview() if "RunsTable" in line]
    assert line == "  replace RunsTable (AWS::DynamoDB::Table): TableName; the old one is deleted"
    with pytest.raises(DeploymentFailed, match="RunsTable would be replaced by something empty"):
        rollout(renamed).run()


def test_a_dry_run_leaves_no_trace(account: Account, rollout: Deploy, template: dict[str, Any]) -> None:
    assert "  add RunsTable (AWS::DynamoDB::Table)" in rollout().preview()
    assert account.cloudformation.stacks == {}
    rollout().run()
    assert rollout().preview() == ["Stack atmo-try is up to date."]
    lines = rollout(without(template, "RunsTable", "OnEmrEventDeadLetters")).preview()
    assert lines[:2] == [
        "  delete OnEmrEventDeadLetters (AWS::SQS::Queue)",
        "  give up RunsTable (AWS::DynamoDB::Table): it stays, but belongs to the stack no longer",
    ]
    assert account.cloudformation.executed == ["CREATE"]


def test_red_is_for_what_goes(rollout: Deploy, template: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    rollout().run()
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    lines = rollout(without(template, "OnEmrEventDeadLetters")).preview()
    assert [line for line in lines if line.startswith(RED)] == lines[:1]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name atmo-try"),
        ("UPDATE_FAILED", "aws cloudformation rollback-stack --stack-name atmo-try"),
        ("DELETE_FAILED", "make remove STAGE=try"),
        ("IMPORT_ROLLBACK_FAILED", "aws cloudformation describe-stack-events --stack-name atmo-try"),
    ],
)
def test_states_that_need_a_person_name_the_command(account: Account, rollout: Deploy, status: str, words: str) -> None:
    rollout().run()
    account.cloudformation.stacks["atmo-try"].status = status
    for act in (rollout().run, rollout().preview):
        with pytest.raises(DeploymentFailed, match=words):
            act()


def test_a_deployment_that_goes_on_is_waited_for(
    account: Account, rollout: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollout().run()
    stack = account.cloudformation.stacks["atmo-try"]
    stack.status = "UPDATE_IN_PROGRESS"
    assert rollout().preview() == [
        "atmo-try is in the state UPDATE_IN_PROGRESS: deploying would wait until that has ended."
    ]
    monkeypatch.setattr("deployment.stack.time.sleep", lambda seconds: setattr(stack, "status", "UPDATE_COMPLETE"))
    assert not rollout().run()


def test_what_could_not_be_deleted_is_named(account: Account, rollout: Deploy) -> None:
    rollout().run()
    account.cloudformation.faults["EmrInstanceRole"] = "Cannot delete entity, must detach all policies first"
    with pytest.raises(DeploymentFailed, match="EmrInstanceRole: Cannot delete entity"):
        rollout().stack.delete()
    rollout().stack.delete(retain=["EmrInstanceRole"])
    assert rollout().stack.status() is None
