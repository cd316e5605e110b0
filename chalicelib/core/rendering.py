"""Templates: Jinja with autoescape, one environment a process."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.core import clock, text
from chalicelib.core.limits import LIMITS

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
"""In a checkout beside this package; in Lambda too, through the link in vendor/."""


@cache
def environment() -> Environment:
    """Jinja as all pages and mails use it: autoescape in HTML, and a name that is not given is an error.

    Jinja is loaded with the first template: most functions send a mail only now and then.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["limits"] = LIMITS
    env.filters["rfc3339"] = clock.text
    env.filters["utc"] = _utc
    env.filters["megabytes"] = text.megabytes
    return env


def render(template: str, **context: Any) -> str:
    """The template filled in."""
    return environment().get_template(template).render(**context)


def _utc(moment: datetime) -> str:
    """A moment as people read it, to the minute: 2026-11-22 09:05 UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
