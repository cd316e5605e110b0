"""What forms are made of. One pydantic model per input serves the HTML form, the API and OpenAPI alike, so every refusal
is a sentence written here or at the field, never pydantic's own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from operator import getitem
from typing import Annotated, Any, NoReturn, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from chalicelib.core.errors import NO_SUCH_FIELD, FieldError, Invalid
from chalicelib.core.limits import LIMITS, Range
from chalicelib.core.text import one_of

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, halves of others, and what turns the direction of the text after it, which makes a text look like
another one. Right-to-left scripts need none of them."""
IDENTIFIER = re.compile(rf"[a-z0-9-]{{1,{LIMITS.name}}}")

EMPTY = {"type": "string", "pattern": "^\\s*$", "description": "The same as leaving it out."}
"""The schema of empty text."""

FormT = TypeVar("FormT", bound="Form")


class Form(BaseModel):
    """An input. Browsers send empty text for what was left out, so empty text counts as left out."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            refuse("Send a JSON object with the fields of this form.")
        return {name: value for name, value in values.items() if not (isinstance(value, str) and not value.strip())}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """What may be left out may be empty text as well, and OpenAPI says so."""
        reference = handler(schema)
        form = handler.resolve_ref_schema(reference)
        for name, field in form.get("properties", {}).items():
            if name not in form.get("required", []):
                form["properties"][name] = _or_empty(field)
        return reference


def _or_empty(field: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in field:
        return field | {"anyOf": [*field["anyOf"], EMPTY]}
    about = {name: field[name] for name in ("title", "default") if name in field}
    rest = {name: value for name, value in field.items() if name not in about}
    return about | {"anyOf": [rest, EMPTY]} if rest else field


def optional(name: str, form: type[Form], base: type[FormT], leave_out: Iterable[str] = ()) -> type[FormT]:
    """A form with the base's fields and this form's others, none of which must be there: for what changes a record."""
    fields: dict[str, Any] = {
        field: (_or_none(declared), None)
        for field, declared in form.model_fields.items()
        if field not in base.model_fields and field not in leave_out
    }
    return create_model(name, __base__=base, __doc__=base.__doc__, **fields)


def _or_none(declared: FieldInfo) -> Any:
    """The field's type with all that is annotated, or None."""
    kind: Any = declared.annotation
    if declared.metadata:
        kind = getitem(Annotated, (kind, *declared.metadata))
    return kind if type(None) in get_args(declared.annotation) else kind | None


def read(form: type[FormT], values: Mapping[str, Any], **context: Any) -> FormT:
    """The form filled with these values. `context` is what validators may need to know, such as the person's limits.

    Raises:
        Invalid: with one sentence for each field that is wrong.
    """
    try:
        return form.model_validate(values, context=context)
    except ValidationError as error:
        raise Invalid([_sentence(one["loc"], one["type"], one["msg"]) for one in error.errors()]) from None


def _sentence(path: tuple[int | str, ...], kind: str, message: str) -> FieldError:
    field = ".".join(str(part) for part in path)
    if kind == "missing":
        return FieldError(field, "This field is required.")
    if kind == "extra_forbidden":
        return FieldError(field, NO_SUCH_FIELD)
    return FieldError(field, message if kind == "refused" else "This value is not of the expected type.")


def refuse(sentence: str) -> NoReturn:
    """Refuse a value from within a validator."""
    raise PydanticCustomError("refused", "{sentence}", {"sentence": sentence})


class Checked:
    """A check that runs before pydantic's own, with what OpenAPI says of the field: `Annotated[int, Checked(...)]`.

    The check gets the raw value and the form's context, and returns the value or refuses it. A schema without a type adds to
    what pydantic says. Where a field may be null, it is `Annotated[int, Checked(...)] | None`.
    """

    def __init__(self, check: Callable[[Any, Mapping[str, Any]], Any], schema: dict[str, Any]) -> None:
        self._check, self.schema = check, schema

    def refusal(self, value: Any) -> str:
        """What the check says of this value, "" if it takes it."""
        try:
            self._check(value, {})
        except PydanticCustomError as error:
            return error.message()
        return ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if type(None) in get_args(source):
            raise TypeError("A check is of the value, not of null: write Annotated[..., Checked(...)] | None")

        def check(value: Any, info: core_schema.ValidationInfo[Any]) -> Any:
            return self._check(value, info.context or {})

        return core_schema.with_info_before_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return self.schema if "type" in self.schema or "anyOf" in self.schema else handler(schema) | self.schema


def whole_number(limits: Range, high_key: str = "") -> Checked:
    """A whole number within limits. With `high_key` the context may raise the upper one for this person."""
    low, high = limits.low, limits.high

    def check(value: Any, context: Mapping[str, Any]) -> int:
        top = context.get(high_key, high)
        number = _whole(value)
        if number is None or not low <= number <= top:
            refuse(f"Choose a whole number of {limits.unit} from {low} to {top}.")
        return number

    return Checked(check, {"type": "integer", "minimum": low} | ({} if high_key else {"maximum": high}))


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,9}\s*", value):
        return int(value)
    return int(value) if isinstance(value, int) or (isinstance(value, float) and value.is_integer()) else None


def text(sentence: str, max_length: int) -> Checked:
    """Text of one to so many characters; the sentence says what is expected, with `{limit:,}` where it names their number."""
    refusal = sentence.format(limit=max_length)

    def check(value: Any, context: Mapping[str, Any]) -> str:
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= max_length or UNPRINTABLE.search(value):
            refuse(refusal)
        return value

    return Checked(check, {"type": "string", "minLength": 1, "maxLength": max_length})


def choice(values: Iterable[str], sentence: str = "") -> Checked:
    """One of a few words: the members of a StrEnum, or plain texts."""
    words = list(values)
    refusal = sentence or f"Choose {one_of(words)}."

    def check(value: Any, context: Mapping[str, Any]) -> str:
        if value not in words:
            refuse(refusal)
        return words[words.index(value)]

    return Checked(check, {"type": "string", "enum": [str(word) for word in words]})


def _identifier(value: Any, context: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or not IDENTIFIER.fullmatch(value.strip()):
        refuse(f"Use 1 to {LIMITS.name} lowercase letters, digits and hyphens, such as daily-active-users.")
    return value.strip()


Identifier = Annotated[str, Checked(_identifier, {"type": "string", "pattern": f"^{IDENTIFIER.pattern}$"})]
