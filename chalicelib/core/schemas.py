"""Records as the API writes them: times in RFC 3339 UTC with `Z`, whole numbers as such. Each is declared once, as a
`Record`, which writes the answer and describes it in the OpenAPI document alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_type_hints

from pynamodb.attributes import Attribute, BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.core import clock
from chalicelib.core.tables import TimeAttribute

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

    It has the attributes `names` of what it is `made_of` (a model or a dataclass), whose types are theirs. What is `said`
    besides is a schema: of an attribute that is narrower than its type tells, or of a field that `of` is given each time.
    """

    def __init__(self, name: str, made_of: type | None = None, /, *names: str, **said: Schema | Record) -> None:
        self.name = name
        self._made_of, self._names, self._said = made_of, names, said
        self._given = set(said) - set(names)
        self._sometimes: set[str] = set()

    def of(self, found: object = None, /, **given: Any) -> dict[str, Any]:
        """The answer for one of them."""
        if not self._given - self._sometimes <= set(given) <= self._given:
            raise TypeError(f"{self.name} is given {sorted(self._given)}, not {sorted(given)}")
        return fields(found, *self._names) | given

    def plus(self, name: str, /, **said: Schema | Record) -> Record:
        """The same with more fields."""
        return Record(name, self._made_of, *self._names, **self._said | said)

    def sometimes(self, name: str, /, **said: Schema | Record) -> Record:
        """The same with more fields that are only there when they have a value."""
        found = self.plus(name, **said)
        found._sometimes = set(said)
        return found

    def schema(self) -> Schema:
        """Every field is always there, null where there is no value, unless the record says so."""
        names = list(dict.fromkeys([*self._names, *self._said]))
        properties = {name: self._said.get(name) or _schema(self._made_of, name) for name in names}
        return {
            "type": "object",
            "required": [one for one in names if one not in self._sometimes],
            "properties": properties,
        }


def listed(of: Record) -> Record:
    """A page of a list, or all of a short one."""
    return Record(f"{of.name}List", items=many(of), next=maybe(TEXT))


def fields(record: Any, *names: str) -> dict[str, Any]:
    """These attributes of a record, ready for JSON."""
    return {name: value(getattr(record, name)) for name in names}


def value(found: Any) -> Any:
    """One value, ready for JSON."""
    if isinstance(found, datetime):
        return clock.text(found)
    if isinstance(found, float) and found.is_integer():
        return int(found)
    return found


def _schema(kind: Any, name: str) -> Schema:
    """The type of an attribute of a model, or of a property or dataclass's field by its annotation."""
    found = getattr(kind, name, None)
    if isinstance(found, Attribute):
        known = _TYPES[type(found)]
        return {**known, "type": [known["type"], "null"]} if found.null else known
    from pydantic import TypeAdapter  # which only the description needs, and no answer

    hint = get_type_hints(found.fget)["return"] if isinstance(found, property) else get_type_hints(kind)[name]
    return TypeAdapter(hint).json_schema()
