"""Code as HTML with a class at every comment, string, number, keyword and builtin. What comes out is safe HTML."""

from __future__ import annotations

import builtins
import keyword
import re
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup, escape

# Strings and comments that never end go up to the end of the line or cell: no character is looked at twice.
_TRIPLE = "|".join(
    rf"{quote * 3}(?:\\.|[^\\{quote}]|{quote}(?!{quote * 2}))*+(?:{quote * 3}|\\?\Z)" for quote in ('"', "'")
)
_SINGLE = "|".join(rf"{quote}(?:\\.|[^{quote}\\\n])*+{quote}?" for quote in ('"', "'"))
_BLOCK = r"/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"
_COLOURED_UP_TO = 20_000
"""Characters of a cell; longer ones are rarely code."""

_SQL = """
all and any as asc between by case cast create cross date desc describe distinct drop else end except exists false from full
group having if in inner insert intersect interval into is join lateral left like limit not null on or order outer over
partition replace right select set show sort table temporary then true union use using values view when where window with
"""
_SHELL = "case do done elif else esac export fi for function if in local return set then until while"
_SCALA = """
abstract case catch class def do else extends false final finally for forSome if implicit import lazy match new null object
override package private protected return sealed super this throw trait true try type val var while with yield
"""


@dataclass(frozen=True)
class Language:
    """How its comments look, which words are its own, and whether SELECT is select."""

    comment: str
    keywords: frozenset[str]
    builtins: frozenset[str] = frozenset()
    any_case: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        kinds = {
            "comment": self.comment,
            "string": rf"""(?:\b[rbfusRBFUS]{{1,2}}(?=["']))?(?:{_TRIPLE}|{_SINGLE})""",
            "number": r"\b\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?\b",
            "magic": r"^[ \t]*[%!][^\n]*",
            "name": r"[^\W\d]\w*",
        }
        return re.compile(
            "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items()), re.MULTILINE | re.DOTALL
        )


_LANGUAGES = {
    "python": Language(
        r"\#[^\n]*",
        frozenset(keyword.kwlist),
        frozenset(name for name in dir(builtins) if not name.startswith("_")),
    ),
    "sql": Language(rf"--[^\n]*|{_BLOCK}", frozenset(_SQL.split()), any_case=True),
    "shell": Language(
        r"(?<![^\s;])\#[^\n]*", frozenset(_SHELL.split()), frozenset({"cd", "echo", "exit", "read", "test"})
    ),
    "scala": Language(rf"//[^\n]*|{_BLOCK}", frozenset(_SCALA.split())),
}


def coloured(source: str, language: str = "python") -> Markup:
    """Source in Python, sql, shell or scala as HTML. Nothing of it is lost."""
    if len(source) > _COLOURED_UP_TO:
        return escape(source)
    parts, end = [], 0
    for token in _LANGUAGES[language].pattern.finditer(source):
        parts.append(str(escape(source[end : token.start()])))
        parts.append(_coloured(token.lastgroup or "", token.group(), _LANGUAGES[language]))
        end = token.end()
    return Markup("".join([*parts, str(escape(source[end:]))]))  # noqa: S704 - every part is escaped


def _coloured(kind: str, text: str, language: Language) -> str:
    if kind == "name":
        word = text.lower() if language.any_case else text
        kind = "keyword" if word in language.keywords else "builtin" if word in language.builtins else ""
    return f'<span class="code-{kind}">{escape(text)}</span>' if kind else str(escape(text))


def marked(kind: str, text: str) -> Markup:
    return Markup('<span class="code-{}">{}</span>').format(kind, text)
