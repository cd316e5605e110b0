"""A step of the embedded EMR's clusters: its configuration, its state, and what it executes."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass
class Step:
    """A step as submitted, and its state."""

    id: str
    config: dict[str, Any]
    created: datetime
    state: str = "PENDING"
    started: datetime | None = None
    ended: datetime | None = None
    failure: dict[str, str] | None = None

    @property
    def on_failure(self) -> str:
        return str(self.config.get("ActionOnFailure", "CONTINUE"))


def command(step: Step) -> list[str]:
    """What command-runner.jar would execute. Other jars do not exist here and so fail."""
    jar = step.config["HadoopJarStep"]
    arguments = [str(argument) for argument in jar.get("Args", [])]
    return arguments if jar["Jar"] == "command-runner.jar" else ["hadoop", "jar", jar["Jar"], *arguments]


def new_id(prefix: str) -> str:
    """An id as EMR's: prefix, hyphen, thirteen capitals and digits."""
    return prefix + "-" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(13))
