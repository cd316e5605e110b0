"""What an account lacks, each in a sentence with the command that mends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from deployment.place import Place
from deployment.preflight import billing, clusters, functions, mail, service, sign_in, spark
from deployment.preflight.missing import Missing
from deployment.stack import DeploymentFailed
from scripts import check as checking
from scripts import deploy as deploying

REGION = "eu-central-1"
TAG = {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield Place(boto3.Session(region_name=REGION), "try", "123456789012", REGION)


@dataclass
class Answers:
    """A session whose every client gives these answers, by operation; an error's code is raised."""

    answers: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str, **_: Any) -> Any:
        return self

    def __getattr__(self, operation: str) -> Any:
        answer = self.answers[operation]

        def call(**parameters: Any) -> Any:
            if isinstance(answer, str):
                raise ClientError({"Error": {"Code": answer, "Message": answer}}, operation)
            return answer

        return call


def with_answers(**answers: Any) -> Place:
    return Place(Answers(answers), "try", "123456789012", REGION)


def sentences(missing: Iterator[Missing]) -> list[str]:
    return [each.sentence for each in missing]


VERIFIED = {"VerifiedForSendingStatus": True}
OPEN = {"SendingEnabled": True, "ProductionAccessEnabled": True}


def test_mail() -> None:
    values = {"MailFrom": "atmo@example.com"}
    assert not list(mail.check_mail(with_answers(get_email_identity=VERIFIED, get_account=OPEN), values))
    (missing,) = mail.check_mail(with_answers(get_email_identity="NotFoundException", get_account=OPEN), values)
    assert missing.sentence == "SES has not verified atmo@example.com, so no mail leaves."
    assert missing.remedy.startswith("aws sesv2 create-email-identity --email-identity atmo@example.com")
    sandbox = {"SendingEnabled": True, "ProductionAccessEnabled": False}
    (missing,) = mail.check_mail(with_answers(get_email_identity=VERIFIED, get_account=sandbox), values)
    assert "sandbox" in missing.sentence
    assert not missing.blocks


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("s3cret", ""),
        ('{"client_secret": "s3cret"}', ""),
        ("s3cret\n", "white space"),
        ("", "is empty"),
        ('{"secret": "s3cret"}', "without a field client_secret"),
        ("{s3cret", "looks like JSON"),
    ],
)
def test_the_form_of_the_client_secret(place: Place, text: str, problem: str) -> None:
    assert problem in sign_in.form_of(text)
    assert bool(problem) == bool(sign_in.form_of(text))


def test_the_client_secret(place: Place) -> None:
    values = {"OidcSecretId": "/atmo/try/oidc"}
    (missing,) = sign_in.check_secret(place, values)
    assert missing.sentence == "There is no client secret /atmo/try/oidc."
    assert missing.remedy.startswith("aws ssm put-parameter --type SecureString --name /atmo/try/oidc")
    ssm = place.session.client("ssm")
    ssm.put_parameter(Name="/atmo/try/oidc", Value="s3cret", Type="String")
    assert sentences(sign_in.check_secret(place, values)) == [
        "The parameter /atmo/try/oidc is not a SecureString: whoever may read parameters can read it."
    ]
    ssm.put_parameter(Name="/atmo/try/oidc", Value="s3cret", Type="SecureString", Overwrite=True)
    assert not list(sign_in.check_secret(place, values))
    assert sentences(sign_in.check_secret(place, {"OidcSecretId": "oidc"})) == ["There is no client secret oidc."]


def test_the_shared_spark_configuration(place: Place) -> None:
    values, s3 = {"SharedConfigUri": "s3://site/spark.json"}, place.session.client("s3")
    assert not list(spark.check_spark_configuration(place, {}))
    missing = "SharedConfigUri: s3://site/spark.json is missing, so nothing could be launched."
    assert sentences(spark.check_spark_configuration(place, values)) == [missing]
    s3.create_bucket(Bucket="site", CreateBucketConfiguration={"LocationConstraint": REGION})
    assert sentences(spark.check_spark_configuration(place, values)) == [missing]
    s3.put_object(Bucket="site", Key="spark.json", Body=b'{"Classification": "spark"}')
    assert sentences(spark.check_spark_configuration(place, values)) == [
        "SharedConfigUri: s3://site/spark.json is not a list of classifications, so nothing could be launched."
    ]
    s3.put_object(Bucket="site", Key="spark.json", Body=b'[{"Classification": "spark", "Properties": {}}]')
    assert not list(spark.check_spark_configuration(place, values))


