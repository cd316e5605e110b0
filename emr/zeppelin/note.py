"""A Zeppelin note, in the JSON that Zeppelin 0.8 to 0.11 write (.json; .zpln since 0.9): what it holds and what it needs.

Paragraphs are numbered from 1 in the order of the note, those included that do not run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ipynb import Refused

PYTHON, SQL, MARKDOWN, SHELL = "python", "sql", "md", "sh"
# All Python is one session here, as `%pyspark` and `%spark.ipyspark` are in Zeppelin.
KINDS = {
    **dict.fromkeys(("pyspark", "spark.pyspark", "ipyspark", "spark.ipyspark"), PYTHON),
    **dict.fromkeys(("python", "python.python", "ipython", "python.ipython"), PYTHON),
    **dict.fromkeys(("sql", "spark.sql"), SQL),
    **dict.fromkeys(("md", "md.markdown"), MARKDOWN),
    **dict.fromkeys(("sh", "sh.sh"), SHELL),
}
# `%name`, and perhaps properties of this one paragraph: %spark(pool=pool_1).
HEAD = re.compile(r'\s*%(\w+(?:\.\w+)*)(?:\((?:[^()"\\]|\\.|"[^"]*")*\))?')
# A dynamic form in the text: ${name}, ${name=default}, ${name=default,one|other}, ${checkbox:name=default,...}.
FORM = re.compile(r"\$\{(?:\w+(?:\([^)]*\))?:)?([^}=:]+)(?:=([^},]*)(?:,[^}]*)?)?\}")


@dataclass(frozen=True)
class Paragraph:
    """`interpreter` is what the paragraph names, or the note's default; `source` is its text without that line.

    `title` is empty where the note does not show it.
    """

    number: int
    title: str
    interpreter: str
    named: bool
    text: str
    source: str
    forms: dict[str, Any]
    enabled: bool

    @property
    def kind(self) -> str | None:
        """python, sql, md or sh; None for what only Zeppelin itself can run."""
        return KINDS.get(self.interpreter)

    @property
    def runs(self) -> bool:
        """Zeppelin, too, passes over paragraphs that are disabled or have no code."""
        return self.enabled and bool(self.source)


@dataclass(frozen=True)
class Note:
    """`document` is the note as it was uploaded."""

    document: dict[str, Any]
    paragraphs: tuple[Paragraph, ...]

    def beyond_python(self) -> Paragraph | None:
        """The first paragraph that only Zeppelin itself can run."""
        return next((each for each in self.paragraphs if each.runs and each.kind is None), None)

    def left_after(self, paragraph: Paragraph) -> int:
        """How many of those that run come after this one."""
        return sum(each.runs for each in self.paragraphs[paragraph.number :])


def is_note(document: Any) -> bool:
    """Not what has cells: that is a Jupyter notebook, whatever else it has."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("paragraphs"), list)
        and not isinstance(document.get("cells"), list)
    )


def parse(document: dict[str, Any], parameters: dict[str, Any]) -> Note:
    """The note; `parameters` are the values of its dynamic forms, before those it was saved with. Raises Refused."""
    default = document.get("defaultInterpreterGroup") or "spark"
    shared = _object(document.get("noteParams"))
    paragraphs = []
    for number, entry in enumerate(document["paragraphs"], start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("text") or "", str):
            raise Refused(f"The file is not a valid Zeppelin note: paragraph {number} has no text.")
        forms = shared | _object(_object(entry.get("settings")).get("params")) | parameters
        paragraphs.append(_paragraph(number, entry, str(default), forms))
    return Note(document, tuple(paragraphs))


def _paragraph(number: int, entry: dict[str, Any], default: str, forms: dict[str, Any]) -> Paragraph:
    text = entry.get("text") or ""
    head = HEAD.match(text)
    config = _object(entry.get("config"))
    return Paragraph(
        number=number,
        title=str(entry.get("title") or "") if config.get("title") else "",
        interpreter=head.group(1) if head else default,
        named=head is not None,
        text=text,
        source=(text[head.end() :] if head else text).strip(),
        forms=forms,
        enabled=config.get("enabled") is not False,
    )


def filled(source: str, forms: dict[str, Any]) -> str:
    """The text with its dynamic forms replaced by their values, their defaults, or nothing."""
    return FORM.sub(lambda match: str(forms.get(match.group(1), match.group(2) or "")), source)


def refusal(paragraph: Paragraph) -> str:
    """Why a note with this paragraph cannot run where there is no Zeppelin."""
    what = (
        f"is %{paragraph.interpreter}"
        if paragraph.named
        else f"names no interpreter, so it is %{paragraph.interpreter}"
    )
    scala = " (Scala)" if paragraph.interpreter in ("spark", "spark.spark") else ""
    return (
        f"Paragraph {paragraph.number} {what}{scala}, which needs Zeppelin, and there is no Zeppelin here. "
        "Nothing was run. %pyspark, %sql, %md and %sh run everywhere."
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
