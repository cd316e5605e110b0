"""Who reaches a cluster, by the template's own security groups and rules, for each way in which a site may deploy it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from tests.packaging.conftest import Packaged

TAG = {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}
MASTER, WORKER, SERVICE = "MasterSecurityGroup", "WorkerSecurityGroup", "ServiceAccessSecurityGroup"
EVERYTHING = {("tcp", 0, 65535), ("udp", 0, 65535), ("icmp", -1, -1)}
TO_NODES, TO_EMR, SSH, NFS = ("tcp", 8443, 8443), ("tcp", 9443, 9443), ("tcp", 22, 22), ("tcp", 2049, 2049)

DISK_KEY = {"Fn::If": ["MakesDisksKey", {"Fn::GetAtt": ["ClusterDisksKey", "Arn"]}, {"Ref": "DiskKeyArn"}]}


@dataclass(frozen=True)
class Site:
    """The parameters of a deployment that the conditions of the template ask for."""

    private: bool = False
    ssh: str = ""
    efs: bool = False

    def holds(self, condition: str | None) -> bool:
        prefix_list = self.ssh.startswith("pl-")
        return {
            None: True,
            "SubnetsArePrivate": self.private,
            "SshFromPrefixList": prefix_list,
            "SshFromRange": bool(self.ssh) and not prefix_list,
            "HasEfsGroup": self.efs,
        }[condition]


SITES = [Site(*chosen) for chosen in product((False, True), ("", "10.0.0.0/8", "pl-0a"), (False, True))]


def group(value: Any) -> str:
    """The group that an expression of the template names, or the parameter that a source comes from."""
    return str(value["Fn::GetAtt"][0] if "Fn::GetAtt" in value else value["Ref"])


def ingress(packaged: Packaged, site: Site) -> dict[tuple[str, str], set[tuple[str, int, int]]]:
    """(to, from) -> protocols and ports, of every rule that this site's stack has."""
    rules: dict[tuple[str, str], set[tuple[str, int, int]]] = {}
    for resource in packaged.template["Resources"].values():
        if not site.holds(resource["Condition"] if is_network(resource) and "Condition" in resource else None):
            continue
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress":
            listed = [(group(properties["GroupId"]), properties)]
        elif resource["Type"] == "AWS::EC2::SecurityGroup":
            name = next(name for name, made in packaged.template["Resources"].items() if made is resource)
            listed = [(name, rule) for rule in properties.get("SecurityGroupIngress", [])]
        else:
            continue
        for to, rule in listed:
            sources = [rule[kind] for kind in rule if kind in ("SourceSecurityGroupId", "SourcePrefixListId", "CidrIp")]
            (source,) = sources
            ports = rule["IpProtocol"], rule["FromPort"], rule["ToPort"]
            rules.setdefault((to, group(source)), set()).add(ports)
    return rules


def is_network(resource: dict[str, Any]) -> bool:
    return str(resource["Type"]).startswith("AWS::EC2::")


@pytest.mark.parametrize("site", SITES, ids=str)
def test_the_rules_are_those_that_emr_needs_and_what_the_site_asked_for(packaged: Packaged, site: Site) -> None:
    """EMR's own table, and nothing beside it: whoever is not a node of a cluster, or EMR, meets a closed door."""
    expected = {(to, source): set(EVERYTHING) for to, source in product((MASTER, WORKER), repeat=2)}
    if site.private:
        expected |= {(MASTER, SERVICE): {TO_NODES}, (WORKER, SERVICE): {TO_NODES}, (SERVICE, MASTER): {TO_EMR}}
    if site.ssh:
        expected[MASTER, "SshFrom"] = {SSH}
    if site.efs:
        expected["EfsSecurityGroupId", MASTER] = {NFS}
    assert ingress(packaged, site) == expected


