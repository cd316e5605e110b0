"""What a diagnosis is made of: the symptom that was recognised, and the words for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

Side = Literal["notebook", "data", "aws", "cluster", "atmo", "person"]

SIDES: dict[Side, str] = {
    "notebook": "Your notebook",
    "data": "Your data or permissions",
    "aws": "AWS",
    "cluster": "The cluster's setup",
    "atmo": "atmo",
    "person": "Intended",
}
"""Where the problem lies, for people."""

ANYTHING = {"path": "a path", "module": "a module", "table": "something"}
"""What stands for a group that matched nothing."""

NO_WORDS: Mapping[str, str] = {}
MAX_LINE, MAX_PARAGRAPH, MAX_LINES = 300, 1200, 5
_MAX_SEARCHED = 2000
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_SECRETS = re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s]+|\b(AKIA|ASIA)[A-Z0-9]{16}\b", re.I)


@dataclass(frozen=True)
class Diagnosis:
    """What happened to a run that did not succeed, in words for the person who owns it.

    `kind` and `side` are for programs, `summary` is a short sentence for lists, `paragraph` tells what happened, `next_step`
    what to do. `evidence` are the lines that show it, each with where it is from: "notebook", "emr", "step" or "log".
    """

    kind: str
    side: Side
    summary: str
    paragraph: str
    next_step: str
    evidence: tuple[tuple[str, str], ...] = field(default=())

    def record(self) -> dict[str, Any]:
        """As it is kept on the run, given by the API and shown."""
        return {
            "kind": self.kind,
            "side": self.side,
            "side_label": SIDES[self.side],
            "summary": cut(plain(self.summary), MAX_LINE),
            "paragraph": cut(plain(self.paragraph), MAX_PARAGRAPH),
            "next_step": cut(plain(self.next_step), MAX_PARAGRAPH),
            "evidence": [{"source": source, "line": line} for source, line in evidence(self.evidence)],
        }


@dataclass(frozen=True)
class Symptom:
    """Lines that match `expression`, in any case unless `flags` say otherwise, mean this. The words may use the
    expression's groups, `{where}` for the cell, and what depends on whom it is told.

    Groups whose names differ only by a digit are one, as a pattern's branches need names of their own.
    """

    kind: str
    side: Side
    expression: str
    summary: str
    paragraph: str
    next_step: str
    flags: re.RegexFlag = re.IGNORECASE

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first searched for: most functions that start diagnose nothing."""
        return re.compile(self.expression, self.flags)

    def diagnosis(
        self, match: re.Match[str], where: str, lines: Iterable[tuple[str, str]], words: Mapping[str, str] = NO_WORDS
    ) -> Diagnosis:
        groups = {name: cut(plain(text), MAX_LINE) for name, text in named(match)}
        known = {**ANYTHING, **groups, **words, "where": where}
        texts = [sentence(part.format(**known)) for part in (self.summary, self.paragraph, self.next_step)]
        return Diagnosis(self.kind, self.side, texts[0], texts[1], texts[2], tuple(lines))


def named(match: re.Match[str]) -> list[tuple[str, str]]:
    """The groups that matched something, by their names without digits, without quotes around their texts."""
    texts = [(name.rstrip("0123456789"), (text or "").strip("'\"`;,. ")) for name, text in match.groupdict().items()]
    return [(name, text) for name, text in texts if text]


def of_kind(symptoms: Iterable[Symptom], *kinds: str) -> list[Symptom]:
    return [each for each in symptoms if each.kind in kinds]


def symptom(kind: str, side: Side, pattern: str, summary: str, paragraph: str, next_step: str) -> Symptom:
    return Symptom(kind, side, pattern, summary, paragraph, next_step)


class Recognised(NamedTuple):
    """A symptom that a text shows, with the match and the line that show it."""

    symptom: Symptom
    match: re.Match[str]
    line: str


def recognise(symptoms: Sequence[Symptom], text: str) -> Recognised | None:
    """The first symptom of the list that any line of the text shows.

    Of several matches the last that names what it is about, else the last.
    """
    lines = [line for line in (raw[:_MAX_SEARCHED] for raw in text.splitlines()) if line.strip()]
    for each in symptoms:
        matches = [(match, line) for line in lines for match in each.pattern.finditer(line)]
        if matches:
            telling = [pair for pair in matches if any(pair[0].groups())]
            return Recognised(each, *(telling or matches)[-1])
    return None


def evidence(lines: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The lines as they may be shown and mailed: plain, short, without what signs requests, each once, at most five."""
    tidy = [(source, shortened(line)) for source, line in lines]
    return [pair for pair in dict.fromkeys(tidy) if pair[1]][:MAX_LINES]


def shortened(line: str) -> str:
    """A line as evidence has it."""
    return cut(plain(line).strip(), MAX_LINE)


def plain(text: str) -> str:
    """Without terminal colours, line breaks, anything else that does not print, and what gives access to anything."""
    spaced = _COLOURS.sub("", text).replace("\t", " ")
    return _SECRETS.sub(r"\1…", "".join(c if c.isprintable() else " " * (c in "\r\n") for c in spaced))


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