GOOD = {
    "issuer": "https://login.example.com/", "authorization_endpoint": "a", "token_endpoint": "t", "jwks_uri": "j",
    "code_challenge_methods_supported": ["S256"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (GOOD, []),
        (GOOD | {"issuer": "https://else"}, ["calls itself https://else"]),
        (GOOD | {"jwks_uri": ""}, ["lacks jwks_uri"]),
        (GOOD | {"code_challenge_methods_supported": ["plain"]}, ["PKCE"]),
    ],
)
def test_the_provider(document: dict[str, Any], words: list[str]) -> None:
    values = {"OidcIssuer": "https://login.example.com"}
    missing = list(sign_in.check_issuer(with_answers(), values, lambda url: json.dumps(document).encode()))
    assert len(missing) == len(words)
    assert all(word in each.sentence for word, each in zip(words, missing, strict=True))


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9", "file:///etc/passwd", ""])
def test_a_provider_that_does_not_answer(issuer: str) -> None:
    (missing,) = sign_in.check_issuer(with_answers(), {"OidcIssuer": issuer})
    assert missing.sentence.startswith("The OpenID provider does not describe itself:")


def test_the_network(place: Place) -> None:
    ec2 = place.session.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    values = {"VpcId": vpc, "EmrSubnetId": subnet}
    missing = list(clusters.check_network(place, values))
    assert [word for each, word in zip(missing, ("tag", "enableDnsHostnames", "S3"), strict=True) if word in str(each)]
    assert f"aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-hostnames" in missing[1].remedy
    assert missing[2].remedy.startswith(f"aws ec2 create-vpc-endpoint --vpc-id {vpc}")
    ec2.create_tags(Resources=[subnet], Tags=[TAG])
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    tables = [table["RouteTableId"] for table in ec2.describe_route_tables()["RouteTables"] if table["VpcId"] == vpc]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_route(RouteTableId=tables[0], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    assert not list(clusters.check_network(place, values))
    assert sentences(clusters.check_network(place, {})) == ["No subnet is named for the clusters."]


@pytest.mark.parametrize(
    ("route", "leads"),
    [
        ({"GatewayId": "vpce-1", "DestinationPrefixListId": "pl-1"}, True),
        ({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}, True),
        ({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"}, False),
        ({"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": "tgw-1"}, False),
        ({"DestinationCidrBlock": "10.1.0.0/16", "GatewayId": "local"}, False),
    ],
)
def test_which_routes_lead_to_s3(route: dict[str, str], leads: bool) -> None:
    assert clusters._leads_to_s3(route) == leads


def test_spot(place: Place) -> None:
    (missing,) = clusters.check_spot_role(place, {})
    assert missing.remedy == "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com"
    place.session.client("iam").create_role(RoleName=clusters.SPOT_ROLE, AssumeRolePolicyDocument="{}")
    assert not list(clusters.check_spot_role(place, {}))


def test_instance_types_by_zone() -> None:
    subnets = {"Subnets": [{"AvailabilityZone": "eu-central-1a"}, {"AvailabilityZone": "eu-central-1b"}]}
    offers = {"InstanceTypeOfferings": [{"InstanceType": "m5.xlarge"}]}
    values = {"EmrSubnetId": "subnet-1,subnet-2", "WorkerInstanceType": "r8g.large"}
    zones = with_answers(describe_subnets=subnets, describe_instance_type_offerings=offers)
    assert sentences(clusters.check_instance_types(zones, values)) == [
        "eu-central-1a has no r8g.large.",
        "eu-central-1b has no r8g.large.",
    ]
    assert not list(clusters.check_instance_types(zones, {"EmrSubnetId": "subnet-1"}))


@pytest.mark.parametrize(("quota", "count"), [(8, 0), (7, 2)])
def test_processors(quota: int, count: int) -> None:
    types = {"InstanceTypes": [{"InstanceType": "m5.xlarge", "VCpuInfo": {"DefaultVCpus": 4}}]}
    place = with_answers(describe_instance_types=types, get_service_quota={"Quota": {"Value": float(quota)}})
    missing = list(clusters.check_processors(place, {}))
    assert [each.blocks for each in missing] == [True, False][:count]
    assert all("7" in each.sentence and "8" in each.sentence for each in missing)


@pytest.mark.parametrize(("limit", "count"), [(10, 1), (1000, 0)])
def test_executions(limit: int, count: int) -> None:
    place = with_answers(get_account_settings={"AccountLimit": {"ConcurrentExecutions": limit}})
    assert len(list(functions.check_functions(place, {}))) == count


def test_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    """By boto3's own client, which knows how this operation goes on and of no paginator for it."""
    emr = boto3.client("emr", region_name=REGION, aws_access_key_id="a", aws_secret_access_key="s")
    here = Place(boto3.Session(region_name=REGION), "try", "123456789012", REGION)
    monkeypatch.setattr(here.session, "client", lambda _: emr)
    with Stubber(emr) as answers:
        answers.add_response("list_release_labels", {"ReleaseLabels": ["emr-7.12.0"], "NextToken": "more"}, {})
        answers.add_response("list_release_labels", {"ReleaseLabels": ["emr-7.5.0"]}, {"NextToken": "more"})
        assert sentences(clusters.check_releases(here, {})) == [
            "eu-central-1 has no EMR 7.10.0, which new deployments offer."
        ]


def test_a_check_that_is_denied_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CHECKS", {"spot": clusters.check_spot_role, "none": lambda place, values: iter(())})
    results = dict(service.missing(with_answers(get_role="AccessDenied"), {}))
    assert results["none"] == []
    assert results["spot"][0].sentence.startswith("Could not be looked at:")
    assert not results["spot"][0].blocks


def blocked(place: Place, values: Any) -> Iterator[Missing]:
    yield Missing("It lacks water.", "pour")


def test_make_check_names_the_place_and_says_what_is_missing(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CHECKS", {"water": blocked, "air": lambda place, values: iter(())})
    assert not checking.check(place.session, "try")
    assert capsys.readouterr().out == (
        f"Looking at what atmo-try in account 123456789012, {REGION} has ...\n"
        "  water: missing\n    It lacks water.\n    pour\n  air: there\n"
        "Not ready: mend what is missing, then run this again.\n"
    )


def test_nothing_is_deployed_to_an_account_that_lacks_something(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CHECKS", {"water": blocked})
    with pytest.raises(DeploymentFailed, match=r"It lacks water\.\n    pour\nSKIP_CHECKS=yes"):
        deploying.refuse_unless_ready(place, {})
    monkeypatch.setattr(service, "CHECKS", {"water": lambda place, values: iter([Missing("Warm.", blocks=False)])})
    deploying.refuse_unless_ready(place, {})


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (dict.fromkeys(billing.TAGS, "Active"), ""),
        (dict.fromkeys(billing.TAGS, "Active") | {"Owner": "Inactive"}, "told apart by Owner:"),
        (dict.fromkeys(billing.TAGS, "Inactive"), "told apart by Environment, Owner, Type, Record:"),
        ({}, "does not know the clusters' tags"),
    ],
)
def test_tags_for_the_bill(known: dict[str, str], said: str) -> None:
    tags = [{"TagKey": name, "Status": status} for name, status in known.items()]
    lacking = list(billing.check_cost_tags(with_answers(list_cost_allocation_tags={"CostAllocationTags": tags}), {}))
    assert [said in each.sentence and not each.blocks for each in lacking] == ([True] if said else [])
    assert all(f"TagKey={name},Status=Active" in lacking[0].remedy for name in known if known[name] == "Inactive")
