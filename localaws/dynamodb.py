"""DynamoDB: moto's way to write its answers, made several times faster."""

from __future__ import annotations

from typing import Any

from moto.core.serialize import ResponseSerializer

from localaws.patching import replace

_SIMPLE = frozenset({"S", "N", "BOOL", "NULL", "SS", "NS"})


def install() -> None:
    """moto asks of each value in an item whether it has each of ten members by each of several names."""

    def plainly(original: Any) -> Any:
        def serialize(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
            if key and shape.name == "AttributeValue" and isinstance(value, dict) and _SIMPLE.issuperset(value):
                serializer._default_serialize(serialized, value, shape, key)
            else:
                original(serializer, serialized, value, shape, key)

        return serialize

    replace(ResponseSerializer, "_serialize_type_structure", plainly)
