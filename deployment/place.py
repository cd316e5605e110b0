"""The account and region that a deployment goes to, said before anything happens."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from deployment.stack import DeploymentFailed, Stack

STAGE = re.compile(r"[a-z][a-z0-9-]{0,19}")


@dataclass(frozen=True)
class Place:
    """One deployment's account and region, and the session that reaches them."""

    session: Any
    stage: str
    account: str
    region: str

    @property
    def stack(self) -> Stack:
        return Stack(self.session.client("cloudformation"), f"atmo-{self.stage}")

    @property
    def artifacts(self) -> str:
        """The name of the bucket that deployments upload to."""
        return f"atmo-artifacts-{self.account}-{self.region}"

    @property
    def known(self) -> dict[str, str]:
        """Pseudo parameters of CloudFormation's that do not depend on the stack."""
        return {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": self.session.get_partition_for_region(self.region),
        }

    def __str__(self) -> str:
        return f"atmo-{self.stage} in account {self.account}, {self.region}"


def place_of(session: Any, stage: str) -> Place:
    """Where this session's credentials and configuration lead.

    Raises:
        DeploymentFailed: the stage's name does not do, or no region is configured.
        ClientError, BotoCoreError: AWS does not accept the credentials, or there are none.
    """
    if not STAGE.fullmatch(stage):
        raise DeploymentFailed(f"A stage is named with at most 20 small letters, digits and hyphens; {stage!r} is not.")
    if not session.region_name:
        raise DeploymentFailed(
            "No region is configured. Set one for your profile (aws configure set region eu-central-1) or for this "
            "command (AWS_DEFAULT_REGION=eu-central-1)."
        )
    account = session.client("sts").get_caller_identity()["Account"]
    return Place(session, stage, account, session.region_name)


def confirm(stage: str, environment: Mapping[str, str], ask: Callable[[str], str]) -> None:
    """Goes on only where the stage's name is said: by CONFIRM in advance, or when asked.

    Raises:
        DeploymentFailed: something else was said.
    """
    said = environment.get("CONFIRM") or ask(f"Type {stage} to go on: ").strip()
    if said != stage:
        raise DeploymentFailed("It was not confirmed; nothing was changed.")
