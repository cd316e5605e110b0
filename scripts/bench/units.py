"""DynamoDB's units, by the sizes of items.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

READ_BYTES, WRITE_BYTES = 4096, 1024
OF_A_COLLECTION = 3
"""Bytes that a list or a map takes beside its elements, each of which takes one more."""


def size(item: Mapping[str, Any]) -> int:
    """Bytes of an item as the API has it, e.g. `{"id": {"S": "c-1"}}`: its names and values in UTF-8."""
    return sum(len(name.encode()) + _size_of(value) for name, value in item.items())


def _size_of(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "M":
        return OF_A_COLLECTION + len(content) + size(content)
    if kind == "L":
        return OF_A_COLLECTION + len(content) + sum(map(_size_of, content))
    if kind in ("SS", "NS", "BS"):
        return sum(_size_of({kind[0]: one}) for one in content)
    if kind == "N":
        return len(content.strip("-").replace(".", "")) // 2 + 2
    return len(content.encode()) if kind == "S" else len(content) if kind == "B" else 1


def reads(sizes: int, consistent: bool) -> Decimal:
    """Units of reading so many bytes at once; at least one, or half of one where the read may be a moment old."""
    return Decimal(max(1, -(-sizes // READ_BYTES))) / (1 if consistent else 2)


def writes(sizes: int) -> Decimal:
    """Units of writing an item of so many bytes; one at least."""
    return Decimal(max(1, -(-sizes // WRITE_BYTES)))
