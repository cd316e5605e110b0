"""What the notebook's process finds in its environment, and how long it may run."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import environment
import pytest
import run_notebook

from tests.emr.runs import ROOT, Cloud, notebook_of

OF_JUPYTER = re.compile(
    r"JPY_\w+|MPLBACKEND|PYDEVD_\w+|IPYTHONDIR|FORCE_COLOR|CLICOLOR\w*|PAGER|GIT_PAGER|TERM|COLUMNS|LINES"
)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_only_documented_variables_reach_the_notebook(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.put(notebook_of("import json, os\nprint(json.dumps(sorted(os.environ)))"))
    own = {
        **cloud.environment(),
        "SESSION_SECRET": "s",
        "ATMO_ZEPPELIN_URL": "http://x",
        "ATMO_SLOT": "",
        "LC_ALL": "C.UTF-8",
    }
    monkeypatch.setattr(cloud, "environment", lambda: own)
    names = set(json.loads(cloud.run().outputs()))
    assert {"ATMO_OUTPUT_DIR", "ATMO_SLOT", "LC_ALL", "PATH", "AWS_DEFAULT_REGION"} <= names
    documented = environment.OF_THE_RUN | environment.OF_THE_MACHINE
    others = {name for name in names - documented if not name.startswith(environment.PREFIXES)}
    assert {name for name in others if not OF_JUPYTER.fullmatch(name)} == set()


def test_pip_and_python_of_shell_commands_are_those_of_the_notebook(cloud: Cloud) -> None:
    cloud.put(
        notebook_of("import os, shutil, sys\nos.path.dirname(shutil.which('pip')) == os.path.dirname(sys.executable)")
    )
    assert cloud.run().outputs() == "True"


def test_the_documentation_names_each_of_them() -> None:
    text = (ROOT / "docs" / "notebooks.md").read_text()
    for name in environment.OF_THE_RUN:
        assert f"`{name}`" in text
    for prefix in environment.PREFIXES:
        assert f"`{prefix}" in text


@pytest.mark.parametrize(
    ("timeout", "until_deadline", "seconds"),
    [
        (3600, None, 3600),
        (3600, 3600, 3300),
        (3600, 3600 + 900, 3600),
        (86_400, 86_400 - 600, 86_400 - 900),
        (10, 10, 9),
        (3600, 100, -200),
    ],
)
def test_the_notebook_stops_before_its_cluster_is_ended(
    timeout: float, until_deadline: float | None, seconds: float
) -> None:
    deadline = NOW + timedelta(seconds=until_deadline) if until_deadline else None
    assert run_notebook.seconds_left(timeout, deadline, NOW) == seconds
