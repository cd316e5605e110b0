"""botocore's descriptions of AWS, without what the functions do not call.

Most of a client's making is reading them: EC2's alone describes 700 operations, of which one is called here. What stays is as
botocore's own loader gives it, without its documentation, and neither compressed nor in parts.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

Files = dict[str, bytes]

DATA = "botocore/data/"
OPERATIONS: dict[str, tuple[str, ...]] = {
    # PynamoDB's calls: those that some function's role allows.
    "dynamodb": (
        "BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "TransactWriteItems", "UpdateItem",
    ),
    "ec2": ("DescribeSpotPriceHistory",),
    "emr": (
        "CreatePersistentAppUI", "DescribeCluster", "GetOnClusterAppUIPresignedURL", "GetPersistentAppUIPresignedURL",
        "ListClusters", "ListInstanceFleets", "ListInstanceGroups", "ListInstances", "ListSteps", "TerminateJobFlows",
    ),
    "lambda": ("Invoke",),
    "logs": ("FilterLogEvents",),
    "pricing": ("GetProducts",),
    "s3": (
        "CopyObject", "DeleteObject", "GetObject", "HeadBucket", "HeadObject", "ListObjectsV2", "PutObject",
        "PutObjectTagging",
        "CreateBucket",  # is called by nobody: botocore finds the address of presigned posts by it
    ),
    "secretsmanager": ("GetSecretValue",),
    "sesv2": ("SendEmail",),
    "ssm": ("GetParameter",),
    "stepfunctions": ("DescribeStateMachine", "GetExecutionHistory", "SendTaskSuccess", "StartExecution"),
    "sts": ("AssumeRole",),
}  # fmt: skip
"""What the functions call of each service, which a test compares with the code: another call starts with its name here."""


def trimmed(files: Files) -> Files:
    """The same files, of botocore's data only what these operations need.

    Raises:
        UnknownServiceError, KeyError: botocore has no such service or operation.
    """
    others = {
        name: content for name, content in files.items() if not (_of_service(name) or name == f"{DATA}endpoints.json")
    }
    with tempfile.TemporaryDirectory() as folder:
        for name in files.keys() - others.keys():
            path = Path(folder) / name.removeprefix(DATA)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
        loader = Loader([folder], include_default_search_paths=False)
        return others | {f"{DATA}{name}.json": _json(data) for name, data in _data(loader)}


def _of_service(name: str) -> bool:
    return name.startswith(DATA) and "/" in name.removeprefix(DATA)


def _json(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def _data(loader: Any) -> Iterator[tuple[str, Any]]:
    """What is needed, by its place in botocore's data."""
    prefixes = set()
    for service, operations in OPERATIONS.items():
        place = f"{service}/{loader.determine_latest_version(service, 'service-2')}"
        model = loader.load_service_model(service, "service-2")
        prefixes.add(model["metadata"]["endpointPrefix"])
        yield f"{place}/service-2", description(model, operations)
        yield (
            f"{place}/endpoint-rule-set-1",
            without_documentation(loader.load_service_model(service, "endpoint-rule-set-1")),
        )
        if service in loader.list_available_services("paginators-1"):
            pages = loader.load_service_model(service, "paginators-1")["pagination"]
            yield f"{place}/paginators-1", {"pagination": {name: pages[name] for name in operations if name in pages}}
    yield "endpoints", endpoints(loader.load_data("endpoints"), prefixes)


def description(model: Mapping[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    """A service's description with these operations and the shapes that they are made of."""
    called = {name: model["operations"][name] for name in operations}
    ahead, shapes = list(_shapes_named(called)), {}
    while ahead:
        name = ahead.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            ahead += _shapes_named(shapes[name])
    parts = {"operations": called, "shapes": dict(sorted(shapes.items())), "documentation": ""}
    return {**model, **without_documentation(parts)}  # of the rest botocore reads also the documentation


def _shapes_named(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for inner in part.values():
            yield from _shapes_named(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _shapes_named(inner)


def without_documentation(part: Any) -> Any:
    """The same without its texts; a member of this name is no text."""
    if isinstance(part, Mapping):
        return {
            name: without_documentation(inner)
            for name, inner in part.items()
            if not (name == "documentation" and isinstance(inner, str))
        }
    return [without_documentation(inner) for inner in part] if isinstance(part, list) else part


def endpoints(known: Mapping[str, Any], prefixes: set[str]) -> dict[str, Any]:
    """The list of endpoints with all regions, and of the services those with these prefixes."""
    partitions = [
        {**one, "services": {name: where for name, where in one["services"].items() if name in prefixes}}
        for one in known["partitions"]
    ]
    return {**known, "partitions": partitions}
