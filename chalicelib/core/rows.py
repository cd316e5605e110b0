"""Records of which a list read only what its rows show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from pynamodb.models import Model

ModelT = TypeVar("ModelT", bound=Model)


class NotRead(RuntimeError):
    """A row was asked for what the list did not read."""


class _Values(dict[str, Any]):
    """A record's values by attribute, where PynamoDB looks for them."""

    def __init__(self, values: dict[str, Any], attributes: Sequence[str]) -> None:
        super().__init__(values)
        self._attributes = frozenset(attributes)

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self._attributes:
            raise NotRead(f"This row was read without {name}. Add it to what the list reads.")
        return super().get(name, default)


def stored_names(model: type[Model], attributes: Sequence[str] | None) -> list[str] | None:
    """Under which names DynamoDB has these attributes; None for all of them."""
    return [model.get_attributes()[name].attr_name for name in attributes] if attributes else None


def as_rows(records: Iterable[ModelT], attributes: Sequence[str]) -> list[ModelT]:
    """These records, of which only these attributes were read.

    Looking at another one raises NotRead, instead of saying that it has no value. So does saving the record, which would lose
    whatever was not read. An update or `refresh` reads the whole record.
    """
    rows = list(records)
    for record in rows:
        record.attribute_values = _Values(record.attribute_values, attributes)
    return rows
