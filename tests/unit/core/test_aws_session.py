"""DynamoDB's answers are read as botocore itself reads them."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.parsers import create_parser
from pynamodb.constants import BINARY, BINARY_SET
from pynamodb.models import Model

from chalicelib.core.aws_session import session
from chalicelib.core.tables import TableModel

ITEM = {
    "text": {"S": "é"}, "number": {"N": "1.5"}, "none": {"NULL": True}, "yes": {"BOOL": False}, "words": {"SS": ["a", "b"]},
    "list": {"L": [{"S": "a"}, {"M": {"deep": {"N": "2"}}}]}, "map": {"M": {"a": {"L": []}}}, "empty": {"S": ""},
}  # fmt: skip
COUNTS = {"ConsumedCapacity": {"TableName": "t", "CapacityUnits": 0.5}}
REASONS = {
    "__type": "com.amazonaws.dynamodb#TransactionCanceledException",
    "CancellationReasons": [{"Code": "None", "Item": ITEM}],
}


@pytest.mark.parametrize(
    ("operation", "status", "answer"),
    [
        ("GetItem", 200, {"Item": ITEM, **COUNTS}),
        ("GetItem", 200, {}),
        ("Query", 200, {"Items": [ITEM, {}], "LastEvaluatedKey": {"id": {"S": "a"}}, "Count": 2}),
        ("BatchGetItem", 200, {"Responses": {"t": [ITEM]}, "UnprocessedKeys": {"t": {"Keys": [ITEM]}}}),
        ("UpdateItem", 200, {"Attributes": ITEM}),
        ("TransactWriteItems", 400, REASONS),
        ("PutItem", 400, {"__type": "a#ConditionalCheckFailedException", "message": "no", "Item": ITEM}),
    ],
)
def test_an_answer_is_what_botocore_makes_of_it(operation: str, status: int, answer: dict[str, Any]) -> None:
    shape = session().get_service_model("dynamodb").operation_model(operation).output_shape
    assert shape
    received = {"status_code": status, "headers": {}, "body": json.dumps(answer).encode()}
    ours = session().get_component("response_parser_factory").create_parser("json")
    assert ours.parse(received, shape) == create_parser("json").parse(received, shape)


def subclasses(model: type[Model]) -> list[type[Model]]:
    children = model.__subclasses__()
    return children + [below for child in children for below in subclasses(child)]


def test_no_attribute_is_binary() -> None:
    """Those alone would have to be decoded."""
    root = Path(__file__).parents[3]
    for path in [*root.glob("chalicelib/**/models.py"), *root.glob("chalicelib/core/reserved_names.py")]:
        importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts))
    models = subclasses(TableModel)
    assert len(models) > 10
    kinds = {attribute.attr_type for model in models for attribute in model.get_attributes().values()}
    assert not kinds & {BINARY, BINARY_SET}
