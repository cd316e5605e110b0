"""Lambda: the one function of ours that another one calls."""

from __future__ import annotations

import json
from datetime import datetime

from chalicelib.aws.clients import answering, patient
from chalicelib.core.config import settings
from chalicelib.core.errors import Unavailable

SWEEP_LASTS = 250
"""Seconds to wait for a sweep, which may take 240."""


def sweep(now: datetime) -> None:
    """Run the sweep to its end, under its own role.

    Raises:
        Unavailable: Lambda did not answer, or the sweep failed.
    """
    event = {
        "version": "0", "id": "operator", "account": "", "region": "", "detail": {}, "detail-type": "Scheduled Event",
        "source": "aws.events", "time": f"{now:%Y-%m-%dT%H:%M:%SZ}", "resources": [],
    }  # fmt: skip
    with answering("run the sweep"):
        name = f"{settings().name_prefix}sweep"
        answer = patient("lambda", SWEEP_LASTS).invoke(FunctionName=name, Payload=json.dumps(event).encode())
    if "FunctionError" in answer:
        raise Unavailable("The sweep ended with an error; see its log.")
