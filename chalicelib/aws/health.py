"""Whether the services that the portal cannot do without answer: each is asked once, for a second at most.

SES is none of them, as mails wait in the outbox; neither is EMR, whose calls are few and needed elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.clients import asking_once
from chalicelib.core.config import Settings
from chalicelib.core.errors import Unavailable

SECONDS = 1


def checks(settings: Settings) -> dict[str, Callable[[], object]]:
    """By the service's name what asks it, and raises Unavailable when it does not answer well. The clients are made here."""
    s3, step_functions = asking_once("s3", seconds=SECONDS), asking_once("stepfunctions", seconds=SECONDS)
    arn = settings.cluster_machine_arn
    return {
        "s3": lambda: _ask(lambda: s3.head_bucket(Bucket=settings.notebooks_bucket)),
        "stepfunctions": lambda: _ask(lambda: step_functions.describe_state_machine(stateMachineArn=arn)),
    }


def _ask(call: Callable[[], object]) -> None:
    try:
        call()
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(str(error)) from error
