"""The documentation names limits in digits and words, for readers; each such place is listed here with where it is decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.core import idempotency
from chalicelib.core.limits import LIMITS
from chalicelib.core.text import megabytes, minutes
from chalicelib.costs.machines import GIB_OF_LARGE, GIB_OF_XLARGE, ROOT_GIB
from chalicelib.dispatch import service as dispatch
from chalicelib.dispatch import serving
from chalicelib.mail.webhooks import rules as webhook_rules
from chalicelib.runs import history, lateness, webhooks
from chalicelib.runs import rules as run_rules
from chalicelib.schedules import slots
from chalicelib.usage_limits.models import UsageLimit
from chalicelib.usage_limits.rules import DEFAULT, GROUPS

DOCS = Path(__file__).parents[2] / "docs"
TIMES = {2: "twice"}
WORDS = {3: "three", 5: "five", 8: "eight", 10: "ten"}

STATED = [
    ("schedules.md", f"`lateness_limit` hours late ({LIMITS.lateness}, {LIMITS.lateness.default} by default)"),
    ("schedules.md", f"fewer than {WORDS[LIMITS.concurrent_runs]} runs in progress"),
    ("schedules.md", f"fewer than {WORDS[LIMITS.queued_runs]} runs waiting"),
    ("schedules.md", f"or {WORDS[LIMITS.queued_runs]} were already running or waiting"),
    ("schedules.md", f"is the slot {minutes(slots.MISSED).replace('10', WORDS[10])} late"),
    ("schedules.md", f"nothing has happened for {minutes(slots.MISSED).replace('10', WORDS[10])}"),
    ("schedules.md", f"no cluster after {minutes(run_rules.START_WITHIN)}"),
    ("schedules.md", f"of up to {slots.MAX_DECISIONS}, {WORDS[serving.MAX_ROUNDS]} for each job per dispatch"),
    ("schedules.md", f"{WORDS[dispatch.MAX_THREADS].capitalize()} jobs are served at a time"),
    ("schedules.md", f"after {dispatch.TIMEOUT:.0f} seconds the rest wait"),
    ("notebooks.md", f"A notebook may have up to {megabytes(LIMITS.notebook_bytes)}"),
    ("notebooks.md", f"Notebooks of up to {megabytes(LIMITS.direct_notebook_bytes)} are sent with the form"),
    ("job-files.md", f"`jobs` holds 1 to {LIMITS.jobs_in_file} jobs"),
    ("job-files.md", f"A file may have up to {megabytes(LIMITS.job_file_bytes)}"),
    ("job-files.md", f"repeated safely for {idempotency.RETENTION.days} days"),
    ("settings.md", f"({LIMITS.spot_price}) | {LIMITS.spot_price.default} |"),
    ("settings.md", f"({LIMITS.spot_timeout}) | {LIMITS.spot_timeout.default} |"),
    ("settings.md", f"up to {LIMITS.instance_types} instance types"),
    *(
        ("limits.md", f"| {DEFAULT[limit]} | {GROUPS['admins'].get(limit, DEFAULT[limit])} |")
        for limit in map(str, UsageLimit)
    ),
    ("costs.md", f"root volume of {ROOT_GIB} GiB"),
    ("costs.md", f"{GIB_OF_LARGE} GiB (`large`) or {GIB_OF_XLARGE} GiB for each `xlarge`"),
    ("webhooks.md", f"{WORDS[webhook_rules.MAX_ATTEMPTS]} times in all"),
    (
        "schedules.md",
        f"at least {TIMES[lateness.FAR]} the median of the job's last {WORDS[history.SUCCESSES]} successful runs",
    ),
    ("schedules.md", f"at least {WORDS[int(lateness.LEAST.total_seconds() / 60)]} minutes longer"),
    ("schedules.md", f"That needs {WORDS[history.FEWEST]} earlier successes."),
    ("webhooks.md", f"the last {WORDS[webhooks.SHOWN]} deliveries"),
]


@pytest.mark.parametrize(("document", "statement"), STATED)
def test_a_documented_limit_is_the_one_in_force(document: str, statement: str) -> None:
    assert statement in " ".join((DOCS / document).read_text().split())
