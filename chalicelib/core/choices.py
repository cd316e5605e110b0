"""Words of which one is chosen: stored and sent as such, and shown to people by their labels."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Self


class Choice(StrEnum):
    """A word, and the label by which people choose it: `ALL = "all", "Run all, one by one"`."""

    label: str

    def __new__(cls, word: str, label: str = "") -> Self:
        member = str.__new__(cls, word)
        member._value_ = word
        member.label = label or word.capitalize()
        return member


def options(choices: Iterable[Choice]) -> list[tuple[str, str]]:
    """What forms offer: (word, label) of each."""
    return [(str(choice), choice.label) for choice in choices]
