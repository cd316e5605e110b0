"""No role may what its function cannot come to do.

What a function can come to do is computed from the sources: the modules that its entry module imports, at any depth and
also late, the models of tables among them, and the functions of chalicelib/aws that they name.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore import xform_name

from tests.packaging.conftest import ROOT, Packaged
from tests.packaging.test_tables import models
from tests.packaging.test_template import FUNCTIONS, listed
from tests.unit import test_architecture as architecture

ENTRY = "chalicelib.entrypoints"
LOADED_BY_NAME = {"APIHandler": (f"{ENTRY}.portal", f"{ENTRY}.api"), "Operator": (f"{ENTRY}.operator",)}
"""Modules that the entry module loads by their names (chalicelib/entrypoints/addresses.py, operator/registry.py)."""
METHODS = {
    "GetObjectVersion": "get_object",
    "PutObjectVersionTagging": "put_object_tagging",
    "DeleteObjectVersion": "delete_object",
    "InvokeFunction": "invoke",
}
"""Of boto3, where IAM has another name for an action."""
NOT_CALLED = {
    # Without it S3 answers 403 for an object that is missing, and not 404.
    "s3:ListBucket",
}
BY_LAMBDA = ("logs:", "xray:", "sqs:")
"""What Lambda itself does with a function's role."""


def closure(function: str, handler: str) -> set[str]:
    """The modules that a function can come to load."""
    prefixes = LOADED_BY_NAME.get(function, ())
    ahead = [
        handler.rpartition(".")[0],
        *(name for name in architecture.IMPORTS if name.startswith(prefixes or ("-",))),
    ]
    modules: set[str] = set()
    while ahead:
        module = ahead.pop()
        if module not in modules:
            modules.add(module)
            ahead += architecture.IMPORTS.get(module, ())
    return modules


def tree_of(module: str) -> ast.Module:
    path = ROOT / module.replace(".", "/")
    file = path.with_suffix(".py")
    return ast.parse((file if file.exists() else path / "__init__.py").read_text())


def words(node: ast.AST) -> Iterator[str]:
    """Methods that are called, and their names as text: presigned addresses and paginators are made by name."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            yield part.func.attr
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


@cache
def methods_of(module: str) -> dict[str, set[str]]:
    """The words of each function of a module of chalicelib/aws, with those of its module's functions that it calls."""
    functions = {node.name: node for node in tree_of(module).body if isinstance(node, ast.FunctionDef)}
    own = {name: set(words(node)) for name, node in functions.items()}
    calls = {
        name: {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & functions.keys()
        for name, node in functions.items()
    }
    for _ in functions:
        own = {name: own[name].union(*(own[called] for called in calls[name])) for name in own}
    return own


def named_by(module: str) -> set[str]:
    """The words of the functions of chalicelib/aws that a module names."""
    tree, prefix = tree_of(module), "chalicelib.aws"
    modules: dict[str, str] = {}
    functions: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == prefix:
            modules |= {name.asname or name.name: f"{prefix}.{name.name}" for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{prefix}."):
            functions |= {name.asname or name.name: (node.module, name.name) for name in node.names}
    named: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            named |= methods_of(modules[node.value.id]).get(node.attr, set())
        elif isinstance(node, ast.Name) and node.id in functions:
            home, name = functions[node.id]
            named |= methods_of(home).get(name, set())
    return named


def statements(packaged: Packaged, function: str) -> Iterator[dict[str, Any]]:
    for policy in packaged.resources("AWS::IAM::Role")[f"{function}Role"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def tables(packaged: Packaged) -> dict[str, str]:
    """The module of each table's model, by the table's logical id."""
    named = packaged.resources("AWS::DynamoDB::Table").items()
    home = {name: model.__module__ for name, model in models().items()}
    return {name: home[table["TableName"]["Fn::Sub"].removeprefix("atmo-${Stage}-")] for name, table in named}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_no_role_may_what_its_function_cannot_come_to_do(packaged: Packaged, function: str) -> None:
    handler = packaged.resources("AWS::Serverless::Function")[function]["Handler"]
    modules = closure(function, handler)
    called = set().union(*(named_by(module) for module in modules))
    homes, unused = tables(packaged), set()
    for statement in statements(packaged, function):
        for action in listed(statement["Action"]):
            service, _, operation = action.partition(":")
            if service == "dynamodb":
                granted = re.findall(r"(\w+Table)\b", json.dumps(statement["Resource"]))
                unused |= {f"{action} on {table}" for table in granted if homes[table] not in modules}
            elif action not in NOT_CALLED and not action.startswith(BY_LAMBDA):
                method = METHODS.get(operation, xform_name(operation))
                unused |= {action} if method not in called else set()
    assert unused == set()


def test_a_grant_that_nobody_uses_is_noticed() -> None:
    """The events' function neither posts mails nor reads results, so these would be noticed."""
    modules = closure("OnEmrEvent", f"{ENTRY}.events.handler")
    called = set().union(*(named_by(module) for module in modules))
    assert "chalicelib.mail.models" not in modules
    assert "describe_cluster" in called
    assert not called & {"get_object", "send_email", "terminate_job_flows", "send_task_failure"}
