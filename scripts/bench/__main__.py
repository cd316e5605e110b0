"""python -m scripts.bench [ROUNDS]: what a cold start of each function costs, beside bare Chalice. Run by `make bench`.

The zip is unpacked and made read-only, as on Lambda. Bare Chalice lies in a folder of its own, with whole packages as `chalice
package` leaves them, and with byte code as our zip has it. Each function is started in a process of its own and sent one event; AWS
is the embedded cloud, in another process. Functions take turns, so that a busy machine slows all of them alike; each
number is the median of the rounds, each ratio the median of the ratios to the floor of the same round. Then what one more
page costs a process that is warm, and what pages, launches and runs cost of AWS's services (scripts/bench/control_plane.py).
"""

from __future__ import annotations

import compileall
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from py_compile import PycInvalidationMode
from statistics import median
from typing import Any

import yaml

from localaws.cloud import LocalCloud
from scripts.bench import control_plane
from scripts.bench.functions import ROWS, Cold, cold_starts, dashboards, request

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
INVOKE = Path(__file__).with_name("invoke.py")
ROUNDS = 9
AGAIN = 20
"""Further answers of a process that has given its first one."""
FLOOR = Cold("bare Chalice", "Floor", request("/"))
FLOOR_PACKAGES = (
    "chalice", "boto3", "botocore", "dateutil", "jinja2", "jmespath", "markupsafe", "s3transfer", "six", "urllib3",
)  # fmt: skip
Costs = dict[str, list[dict[str, float]]]


@contextmanager
def unpacked(archive: Path) -> Iterator[Path]:
    """A folder that nothing can be written to, with the zip's content in `task` and the floor in `floor`."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(Path(folder) / "task")
        bare_chalice(Path(folder) / "floor")
        subprocess.run(["chmod", "-R", "a-w", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["chmod", "-R", "u+w", folder], check=True)


def bare_chalice(folder: Path) -> None:
    """Put the floor into a folder, and beside it what it imports, from where this process would import it."""
    folder.mkdir()
    shutil.copy(Path(__file__).with_name("floor.py"), folder)
    for name in FLOOR_PACKAGES:
        origin = Path(str(getattr(find_spec(name), "origin", "")))
        if origin.name == "__init__.py":
            shutil.copytree(origin.parent, folder / name)
        else:
            shutil.copy(origin, folder)
    compileall.compile_dir(folder, quiet=1, force=True, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


def handlers() -> dict[str, str]:
    """Each function's handler by its logical id, as the packaged template has it."""
    resources = yaml.safe_load((BUILD / "sam.yaml").read_text())["Resources"]
    return {
        name: made["Properties"]["Handler"] for name, made in resources.items() if "Handler" in made["Properties"]
    } | {"Floor": "floor.app"}


def start(folder: Path, handler: str, event: dict[str, Any], again: int) -> dict[str, float]:
    """What one cold start cost.

    Raises:
        SystemExit: the function failed; the message has its last words.
    """
    # Without -S the development environment's packages would be found too; with -B nothing is compiled for the next round.
    command = [sys.executable, "-S", "-B", str(INVOKE), handler, json.dumps(event), str(again)]
    task = folder / ("floor" if handler.startswith("floor.") else "task")
    done = subprocess.run(command, cwd=task, env=os.environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{handler} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(folder: Path, starts: list[Cold], rounds: int, again: int = 0) -> Costs:
    """The costs of each cold start in every round; the round before the first warms the machine's caches."""
    by_function = handlers()
    costs: Costs = {cold.label: [] for cold in starts}
    for number in range(rounds + 1):
        for cold in starts:
            cost = start(folder, by_function[cold.function], cold.event, again)
            if number:
                costs[cold.label].append(cost)
    return costs


def table(costs: Costs) -> Iterator[str]:
    """The medians, and the medians of the ratios to the floor."""
    yield f"{'first answer of':20}{'CPU ms':>8}{'x floor':>9}{'peak MB':>9}{'x floor':>9}{'modules':>9}"
    floor = costs[FLOOR.label]
    for label, rounds in costs.items():
        cells = [f"{label:20}"]
        for name in ("cpu_ms", "peak_mb"):
            ratio = median(cost[name] / bare[name] for cost, bare in zip(rounds, floor, strict=True))
            cells.append(f"{median(cost[name] for cost in rounds):8.0f}{ratio:9.2f} ")
        yield "".join(cells) + f"{median(cost['modules'] for cost in rounds):8.0f}"


def page_table(costs: Costs) -> Iterator[str]:
    """What one more page costs; the first row is the floor."""
    yield f"{f'dashboard, {ROWS} rows':20}{'CPU ms':>8}{'x floor':>9}"
    floor = next(iter(costs.values()))
    for label, rounds in costs.items():
        ratio = median(cost["again_ms"] / bare["again_ms"] for cost, bare in zip(rounds, floor, strict=True))
        yield f"{label:20}{median(cost['again_ms'] for cost in rounds):8.1f}{ratio:9.2f}"


def sizes(archive: Path) -> str:
    with zipfile.ZipFile(archive) as opened:
        content = sum(entry.file_size for entry in opened.infolist())
    return f"{archive.name}: {archive.stat().st_size / 1e6:.1f} MB, {content / 1e6:.1f} MB unpacked"


def main(arguments: list[str]) -> None:
    rounds = int(arguments[0]) if arguments else ROUNDS
    archive = BUILD / "deployment.zip"
    logging.disable()
    # Clusters stay in STARTING for the hour: every round meets the same records.
    with LocalCloud(phase_seconds=3600, ticking=False) as cloud, unpacked(archive) as folder:
        costs = measure(folder, [FLOOR, *cold_starts(cloud)], rounds)
        pages = measure(folder, dashboards(cloud), rounds, AGAIN)
    print(*table(costs), "", *page_table(pages), f"\nmedians of {rounds} rounds\n{sizes(archive)}\n", sep="\n")
    control_plane.main()


if __name__ == "__main__":
    main(sys.argv[1:])
