"""docs/asvs.md judges each requirement of ASVS 5.0.0, levels 1 and 2, once, and counts them right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/asvs.md").read_text().partition("## Scans")[0]
SECTIONS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 5.1:1 5.2:3
5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3
9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4
13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4
17.3:2
"""
"""How many requirements of levels 1 and 2 each section has: these are its first ones.
https://github.com/OWASP/ASVS/blob/v5.0.0_release/5.0/docs_en/OWASP_Application_Security_Verification_Standard_5.0.0_en.csv"""
WANTED = [
    f"{section}.{number}"
    for section, count in (each.split(":") for each in SECTIONS.split())
    for number in range(1, int(count) + 1)
]


def judged() -> Iterator[tuple[str, str]]:
    """Each requirement with its state."""
    for which, state in re.findall(r"^\| (\d[^|]*) \| (met|open|n/a) \| [^|]+ \|$", PAGE, re.MULTILINE):
        for part in which.split(", "):
            first, _, last = part.partition(" – ")
            for each in WANTED[WANTED.index(first) : WANTED.index(last or first) + 1]:
                yield each, state


def test_each_requirement_is_judged_once() -> None:
    assert sorted(each for each, _ in judged()) == sorted(WANTED)


def test_its_counts() -> None:
    states = Counter(state for _, state in judged())
    assert f"{states['met']} met, {states['n/a']} n/a, {states['open']} open" in PAGE
    assert f"{len(WANTED)} requirements" in PAGE.replace("\n", " ")
