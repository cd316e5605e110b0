"""The SAM template that Chalice makes from app.py and .chalice/resources.yaml, without the zip."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from botocore.session import Session
from chalice import package
from chalice.awsclient import TypedAWSClient
from chalice.cli.factory import CLIFactory
from chalice.config import Config
from chalice.deploy.deployer import DeploymentPackager
from chalice.package import AppPackager, PackageOptions, create_app_packager

_CHALICE_STAGE = "dev"
"""Chalice's default; which of our own stages is deployed is a parameter of the template."""

ANY_REGION = "us-east-1"
"""Chalice asks for a region even to package; nothing of it is in the template."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _NoPackage:
    """Stands in for Chalice's building of the zip, which takes its Python and its processor from the machine it runs on."""

    def __init__(self, folder: str) -> None:
        self._path = Path(folder) / "deployment.zip"

    def create_deployment_package(self, project_dir: str, python_version: str) -> str:
        with zipfile.ZipFile(self._path, "w"):
            pass
        return str(self._path)


def chalice_config(project: Path) -> Config:
    """Chalice's view of the project, as its command line makes it."""
    return CLIFactory(str(project)).create_config_obj(_CHALICE_STAGE)


def sam_template(project: Path, region: str = ANY_REGION) -> dict[str, Any]:
    """What `chalice package --merge-template .chalice/resources.yaml` writes to sam.yaml."""
    config = chalice_config(project)
    options = PackageOptions(TypedAWSClient(_session(region)))
    merged = str(project / ".chalice" / "resources.yaml")
    packager = create_app_packager(config, options, "cloudformation", "yaml", merged)
    with tempfile.TemporaryDirectory() as folder, _libyaml():
        _skip_zip(packager, folder)
        out = Path(folder) / "out"
        packager.package_app(config, str(out), _CHALICE_STAGE)
        return dict(yaml.load((out / "sam.yaml").read_text(), Loader=_LOADER))  # noqa: S506 - a SafeLoader


@contextmanager
def _libyaml() -> Iterator[None]:
    """Chalice reads and writes YAML by Python alone, which takes longer than all else that it does."""
    fast = ModuleType(yaml.__name__)
    fast.__dict__.update(vars(yaml), SafeLoader=_LOADER, safe_dump=partial(yaml.dump, Dumper=_DUMPER))
    vars(package)["yaml"] = fast
    try:
        yield
    finally:
        vars(package)["yaml"] = yaml


def _session(region: str) -> Session:
    session = Session()
    session.set_config_variable("region", region)
    return session


def _skip_zip(packager: AppPackager, folder: str) -> None:
    for step in packager._resource_builder._build_stage._steps:
        if isinstance(step, DeploymentPackager):
            step._packager = _NoPackage(folder)  # type: ignore[assignment]
