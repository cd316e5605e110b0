"""Templates: Jinja with autoescape, one environment a process."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.core import clock, text
from chalicelib.core.limits import LIMITS

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
"""In a checkout beside this package; in Lambda too, through the link in vendor/."""
COMPILED = TEMPLATES.with_name("compiled_templates")
"""In Lambda the same as Python, made with the zip (scripts/package/artifact.py): reading a page's templates anew takes as long as
asking DynamoDB for the first time. A checkout has none."""


@cache
def environment() -> Environment:
    """Jinja as all pages and mails use it: autoescape in HTML, and a name that is not given is an error.

    Jinja is loaded with the first template: most functions send a mail only now and then.
    """
    from jinja2 import Environment, FileSystemLoader, ModuleLoader, StrictUndefined, select_autoescape

    env = Environment(
        loader=ModuleLoader(COMPILED) if COMPILED.exists() else FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # a deployment's templates do not change; asking the file system each time costs a third of a page
    )
    env.globals |= {"limits": LIMITS, "wall_clock": text.wall_clock, "new_submission": new_submission}
    env.filters["rfc3339"] = clock.text
    for name in (
        "plural",
        "megabytes",
        "size",
        "hours",
        "duration",
        "dollars",
        "about_dollars",
        "utc",
        "day",
        "moment_for_people",
        "headline",
    ):
        env.filters[name] = getattr(text, name)
    return env


def new_submission() -> str:
    """The key of a form, by which sending it twice counts once."""
    return secrets.token_urlsafe(12)


def render(template: str, **context: Any) -> str:
    """The template filled in."""
    return environment().get_template(template).render(**context)
