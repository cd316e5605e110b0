"""IAM for what functions and state machines do: a call that the role does not allow is refused, as AWS refuses it.

All share this process's credentials, so botocore asks here before it sends anything, by who acts in its thread. A presigned
address is refused when it is made; S3 would refuse whoever uses it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.signers import RequestSigner, S3PostPresigner
from moto.awslambda_simple.models import lambda_simple_backends
from moto.iam.exceptions import NotFoundException as IAMNotFoundException
from moto.iam.models import iam_backends
from moto.stepfunctions.models import stepfunctions_backends

from localaws import running
from localaws.iam import policies_of_role
from localaws.needs import ANYTHING, Account, Need, Tags, needs
from localaws.patching import replace
from localaws.policies import Policy, allowed_by, is_allowed, matches

Grant = tuple[str, str, str]


class Ledger:
    """What the roles of all clouds of this process allow, as (principal, action, pattern of ARNs), and what was done of it."""

    def __init__(self) -> None:
        self.granted: set[Grant] = set()
        self._done: set[Grant] = set()

    def allow(self, principal: str, policies: Iterable[Policy]) -> None:
        """Note what these policies allow the function or state machine."""
        self.granted.update(
            (_named(principal), action, _anywhere(resource)) for action, resource in allowed_by(policies)
        )

    def do(self, principal: str, need: Need) -> None:
        """Note what it did."""
        self._done.add((_named(principal), need.action, _anywhere(need.resource)))

    def unused(self) -> set[Grant]:
        """What is allowed and was never done."""
        return {grant for grant in self.granted if not any(_is_of(grant, done) for done in self._done)}


LEDGER = Ledger()
MADE_UP = re.compile(r"(?<=Role)-[A-Z0-9]{12}$")
EVERYTHING: Policy = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Authorization:
    """The roles of functions and state machines, as deployed. `refused` keeps the last calls that were, in words, newest last."""

    def __init__(self, account: str, region: str, tags: Tags) -> None:
        self._account = Account(account, region)
        self._tags = tags
        self.refused: deque[str] = deque(maxlen=100)
        self._policies = cache(self._read_policies)
        self._decide = cache(self._evaluate)

    def install(self) -> None:
        """Ask before each call and each presigned address. A later cloud takes this one's place."""
        replace(BaseClient, "_make_api_call", self._before_call)
        replace(RequestSigner, "generate_presigned_url", self._before_address)
        replace(S3PostPresigner, "generate_presigned_post", self._before_form)

    def read_roles(self) -> None:
        """Take the roles of all functions and state machines as they are now."""
        self._policies.cache_clear()
        self._decide.cache_clear()
        names = [made.function_name for made in self._of_region(lambda_simple_backends).list_functions()]
        roles = [made.roleArn for made in self._of_region(stepfunctions_backends).state_machines]
        for principal in names + roles:
            LEDGER.allow(principal, self._policies(principal))

    def check(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Refuse what the role of the function or state machine that acts here does not allow. Others may everything.

        Raises:
            ClientError: AccessDeniedException, as AWS says it.
        """
        if not (principal := running.principal()):
            return
        for need in needs(self._account, service, operation, params, self._tags):
            if not self._decide(principal, need):
                words = f"{principal} is not authorized to perform {need.action} on {need.resource}"
                self.refused.append(words)
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": words}}, operation)
            LEDGER.do(principal, need)

    def _of_region(self, backends: Any) -> Any:
        return backends[self._account.id][self._account.region]

    def _evaluate(self, principal: str, need: Need) -> bool:
        own = self._policies(principal)
        if need.resource == ANYTHING:
            return any(matches(action, need.action) for action, _ in allowed_by(own))
        return is_allowed(need.action, need.resource, dict(need.context), own)

    def _read_policies(self, principal: str) -> list[Policy]:
        """A role that nobody made allows everything: machines of tests name such."""
        arn = principal
        if not principal.startswith("arn:"):
            arn = self._of_region(lambda_simple_backends).get_function(principal).role
        try:
            role = iam_backends[self._account.id]["aws"].get_role_by_arn(arn)
        except IAMNotFoundException:
            return [EVERYTHING]
        return list(policies_of_role(role))

    def _before_call(self, original: Any) -> Any:
        def call(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:
            self.check(client.meta.service_model.signing_name, operation, params)
            return original(client, operation, params)

        return call

    def _before_address(self, original: Any) -> Any:
        def address(signer: Any, request_dict: Any, operation_name: str, *args: Any, **options: Any) -> Any:
            params = request_dict.get("context", {}).get("s3_redirect", {}).get("params")
            if params:
                self.check("s3", operation_name, params)
            return original(signer, request_dict, operation_name, *args, **options)

        return address

    def _before_form(self, original: Any) -> Any:
        def form(presigner: Any, request_dict: Any, *args: Any, **options: Any) -> Any:
            self.check("s3", "PutObject", dict(_fields(options["conditions"])))
            return original(presigner, request_dict, *args, **options)

        return form


def _named(principal: str) -> str:
    """A function's name, or that of a machine's role."""
    return _anywhere(principal).rpartition("/")[2]


def _anywhere(arn: str) -> str:
    """The same in each cloud: CloudFormation ends the names of roles with letters of its own."""
    return MADE_UP.sub("", arn)


def _is_of(grant: Grant, done: Grant) -> bool:
    return grant[:2] == done[:2] and (done[2] == ANYTHING or matches(grant[2], done[2]))


def _fields(conditions: list[Any]) -> Iterator[tuple[str, str]]:
    """Bucket and key as the conditions of a form bind them."""
    for condition in conditions:
        if isinstance(condition, dict):
            yield from ((name.capitalize(), value) for name, value in condition.items() if name in ("bucket", "key"))
        elif condition[0] == "starts-with" and condition[1] == "$key":
            yield "Key", f"{condition[2]}*"
