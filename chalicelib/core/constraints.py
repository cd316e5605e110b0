"""What browsers check of a field before they send it: HTML's attributes, made of the very check that the server makes. They refuse
nothing that the server accepts; what they cannot say, such as that a name is taken, the server says alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic.fields import FieldInfo

from chalicelib.core.fields import Checked, Form
from chalicelib.core.limits import LIMITS

Attributes = dict[str, Any]

BLANK = r"[\s\x85]*"
"""What is taken off the ends of a text before it is checked."""
UNITS = 2
"""HTML's maxlength counts UTF-16, in which a character has up to so many units; the pattern counts characters."""
TYPES = {"date": "date", "date-time": "datetime-local", "uri": "url"}
"""HTML's types of fields, by the format of a text. Its own idea of a mail address is narrower than the server's."""


def of_form(form: type[Form]) -> dict[str, Attributes]:
    """The attributes of the form's fields by name."""
    return {name: of_field(declared) for name, declared in form.model_fields.items()}


def of_field(declared: FieldInfo) -> Attributes:
    """The attributes of one field. A bound that depends on the person is left to the page, which knows the person."""
    needed = {"required": "required"} if declared.is_required() else {}
    check = next(_checks(declared), None)
    return needed | (_of_check(check) if check else {})


def _checks(declared: FieldInfo) -> Iterator[Checked]:
    """The field's checks; that of a field that may be null is in its type."""
    for part in [declared, *get_args(declared.annotation)]:
        metadata = part.metadata if isinstance(part, FieldInfo) else getattr(part, "__metadata__", ())
        yield from (one for one in metadata if isinstance(one, Checked))


def _of_check(check: Checked) -> Attributes:
    schema = check.schema
    if schema.get("type") == "integer" and "minimum" in schema:
        return _of_number(schema)
    if schema.get("type") == "string" and "enum" not in schema:
        return _of_text(schema, check)
    return {}


def _of_number(schema: dict[str, Any]) -> Attributes:
    most = {"max": schema["maximum"]} if "maximum" in schema else {}
    return {"type": "number", "min": schema["minimum"], **most, "step": 1, "inputmode": "numeric"}


def _of_text(schema: dict[str, Any], check: Checked) -> Attributes:
    kind = TYPES.get(schema.get("format", ""))
    if kind == "datetime-local":
        return {"type": kind, "min": f"{LIMITS.year.low}-01-01T00:00", "max": f"{LIMITS.year.high}-12-31T23:59"}
    if kind:
        return {"type": kind} | ({"maxlength": schema["maxLength"]} if "maxLength" in schema else {})
    if "pattern" in schema:
        return _pattern(schema["pattern"].removeprefix("^").removesuffix("$"), check)
    if "maxLength" in schema:
        length = schema["maxLength"]
        return {"maxlength": UNITS * length} | _pattern(rf"[\s\S]{{0,{length}}}", check)
    return {}


def _pattern(pattern: str, check: Checked) -> Attributes:
    """Blanks alone are as good as nothing. Browsers compile it with the flag v, in which a hyphen within a class is escaped. The
    title is what they say of a mismatch."""
    escaped = pattern.replace("-]", r"\-]")
    return {"pattern": f"{BLANK}(?:{escaped})?{BLANK}", "title": check.refusal("\0")}
