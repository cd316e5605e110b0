"""Limits are said once, in core/limits.py: no page, script or refusal has a digit of one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.core.limits import LIMITS, Limits, Range

ROOT = Path(__file__).resolve().parents[3]
PAGES = [*sorted((ROOT / "templates").rglob("*.html")), *sorted((ROOT / "templates").rglob("*.txt"))]
SCRIPT = ROOT / "assets/atmo.js"
CODE = sorted((ROOT / "chalicelib").rglob("*.py"))
ATTRIBUTE = re.compile(r"\b(?:min|max|minlength|maxlength)\s*=\s*[\"']?\d")
SENTENCE = re.compile(
    r"\b(?:up to|at most|at the most|more than|within|no longer than|over)\s+\d[\d,.]*\s*(?:[kM]B|[a-z]{4,})"
    r"|\b\d+ to \d[\d,]*\b(?! (?:minutes|years))"
    r"|\b(?:1|one) to \d",
    re.IGNORECASE,
)
"""What says a limit in digits. How many minutes something usually takes is none."""
REFUSAL = re.compile(r"(?:refuse|text|Invalid\.field|Invalid|Conflict|FieldError)\((?:[^()]|\([^()]*\))*\)")
BYTES = re.compile(r"\b\d{6,}\b|\b\d{1,3}(?:_\d{3}){2,}\b")


def where(path: Path, pattern: re.Pattern[str], text: str) -> list[str]:
    return [f"{path.relative_to(ROOT)}: {match[0]}" for match in pattern.finditer(text)]


@pytest.mark.parametrize("pattern", [ATTRIBUTE, SENTENCE], ids=["attributes", "sentences"])
def test_no_page_has_a_digit_of_a_limit(pattern: re.Pattern[str]) -> None:
    assert [one for path in PAGES for one in where(path, pattern, path.read_text())] == []


def test_no_script_has_a_limit() -> None:
    assert where(SCRIPT, BYTES, SCRIPT.read_text()) == []
    assert where(SCRIPT, SENTENCE, SCRIPT.read_text()) == []


def test_no_refusal_has_a_digit_of_a_limit() -> None:
    refusals = [(path, call) for path in CODE for call in REFUSAL.findall(path.read_text())]
    assert len(refusals) > 100
    assert [one for path, call in refusals for one in where(path, SENTENCE, call)] == []


@pytest.mark.parametrize(
    "text",
    [
        'max="24"',
        "min=1",
        "Up to 4 MB.",
        "2 to 24 hours",
        "at most 200 characters",
        "1 to 168.",
        "up to 5,000 characters",
    ],
)
def test_the_search_notices_a_limit(text: str) -> None:
    assert ATTRIBUTE.search(text) or SENTENCE.search(text)


def test_defaults_lie_within_their_limits() -> None:
    ranges = [limit for name in Limits.__annotations__ if isinstance(limit := getattr(LIMITS, name), Range)]
    with_default = [limit for limit in ranges if limit.unit != "AD"]
    assert len(with_default) > 8
    assert [limit for limit in with_default if not limit.low <= limit.default <= limit.high] == []
