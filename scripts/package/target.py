"""What the zip is made for: a Python and a processor, whatever machine it is made on."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GLIBC = 34
"""Python 3.12 and later run on Amazon Linux 2023, whose C library is 2.34.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html and https://docs.aws.amazon.com/linux/al2023/release-notes/
"""
OLDEST_GLIBC = 17
"""The oldest that wheels for 64-bit ARM exist for (manylinux2014)."""
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
"""Lambda's names for processors, and those of wheels."""


class MixedTargets(Exception):
    """The template's functions do not all run on one Python and one kind of processor, but they share one zip."""


@dataclass(frozen=True)
class Target:
    """A version of Python (3.13) and a processor as wheels name it (aarch64)."""

    python: str
    machine: str

    @property
    def platforms(self) -> list[str]:
        """The tags of wheels that run there, the newest first. https://peps.python.org/pep-0600/"""
        return [f"manylinux_2_{minor}_{self.machine}" for minor in range(GLIBC, OLDEST_GLIBC - 1, -1)] + [
            f"manylinux2014_{self.machine}"
        ]

    @property
    def cache_tag(self) -> str:
        """The part of a byte code file's name that says for which Python it is."""
        return "cpython-" + self.python.replace(".", "")


def this_machine() -> Target:
    """The Python and the processor that run this."""
    return Target(f"{sys.version_info.major}.{sys.version_info.minor}", platform.machine())


def target_of(template: Mapping[str, Any]) -> Target:
    """What the functions of a template run on.

    Raises:
        MixedTargets: they do not agree.
    """
    functions = [made["Properties"] for made in template["Resources"].values() if "Runtime" in made["Properties"]]
    targets = {(made["Runtime"], *made.get("Architectures", ["x86_64"])) for made in functions}
    if len(targets) != 1:
        raise MixedTargets(f"The functions share one zip, but run on {sorted(targets)}.")
    runtime, architecture = targets.pop()
    return Target(runtime.removeprefix("python"), MACHINES[architecture])
