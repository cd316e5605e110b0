"""Records as the API writes them: times in RFC 3339 UTC with `Z`, whole numbers as such. Each is declared once, as a
`Record`, which writes the answer and describes it in the OpenAPI document alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_type_hints

from pynamodb.attributes import Attribute, BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.core import clock
from chalicelib.core.tables import ChoiceAttribute, TimeAttribute

Schema = dict[str, Any]
"""A JSON schema, in which records may stand for theirs."""

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
TRUTH: Schema = {"type": "boolean"}
AMOUNT: Schema = {
    "type": "string",
    "description": "US dollars or hours as a decimal string, so that nothing is rounded by accident.",
}
TIME: Schema = {"type": "string", "format": "date-time"}
OBJECT: Schema = {"type": "object"}
_TYPES: dict[type, Schema] = {
    UnicodeAttribute: TEXT,
    NumberAttribute: WHOLE,
    BooleanAttribute: TRUTH,
    TimeAttribute: TIME,
}


def one_of(words: Any) -> Schema:
    """One of a few words."""
    return {"type": "string", "enum": [str(word) for word in words]}


def many(of: Schema | Record) -> Schema:
    return {"type": "array", "items": of}


def maybe(of: Schema | Record) -> Schema:
    """This, or null."""
    return {"anyOf": [of, {"type": "null"}]}


class Record:
    """One kind of thing that the API answers with, called `name` in the OpenAPI document.

    It has the attributes `names` of `model` (a table's model or a dataclass) with their types. `schemas` describe the rest:
    attributes that are narrower than their type says, and fields whose values `of` takes each time.
    """

    def __init__(self, name: str, model: type | None = None, /, *names: str, **schemas: Schema | Record) -> None:
        self.name = name
        self._model, self._names, self._schemas = model, names, schemas
        self._computed = set(schemas) - set(names)
        self._optional: set[str] = set()
        self.is_list = False

    def of(self, source: object = None, /, **values: Any) -> dict[str, Any]:
        """The answer for one of them."""
        if not self._computed - self._optional <= set(values) <= self._computed:
            raise TypeError(f"{self.name} takes {sorted(self._computed)}, not {sorted(values)}")
        return fields(source, *self._names) | values

    def plus(self, name: str, /, **schemas: Schema | Record) -> Record:
        """The same with more fields."""
        record = Record(name, self._model, *self._names, **self._schemas | schemas)
        record.is_list = self.is_list
        return record

    def with_optional(self, name: str, /, **schemas: Schema | Record) -> Record:
        """The same with more fields that are only there when they have a value."""
        record = self.plus(name, **schemas)
        record._optional = set(schemas)
        return record

    def is_optional(self, name: str) -> bool:
        """Whether a field is only there when it has a value."""
        return name in self._optional

    def schema(self) -> Schema:
        """Every field is always there, null where there is no value, unless the record says so."""
        names = list(dict.fromkeys([*self._names, *self._schemas]))
        properties = {name: self._schemas.get(name) or _schema(self._model, name) for name in names}
        return {
            "type": "object",
            "required": [one for one in names if one not in self._optional],
            "properties": properties,
        }


def listed(of: Record) -> Record:
    """A page of a list, or all of a short one."""
    page = Record(f"{of.name}List", items=many(of), next=maybe(TEXT))
    page.is_list = True
    return page


SEARCHED = Record("Searched", records=WHOLE, matches=WHOLE, is_complete=TRUTH)


def searchable(of: Record, name: str = "") -> Record:
    """A page of a list that can be searched; with a name of its own where a list of the same things cannot."""
    return listed(of).plus(name or f"{of.name}List", previous=maybe(TEXT), searched=maybe(SEARCHED))


def fields(record: Any, *names: str) -> dict[str, Any]:
    """These attributes of a record, ready for JSON."""
    return {name: value(getattr(record, name)) for name in names}


def value(raw: Any) -> Any:
    """One value, ready for JSON."""
    if isinstance(raw, datetime):
        return clock.text(raw)
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    return raw


def _schema(kind: Any, name: str) -> Schema:
    """The type of an attribute of a model, or of a property or dataclass's field by its annotation."""
    attribute = getattr(kind, name, None)
    if isinstance(attribute, ChoiceAttribute):
        return one_of(attribute.choices)
    if isinstance(attribute, Attribute):
        known = _TYPES[type(attribute)]
        return {**known, "type": [known["type"], "null"]} if attribute.null else known
    from pydantic import TypeAdapter  # which only the description needs, and no answer

    hint = get_type_hints(attribute.fget)["return"] if isinstance(attribute, property) else get_type_hints(kind)[name]
    return TypeAdapter(hint).json_schema()
