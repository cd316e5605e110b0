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
        assert set(listed(statement["Action"])) <= {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan"}, role
    assert {role for role, statement in about if "dynamodb:PutItem" in listed(statement["Action"])} == WRITERS
