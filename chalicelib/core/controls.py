"""How pages show the fields of a form. A field is declared once, with its check, and its control beside that:

    retries: Annotated[int, whole_number(LIMITS.retries), Control("Retries", "On a new cluster.")] = 0

What the check knows, such as limits and choices, the control takes from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic.fields import FieldInfo

from chalicelib.core.choices import Choice, options
from chalicelib.core.constraints import of_field
from chalicelib.core.fields import Form

Kind = Literal["text", "textarea", "number", "choices", "select", "file", "url", "datetime-local"]
NO_AUTOFILL = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
"""Attributes of fields whose text is no language's, and nobody's own."""


@dataclass(frozen=True, eq=False)
class Control:
    """What a page says of a field. `optional` fields are marked so, and may be emptied; `attributes` are HTML's; `name` and
    what follows from the check are filled in by `controls`."""

    label: str
    help: str = ""
    kind: Kind = "text"
    unit: str = ""
    optional: bool = False
    options: Sequence[tuple[str, str]] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


def controls(form: type[Form]) -> dict[str, Control]:
    """The controls of the form's fields by name, in their order."""
    return {name: _control(name, declared) for name, declared in form.model_fields.items()}


def _control(name: str, declared: FieldInfo) -> Control:
    control = next(one for one in declared.metadata if isinstance(one, Control))
    checked = of_field(declared)
    html_type = checked.pop("type", control.kind)
    kind = html_type if control.kind == "text" else control.kind
    control = replace(control, name=name, kind=kind, attributes=checked | dict(control.attributes))
    offered = _choice(declared)
    return replace(control, kind="choices", options=options(offered)) if offered else control


def _choice(declared: FieldInfo) -> type[Choice] | None:
    kind = declared.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Choice) else None
