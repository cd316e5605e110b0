"""Secrets of the deployment, by Powertools: kept for five minutes, then fetched anew, so that a rotation arrives."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import BotoCoreError

from chalicelib.errors import Unavailable

KEPT = 300
"""Seconds that a secret is kept by one Lambda."""


def secret(name: str, fresh: bool = False) -> str:
    """The secret of this name: a parameter of SSM when it begins with a slash, a secret of Secrets Manager otherwise.

    Text, or JSON with a field `client_secret`, as rotation functions write it. `fresh` fetches it whatever is kept.

    Raises:
        Unavailable: it cannot be read.
    """
    from aws_lambda_powertools.utilities import parameters
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    try:
        if name.startswith("/"):
            return _plain(parameters.get_parameter(name, decrypt=True, max_age=KEPT, force_fetch=fresh))
        return _plain(parameters.get_secret(name, max_age=KEPT, force_fetch=fresh))
    except (GetParameterError, BotoCoreError) as error:
        raise Unavailable("The portal cannot read a secret of its own. Please tell an administrator.") from error


def _plain(found: Any) -> str:
    text = found.decode() if isinstance(found, bytes) else str(found)
    try:
        fields = json.loads(text) if text.startswith("{") else {}
    except ValueError:
        fields = {}
    return str(fields.get("client_secret", text)) if isinstance(fields, dict) else text
