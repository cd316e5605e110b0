"""What a deployment finds out about the account that it goes to, as values of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNRESERVED = 100
"""Executions that Lambda keeps for functions without a reservation.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""
RESERVED = 13
"""What the template reserves for dispatch, the sweep and EMR's events together."""


def parameters(session: Any, before: Mapping[str, str]) -> dict[str, str]:
    """Values that follow from the account, for a stack with these values so far.

    What the stack made for the account it goes on declaring, or an update would take it away.
    """
    role = session.client("apigateway").get_account().get("cloudwatchRoleArn")
    made_here = before.get("ApiLogsRole") == "make"
    limits = session.client("lambda").get_account_settings()["AccountLimit"]
    room = limits["UnreservedConcurrentExecutions"] - UNRESERVED
    reserves = before.get("ReserveConcurrency") == "yes" or room >= RESERVED
    return {
        "ApiLogsRole": "make" if made_here or not role else "exists",
        "ReserveConcurrency": "yes" if reserves else "no",
    }
