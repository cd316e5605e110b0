"""One thing that is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from deployment.place import Place


@dataclass(frozen=True)
class Missing:
    """A sentence that says what is missing, and the command or the page that mends it.

    `blocks` is False where a deployment works without, though not as its people will want it.
    """

    sentence: str
    remedy: str = ""
    blocks: bool = True

    def __str__(self) -> str:
        return f"{self.sentence}\n    {self.remedy}" if self.remedy else self.sentence


class Check(Protocol):
    """Looks at one thing of an account, by calls that change nothing. `values` are the deployment's parameters."""

    def __call__(self, place: Place, values: Mapping[str, str]) -> Iterator[Missing]: ...
