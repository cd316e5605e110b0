"""Secrets of the deployment, fetched again every five minutes, so that a rotation takes effect."""

from __future__ import annotations

import json
import time
from functools import lru_cache

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.clients import client
from chalicelib.core.errors import Unavailable

MAX_AGE = 300
"""Seconds for which one Lambda goes on using a secret."""


def secret(name: str, fresh: bool = False) -> str:
    """The secret of this name: a parameter of SSM when it begins with a slash, a secret of Secrets Manager otherwise.

    Text, or JSON with a field `client_secret`, as rotation functions write it. `fresh` fetches it whatever is at hand.

    Raises:
        Unavailable: it cannot be read.
    """
    if fresh:
        _fetch.cache_clear()
    try:
        return _plain(_fetch(name, int(time.monotonic() // MAX_AGE)))
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("The portal cannot read one of its own secrets. Please tell an administrator.") from error


@lru_cache(maxsize=8)
def _fetch(name: str, period: int) -> str:
    """The secret as it is stored; `period` counts the five-minute periods, so that each fetches it again."""
    if name.startswith("/"):
        return str(client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    answer = client("secretsmanager").get_secret_value(SecretId=name)
    return str(answer.get("SecretString") or answer["SecretBinary"].decode())


def _plain(text: str) -> str:
    try:
        fields = json.loads(text) if text.startswith("{") else {}
    except ValueError:
        fields = {}
    return str(fields.get("client_secret", text)) if isinstance(fields, dict) else text
