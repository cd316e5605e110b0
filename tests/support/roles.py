"""Roles of functions that may more for a while, as they would with other parameters of the template."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from localaws.cloud import LocalCloud


@contextmanager
def allowed(cloud: LocalCloud, roles: str, action: str, arn: str) -> Iterator[None]:
    """Every role with this word in its name may do this to what has this ARN."""
    iam = cloud.client("iam")
    statement = {"Effect": "Allow", "Action": action, "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    names = [role["RoleName"] for role in iam.list_roles()["Roles"] if roles in role["RoleName"]]
    for name in names:
        iam.put_role_policy(RoleName=name, PolicyName="ForAWhile", PolicyDocument=document)
    cloud.authorization.read_roles()
    yield
    for name in names:
        iam.delete_role_policy(RoleName=name, PolicyName="ForAWhile")
    cloud.authorization.read_roles()
