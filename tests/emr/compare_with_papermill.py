"""Other people's notebooks: what the upload says of each, how our runner ends it, and how papermill alone does.

    python -m tests.emr.compare_with_papermill FOLDER...

Prints a Markdown table, one line as soon as a notebook is through, and exits with 1 if one that is accepted runs with papermill
alone but not with us, or is refused only by the cluster. The notebooks' code is executed: use it on repositories you trust.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from moto.server import ThreadedMotoServer

from chalicelib.notebooks import formats
from tests.emr.runs import Cloud, Finished

SECONDS = 90
WIDTH = 100
ERROR = re.compile(r"^[\w.]*(?:Error|Exception|Interrupt|Exit|Kernel\w*)\b.*", re.MULTILINE)


def notebooks(folders: list[str]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(Path(folder).rglob("*.ipynb"))


def by_us(cloud: Cloud, content: bytes) -> tuple[str, Finished]:
    """How the runner ends it, in a word and its reason."""
    cloud.put(content)
    ended = cloud.run("--timeout-seconds", str(SECONDS))
    outcome = ended.outcome
    said = ": ".join(str(outcome[name]) for name in ("error", "message") if outcome.get(name))
    cell = f" in cell {outcome['cell']}" if outcome.get("cell") else ""
    return f"{outcome['status'].lower()}{cell}{f', {said}' if said else ''}", ended


def by_papermill(content: bytes, cloud: Cloud) -> str:
    """How papermill ends it, alone and in the same environment, with the Python kernel whatever the notebook names."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.ipynb"
        source.write_bytes(content)
        command = [
            sys.executable,
            "-m",
            "papermill",
            "--no-progress-bar",
            "-k",
            "python3",
            "-l",
            "python",
            "in.ipynb",
            "out.ipynb",
        ]
        environment = cloud.environment() | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS + 30
            )
        except subprocess.TimeoutExpired:
            return "timed_out"
    errors = ERROR.findall(done.stderr)
    return "succeeded" if done.returncode == 0 else f"failed, {errors[-1] if errors else done.stderr.strip()[-WIDTH:]}"


def table(folders: list[str], cloud: Cloud) -> int:
    """Print it; returns how many notebooks end otherwise than they should."""
    worse = 0
    print("| notebook | upload | our runner | papermill alone | |\n|---|---|---|---|---|")
    for path in notebooks(folders):
        content = path.read_bytes()
        refusal = formats.refuse(path.name, content)
        ours, ended = by_us(cloud, content)
        alone = by_papermill(content, cloud)
        refused_there = "notebook.ipynb" not in ended.files
        is_worse = not refusal and (refused_there or (alone == "succeeded" and not ours.startswith("succeeded")))
        worse += is_worse
        cells = (path.name, refusal or "accepted", ours, alone, "WORSE" if is_worse else "")
        print("| " + " | ".join(" ".join(cell.split())[:WIDTH].replace("|", "/") for cell in cells) + " |", flush=True)
    return worse


def main(folders: list[str]) -> int:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        worse = table(folders, Cloud(f"http://{host}:{port}", Path(folder)))
    server.stop()
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
