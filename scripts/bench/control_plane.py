"""What pages, launches and runs use of AWS's services besides EMR, times published prices: `python -m scripts.bench.control_plane`.

Everything is done on the embedded cloud, through the API and the pages. A function's seconds are this machine's, with what the
embedded AWS takes to answer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

from deployment.idle_bill import lines, total
from deployment.sam import sam_template
from localaws.cloud import PROJECT, LocalCloud
from scripts.bench.functions import Person
from scripts.bench.meter import PRICES, Meter, Used, dollars

ASKS_AN_HOUR = 3600 / Decimal("1.5")
"""How often an open page asks whether something has changed (templates/components/live.html)."""
A_RECORD = 2000
"""Bytes of the API's answer, at most."""
UNITS = (
    "invocations",
    "gb_seconds",
    "reads",
    "writes",
    "transitions",
    "s3_writes",
    "s3_reads",
    "mails",
    "metric_hours",
)


class Bench:
    """Does things, and measurements each."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._states = cloud.client("stepfunctions")
        self._person = Person(cloud, "alice")
        self._cookie = self._person.cookie()
        self._job = self._person.job()
        self._key = self._person.key()

    def measurements(self) -> Iterator[tuple[str, Used]]:
        """What is done, and what was used for it; from a cluster's launch to its end, and from *Run now* to the run's end."""
        yield "a cluster, launched and ended by its owner", self.life("cluster", self._launch, self._end)
        yield "a run that succeeds", self.life("job-run", self._run)
        for name, path in {"the dashboard": "/", "a job's page": f"/jobs/{self._job}"}.items():
            yield name, self.page(path)
        an_hour = {unit: amount * ASKS_AN_HOUR for unit, amount in self.page("/", self._stamp("/")).items()}
        yield "an hour of an open dashboard", an_hour | {"metric_hours": Decimal(0)}

    def page(self, path: str, stamp: str = "") -> Used:
        """Somebody opens a page, or has it open, with this stamp."""
        meter = Meter(self._cloud)
        with meter.metered():
            began = time.monotonic()
            answer, body = self._get(path, stamp)
            meter.request(time.monotonic() - began, len(body))
        if answer.status != (304 if stamp else 200):
            raise SystemExit(f"{path} answered {answer.status}")
        return meter.total()

    def life(self, machine: str, begin: Callable[[], str], end: Callable[[str], object] = str) -> Used:
        """From the request that makes a record, over the one that ends it, to the end of its execution."""
        meter = Meter(self._cloud)
        with meter.metered():
            began = time.monotonic()
            record = begin()
            meter.request(time.monotonic() - began, A_RECORD)
            arn = f"arn:aws:states:{self._cloud.region}:{self._cloud.account}:execution:atmo-local-{machine}:{record}"
            end(record)
            while self._states.describe_execution(executionArn=arn)["status"] == "RUNNING":
                time.sleep(0.5)
            meter.execution(arn)
        return meter.total()

    def _launch(self) -> str:
        made = self._person.post("/clusters", size=1, lifetime=8, ssh_key=self._key, emr_release="7.10.0")
        return str(made["id"])

    def _end(self, cluster: str) -> None:
        from chalicelib.clusters.models import Cluster

        while Cluster.get(cluster).status != "WAITING":
            time.sleep(0.5)
        self._person.post(f"/clusters/{cluster}/terminate")

    def _run(self) -> str:
        return str(self._person.post(f"/jobs/{self._job}/run")["id"])

    def _stamp(self, path: str) -> str:
        return str(self._get(path, "none")[0].headers["ETag"])

    def _get(self, path: str, stamp: str) -> tuple[HTTPResponse, bytes]:
        headers = {"Cookie": self._cookie, "Accept-Encoding": "gzip"}
        headers |= {"HX-Request": "true", "If-None-Match": stamp} if stamp else {}
        with closing(HTTPConnection(urlsplit(self._cloud.portal_url).netloc, timeout=30)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer, answer.read()


def table(measurements: Iterator[tuple[str, Used]]) -> Iterator[str]:
    """What each used, and what that costs with and without its metrics, which all that is done in an hour shares."""
    yield f"{'':44}" + "".join(f"{unit:>13}" for unit in UNITS) + f"{'US cents':>10}{'and metrics':>13}"
    for what, used in measurements:
        shared = PRICES["metric_hours"] * used["metric_hours"]
        cells = "".join(f"{float(used.get(unit, 0)):13.1f}" for unit in UNITS)
        yield f"{what:44}{cells}{100 * (dollars(used) - shared):10.4f}{100 * shared:13.4f}"


def main() -> None:
    logging.disable()
    with LocalCloud(ticking=False) as cloud:
        print(*table(Bench(cloud).measurements()), sep="\n")
    print(f"an idle month: {100 * total(list(lines(sam_template(PROJECT)))):.0f} US cents (docs/idle-bill.md)")


if __name__ == "__main__":
    main()
