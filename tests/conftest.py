"""What holds for every layer: how hypothesis looks for examples, and which layers come last."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

pytest_plugins = ["tests.support.fixtures", "tests.support.used_grants"]

# The same examples each time, however busy the machine is: a test that fails now and then is broken. New examples are
# looked for with --hypothesis-profile=explore.
settings.register_profile("atmo", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None)
# A fault that somebody planted need not be explained well: the first example that shows it does.
settings.register_profile(
    "mutants", settings.get_profile("atmo"), phases=[Phase.explicit, Phase.generate], max_examples=25
)
settings.load_profile("atmo")

OWN_AWS = ("emr", "localaws", "packaging", "simulated")
"""Folders of tests that make an AWS of their own. moto keeps one AWS for a whole process, so these come last."""
OWN_CLOUD = ("simulated", "packaging/test_runtime.py", "packaging/test_control_plane_costs.py")
"""Tests that have an embedded cloud to themselves, which ends the session's. They come last of all."""
LONG = (
    "cloud/clusters/test_faults.py",
    "cloud/clusters/test_sweep_faults.py",
    "cloud/jobflows",
    "cloud/dispatch",
    "emr/test_run_notebook.py",
    "emr/test_whole_bootstrap.py",
    "emr/test_zeppelin_notes.py",
    "packaging/test_artifact.py",
    "simulated/test_run_faults.py",
)
"""Files that take minutes, each in one worker: they come first among their like, so that nobody waits for one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything that uses the session's cloud comes before anything that replaces it, or that ends it."""

    def place(item: pytest.Item) -> tuple[int, bool]:
        path = item.path.relative_to(Path(__file__).parent)
        kind = 2 if str(path).startswith(OWN_CLOUD) else int(path.parts[0] in OWN_AWS)
        return kind, not str(path).startswith(LONG)

    items.sort(key=place)
