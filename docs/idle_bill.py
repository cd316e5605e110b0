"""Writes docs/idle-bill.md: what a deployment costs while nobody uses it. Run by `make docs`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployment.idle_bill import lines, total  # noqa: E402
from deployment.sam import sam_template  # noqa: E402

HEAD = """# What an idle month costs

Computed from the template by `deployment/idle_bill.py`, with AWS's published prices for us-east-1 and without free tiers but those
of dashboards and traces, which are not for new accounts alone. Tables, buckets, queues, the API and the state machines cost nothing
while they are not used and hold nothing; what they hold is charged by size.

| | US dollars | prices |
|---|---:|---|
"""


def page() -> str:
    """The page as it is to be."""
    bill = list(lines(sam_template(ROOT)))
    rows = "".join(f"| {line.what} | {line.amount:.3f} | [source]({line.source}) |\n" for line in bill)
    return f"{HEAD}{rows}| **together** | **{total(bill):.2f}** | |\n"


if __name__ == "__main__":
    (ROOT / "docs" / "idle-bill.md").write_text(page())
