"""STS: credentials that last for an hour and can do less than the role that they are of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.clients import answering, client

CHAINED_SECONDS = 3600
"""The longest that credentials last for which a role, here a function's, assumed another one:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining"""


@dataclass(frozen=True)
class Credentials:
    """An access key, its secret and its session's token, and when they end, in UTC."""

    access_key: str
    secret_key: str
    token: str
    expires_at: datetime


def assume(role_arn: str, session_name: str, policy: Mapping[str, Any]) -> Credentials:
    """Credentials of this role that can do what both the role and the policy allow, for an hour.

    Raises:
        Unavailable: STS does not answer.
    """
    text = json.dumps(policy, separators=(",", ":"))
    with answering("give out credentials"):
        answer = client("sts").assume_role(
            RoleArn=role_arn, RoleSessionName=session_name[:64], Policy=text, DurationSeconds=CHAINED_SECONDS
        )["Credentials"]
    return Credentials(
        answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], answer["Expiration"].astimezone(UTC)
    )