def test_nothing_is_open_to_everybody(packaged: Packaged) -> None:
    """No rule names addresses but those of the parameter, which a deployment checks (deployment/parameters.py)."""
    for name, resource in packaged.template["Resources"].items():
        if is_network(resource):
            properties = resource["Properties"]
            for rule in [properties, *properties.get("SecurityGroupIngress", [])]:
                assert rule.get("CidrIp", {"Ref": "SshFrom"}) == {"Ref": "SshFrom"}, name
                assert "CidrIpv6" not in rule, name


def test_emr_may_use_every_group(packaged: Packaged) -> None:
    groups = packaged.resources("AWS::EC2::SecurityGroup")
    assert set(groups) == {MASTER, WORKER, SERVICE}
    for name, made in groups.items():
        assert TAG in made["Tags"], name
        assert made["VpcId"] == {"Ref": "VpcId"}


def test_emr_s_own_group_lets_out_what_emr_says_to_nodes_only(packaged: Packaged) -> None:
    egress = packaged.resources("AWS::EC2::SecurityGroup")[SERVICE]["SecurityGroupEgress"]
    assert {(group(rule["DestinationSecurityGroupId"]), rule["FromPort"], rule["ToPort"]) for rule in egress} == {
        (MASTER, 8443, 8443),
        (WORKER, 8443, 8443),
    }


def test_vpc_and_subnets_must_be_named(packaged: Packaged) -> None:
    for name in ("VpcId", "EmrSubnetId"):
        assert "Default" not in packaged.template["Parameters"][name]


def test_disks_and_s3_are_encrypted_and_old_metadata_requests_are_refused(packaged: Packaged) -> None:
    (security,) = packaged.resources("AWS::EMR::SecurityConfiguration").values()
    settings = security["SecurityConfiguration"]
    metadata = settings["InstanceMetadataServiceConfiguration"]
    assert metadata == {"MinimumInstanceMetadataServiceVersion": 2, "HttpPutResponseHopLimit": 1}
    encryption = settings["EncryptionConfiguration"]
    assert encryption["EnableAtRestEncryption"] is True
    at_rest = encryption["AtRestEncryptionConfiguration"]
    assert at_rest["S3EncryptionConfiguration"] == {"EncryptionMode": "SSE-S3"}
    assert at_rest["LocalDiskEncryptionConfiguration"] == {
        "EncryptionKeyProviderType": "AwsKms",
        "AwsKmsKey": DISK_KEY,
        "EnableEbsEncryption": True,
    }


def test_people_may_start_sessions_on_machines_that_bear_their_own_address_alone(packaged: Packaged) -> None:
    policy = packaged.resources("AWS::IAM::ManagedPolicy")["ConnectToOwnClusters"]["PolicyDocument"]
    on_machines, documents, own = policy["Statement"]
    assert on_machines["Action"] == "ssm:StartSession"
    assert on_machines["Condition"] == {
        "StringEquals": {
            "ssm:resourceTag/Application": "atmo",
            "ssm:resourceTag/Environment": {"Ref": "Stage"},
            "ssm:resourceTag/Owner": "${aws:PrincipalTag/email}",
        },
        "BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"},
    }
    assert all("document/" in resource["Fn::Sub"] for resource in documents["Resource"])
    assert own["Resource"]["Fn::Sub"].endswith("session/${!aws:userid}-*")


@pytest.mark.parametrize("role", ["EmrServiceRole", "EmrInstanceRole"])
def test_emr_s_roles_may_use_the_disks_key_and_no_other(packaged: Packaged, role: str) -> None:
    statements = [
        statement["Fn::If"][1] if "Fn::If" in statement else statement
        for policy in packaged.resources("AWS::IAM::Role")[role]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    of_key = [statement for statement in statements if "kms:" in str(statement.get("Action"))]
    assert of_key
    assert all(statement["Resource"] == DISK_KEY for statement in of_key)
    grants = [statement for statement in of_key if "kms:CreateGrant" in statement["Action"]]
    assert all(statement["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}} for statement in grants)
