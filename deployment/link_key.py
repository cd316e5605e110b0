"""The key that signs the links of mails: a SecureString of SSM, which CloudFormation cannot make, and which costs nothing.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html: "CloudFormation doesn't
support creating a SecureString parameter type."
"""

from __future__ import annotations

import contextlib
import secrets
from typing import Any

BYTES = 48


def name(stage: str) -> str:
    """What the parameter is called; the template builds the same."""
    return f"/atmo/{stage}/link-key"


def ensure(ssm: Any, stage: str) -> None:
    """Makes the key where there is none."""
    with contextlib.suppress(ssm.exceptions.ParameterAlreadyExists):
        _put(ssm, stage, overwrite=False)


def rotate(ssm: Any, stage: str) -> None:
    """Replaces the key: the links that are out become worthless, and nothing else."""
    _put(ssm, stage, overwrite=True)


def delete(ssm: Any, stage: str) -> None:
    """Deletes the key if there is one."""
    ssm.delete_parameters(Names=[name(stage)])


def _put(ssm: Any, stage: str, overwrite: bool) -> None:
    ssm.put_parameter(
        Name=name(stage),
        Description="Signs the links in atmo's mails.",
        Value=secrets.token_urlsafe(BYTES),
        Type="SecureString",
        Overwrite=overwrite,
    )
