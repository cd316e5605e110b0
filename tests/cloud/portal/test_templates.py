"""Templates: each compiles, each that code names exists, each of ours is shown by some page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from chalicelib.core import rendering
from chalicelib.costs.receipts import Cost
from chalicelib.web import static
from tests.support.http import Api, reaches
from tests.support.visitor import Visitor

ROOT = Path(__file__).resolve().parents[3]
NAMES = sorted(str(path.relative_to(rendering.TEMPLATES)) for path in rendering.TEMPLATES.rglob("*.*"))
CODE = "\n".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
MOMENT = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(name: str) -> None:
    rendering.environment().get_template(name)


def test_what_code_names_exists() -> None:
    pages = set(re.findall(r'"([a-z_]+/[a-z_/]+\.html)"', CODE))
    mails = re.findall(r'outbox\.post(?:_with_copy)?\(\s*(?:f"[^"]+"|occasion),\s*"([a-z_]+)"', CODE)
    assert len(pages) > 10
    assert sorted(mails) == sorted(
        folder.name for folder in (rendering.TEMPLATES / "mails").iterdir() if folder.is_dir()
    )
    files = {f"mails/{mail}/{part}" for mail in mails for part in ("subject.txt", "body.txt", "body.html")}
    assert (pages | files) - set(NAMES) == set()


def test_no_template_is_left_over() -> None:
    templates = "\n".join(path.read_text() for path in rendering.TEMPLATES.rglob("*.html"))
    unused = [name for name in NAMES if not name.startswith("mails/") and f'"{name}"' not in CODE + templates]
    assert unused == []


def test_every_page_is_shown(
    signed_in: Callable[..., Visitor],
    visitor: Visitor,
    stranger: Visitor,
    somebody: Api,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: set[str] = set()
    render = rendering.render

    def noted(template: str, **context: object) -> str:
        shown.add(template)
        return render(template, **context)

    monkeypatch.setattr(rendering, "render", noted)
    owner = signed_in(somebody("GET", "/me").body["username"], "admins")
    cluster = somebody.launch()
    reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    key = somebody("GET", "/keys").body["items"][0]
    at, held = f"/clusters/{cluster['id']}", f"/keys/{key['id']}"
    of_cluster = [at, f"{at}/extend", f"{at}/terminate", f"{at}/shares"]
    of_person = ["/", "/clusters/new", "/keys", "/keys/new", held, f"{held}/delete", "/news", "/tokens", "/account"]
    of_admin = [
        "/admin",
        "/admin/stop",
        "/admin/settings",
        "/admin/reconciliation",
        "/admin/announcement",
        "/admin/releases/new",
    ]
    paths = [*of_cluster, *of_person, *of_admin]
    assert {path: owner.get(path).status for path in paths} == dict.fromkeys(paths, 200)
    assert (stranger.get("/").status, visitor.get(at).status) == (200, 404)
    ours = ("admin/", "clusters/", "dashboard/", "errors/", "keys/", "news/", "releases/", "shares/", "site/", "users/")
    named = {name for name in NAMES if name.startswith(ours) and f'"{name}"' in CODE}
    # The way to providers whose sign-out is elsewhere is tested with them, forms of ended sessions in a file of their own.
    assert named - shown == {"users/onward.html", "errors/signed_out.html"}


def test_every_status_has_words() -> None:
    from chalicelib.clusters.models import ClusterStatus
    from chalicelib.runs.models import RunStatus

    text = (
        '{% from "components/status.html" import cluster_status, run_status with context %}'
        "{% for s in cluster %}{{ cluster_status({'status': s}) }}{% endfor %}{% for s in run %}{{ run_status(s) }}{% endfor %}"
    )
    shown = rendering.environment().from_string(text).render(cluster=ClusterStatus, run=RunStatus, icons=static.icons())
    words = re.sub(r"<[^>]+>", "|", shown)
    assert shown.count("<span") == len(ClusterStatus) + len(RunStatus)
    assert not [word for word in (*ClusterStatus, *RunStatus) if re.search(rf"\|{word}\b", words)]


CLUSTER = SimpleNamespace(identifier="keen-noether-1", expires_at=MOMENT, idle_ends_at=MOMENT, efs=None)
RUN = SimpleNamespace(
    job_identifier="flights",
    status="FAILED",
    status_reason="Cell 3 raised <b>ValueError</b>",
    scheduled_at=MOMENT,
    timezone="Europe/Berlin",
    finished_at=MOMENT,
    id="r-1",
    attempt=2,
    attempts=3,
    failures_in_a_row=5,
    diagnosis={
        "side_label": "Your notebook",
        "paragraph": "Cell 3 raised an error: <b>ValueError</b>",
        "next_step": "Mend the cell.",
        "evidence": [{"source": "notebook", "line": "ValueError: <b>no</b>"}],
    },
)
JOB = SimpleNamespace(identifier="flights", end_date=MOMENT, timezone="America/New_York")


@pytest.mark.parametrize(
    ("name", "context", "subject", "says"),
    [
        (
            "cluster_expires",
            {
                "cluster": CLUSTER,
                "minutes": 58,
                "hours": 2,
                "page": "http://portal/clusters/c",
                "extend": "http://portal/links/extend",
                "end": "http://portal/links/end",
            },
            "Your cluster keen-noether-1 ends in 58 minutes",
            ["http://portal/links/extend", "http://portal/links/end", "2026-11-22 09:05 UTC"],
        ),
        (
            "cluster_idle",
            {
                "cluster": CLUSTER,
                "idle": "1 h 45 min",
                "minutes": 15,
                "page": "http://portal/clusters/c",
                "keep": "http://portal/links/keep",
                "end": "http://portal/links/end",
            },
            "Your cluster keen-noether-1 is idle and ends in 15 minutes",
            ["http://portal/links/keep", "http://portal/links/end", "2026-11-22 09:05 UTC", "1 h 45 min"],
        ),
        (
            "run_failed",
            {
                "run": RUN,
                "page": "http://portal/runs/r",
                "paused": False,
                "attempt": "",
                "earlier": [],
                "pause": "http://portal/links/p",
                "description": "Counts <b>flights</b>.",
                "cost": Cost(Decimal("0.4149"), is_final=False),
            },
            "flights failed",
            [
                "It has cost about $0.41.",
                "http://portal/runs/r",
                "http://portal/links/p",
                "Cell 3",
                "Mend the cell.",
                "ValueError: ",
                "due at Sun 22 Nov 2026, 10:05 (Europe/Berlin), 2026-11-22 09:05 UTC",
                "What the job is for",
            ],
        ),
        (
            "run_failed",
            {
                "run": RUN,
                "page": "http://portal/runs/r",
                "paused": True,
                "attempt": "attempt 2 of 3",
                "earlier": [RUN],
                "portal": "",
                "job_page": "http://portal/jobs/j",
                "pause": "",
                "description": "",
                "cost": Cost(None, is_final=False),
            },
            "flights is paused: it failed again (attempt 2 of 3)",
            ["http://portal/jobs/j", "ended at Sun 22 Nov 2026, 10:05", "atmo has paused the job"],
        ),
        (
            "job_before_gone",
            {"job": JOB, "page": "http://portal/jobs/j", "before": "load-events", "why": "was deleted"},
            "flights no longer starts: load-events was deleted",
            ["http://portal/jobs/j", "load-events"],
        ),
        (
            "promise_broken",
            {
                "job": JOB,
                "page": "http://portal/runs/r",
                "description": "Counts <b>flights</b>.",
                "known": "Its run is still going.",
                "promised": "Sun 22 Nov 2026, 09:00",
                "due": "Sun 22 Nov 2026, 06:00",
                "expected": "Sun 22 Nov 2026, 09:20",
                "usual": timedelta(minutes=50),
            },
            "flights is later than promised",
            ["http://portal/runs/r", "09:00", "06:00", "09:20", "50 min", "still going", "What the job is for"],
        ),
        (
            "promise_broken",
            {
                "job": JOB,
                "page": "http://portal/jobs/j?tab=runs",
                "description": "",
                "known": "Its run has not been started.",
                "promised": "Sun 22 Nov 2026, 09:00",
                "due": "Sun 22 Nov 2026, 06:00",
                "expected": "",
                "usual": None,
            },
            "flights is later than promised",
            ["http://portal/jobs/j?tab=runs", "cannot be told", "not been started"],
        ),
        (
            "job_expired",
            {"job": JOB, "page": "http://portal/jobs/j"},
            "flights no longer runs: its end date has passed",
            ["http://portal/jobs/j", "Sun 22 Nov 2026, 04:05 (America/New_York), 2026-11-22 09:05 UTC"],
        ),
    ],
)
def test_mails_say_what_happens_and_where(name: str, context: dict[str, object], subject: str, says: list[str]) -> None:
    written = {
        part: rendering.render(f"mails/{name}/{part}", **context) for part in ("subject.txt", "body.txt", "body.html")
    }
    assert written["subject.txt"].strip() == subject
    for part in ("body.txt", "body.html"):
        assert [word for word in says if word not in written[part]] == []
    assert "<b>" not in written["body.html"]
