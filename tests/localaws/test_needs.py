"""What a call needs of a role, and what of a role was never needed."""

from __future__ import annotations

from typing import Any

import pytest

from localaws.authorization import Ledger
from localaws.needs import ANYTHING, Account, Need, needs

ACCOUNT = Account("1", "eu-west-1")
TABLE = "arn:aws:dynamodb:eu-west-1:1:table/"
TAGS = {"j-ours": {"Application": "atmo", "Environment": "prod"}}
OURS = (("aws:ResourceTag/Application", "atmo"), ("aws:ResourceTag/Environment", "prod"))
OF_CLUSTERS = "arn:aws:elasticmapreduce:eu-west-1:1:cluster/"
COPY = {"Bucket": "to", "Key": "b", "CopySource": {"Bucket": "from", "Key": "a", "VersionId": "v"}}
LAUNCH = {"Tags": [{"Key": "Application", "Value": "atmo"}], "ServiceRole": "arn:aws:iam::1:role/s"}


@pytest.mark.parametrize(
    ("service", "operation", "params", "needed"),
    [
        ("dynamodb", "GetItem", {"TableName": "t"}, [("dynamodb:GetItem", TABLE + "t")]),
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, [("dynamodb:Query", TABLE + "t/index/i")]),
        ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {}, "u": {}}},
         [("dynamodb:BatchGetItem", TABLE + "t"), ("dynamodb:BatchGetItem", TABLE + "u")]),
        ("dynamodb", "TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t"}}, {"Delete": {"TableName": "u"}}]},
         [("dynamodb:PutItem", TABLE + "t"), ("dynamodb:DeleteItem", TABLE + "u")]),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k", "VersionId": "v"}, [("s3:GetObjectVersion", "arn:aws:s3:::b/k")]),
        ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "p"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        ("s3", "CopyObject", COPY, [("s3:PutObject", "arn:aws:s3:::to/b"), ("s3:GetObjectVersion", "arn:aws:s3:::from/a")]),
        ("ses", "SendEmail", {"FromEmailAddress": "a@b"},
         [("ses:SendEmail", "arn:aws:ses:eu-west-1:1:identity/a@b", (("ses:FromAddress", "a@b"),))]),
        ("elasticmapreduce", "TerminateJobFlows", {"JobFlowIds": ["j-ours"]},
         [("elasticmapreduce:TerminateJobFlows", OF_CLUSTERS + "j-ours", OURS)]),
        ("elasticmapreduce", "DescribeCluster", {"ClusterId": "j-nobody's"}, []),
        ("elasticmapreduce", "ListClusters", {}, [("elasticmapreduce:ListClusters", ANYTHING)]),
        ("elasticmapreduce", "RunJobFlow", LAUNCH, [
            ("elasticmapreduce:RunJobFlow", OF_CLUSTERS + "*", (("aws:RequestTag/Application", "atmo"),)),
            ("elasticmapreduce:AddTags", OF_CLUSTERS + "*", (("aws:RequestTag/Application", "atmo"),)),
            ("iam:PassRole", "arn:aws:iam::1:role/s", (("iam:PassedToService", "elasticmapreduce.amazonaws.com"),)),
            ("iam:PassRole", ANYTHING),
        ]),
        ("ssm", "GetParameter", {"Name": "/atmo/prod/link-key"},
         [("ssm:GetParameter", "arn:aws:ssm:eu-west-1:1:parameter/atmo/prod/link-key")]),
        ("states", "SendTaskSuccess", {"taskToken": "t"}, [("states:SendTaskSuccess", ANYTHING)]),
        ("lambda", "Invoke", {"FunctionName": "arn:aws:lambda:f"}, [("lambda:InvokeFunction", "arn:aws:lambda:f")]),
    ],
)  # fmt: skip
def test_what_a_call_needs(service: str, operation: str, params: dict[str, Any], needed: list[Any]) -> None:
    assert list(needs(ACCOUNT, service, operation, params, TAGS.get)) == [Need(*one) for one in needed]


def test_what_was_never_needed() -> None:
    ledger = Ledger()
    objects = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::b/*"]}
    answers = {"Effect": "Allow", "Action": "states:SendTaskSuccess", "Resource": "arn:aws:states:m"}
    ledger.allow("sweep", [{"Statement": [objects, answers]}])
    ledger.do("sweep", Need("s3:GetObject", "arn:aws:s3:::b/k"))
    ledger.do("dispatch", Need("s3:PutObject", "arn:aws:s3:::b/k"))
    ledger.do("sweep", Need("states:SendTaskSuccess", ANYTHING))
    assert ledger.unused() == {("sweep", "s3:PutObject", "arn:aws:s3:::b/*")}


def test_roles_are_the_same_in_each_cloud() -> None:
    ledger, role = Ledger(), "arn:aws:iam::1:role/atmo-local-RunDataRole-"
    for made_up in ("FKLSK013XSOU", "GL6MMWIBJLXT"):
        gives = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role + made_up}
        ledger.allow(f"arn:aws:iam::1:role/atmo-local-ClusterMachineRole-{made_up}", [{"Statement": [gives]}])
    assert len(ledger.granted) == 1
    ledger.do(
        "arn:aws:iam::1:role/atmo-local-ClusterMachineRole-GSMDIIPB86EF", Need("sts:AssumeRole", role + "GSMDIIPB86EF")
    )
    assert ledger.unused() == set()
