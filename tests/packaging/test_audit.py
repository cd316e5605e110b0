"""The audit trail is only ever added to."""

from __future__ import annotations

import json

from tests.packaging.conftest import Packaged
from tests.packaging.test_template import listed, policies

WRITERS = {"APIHandlerRole", "DispatchRole", "SweepRole", "ClusterTaskRole", "RunTaskRole", "OperatorRole"}


def test_no_function_may_change_or_delete_an_entry(packaged: Packaged) -> None:
    about = [
        (role, statement) for role, statement in policies(packaged) if "AuditTable" in json.dumps(statement["Resource"])
    ]
    for role, statement in about:
        (action,) = listed(statement["Action"])
        assert action in ("dynamodb:PutItem", "dynamodb:Query"), role
    assert {role for role, statement in about if statement["Action"] == "dynamodb:PutItem"} == WRITERS
