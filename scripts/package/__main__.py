"""python -m scripts.package [FOLDER]: what `make package` runs. Leaves sam.yaml and deployment.zip in the folder (build/).

Chalice makes the template and collects the code; the zip is then trimmed, compiled and packed by `artifact`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from chalicelib.aws.clients import SERVICES
from scripts.package.artifact import rebuild

ROOT = Path(__file__).resolve().parents[2]
ZIP = "deployment.zip"


class UnfitRuntime(Exception):
    """The template asks Lambda for another Python than the one whose byte code the zip would hold."""


def run_chalice(folder: Path) -> None:
    """Have Chalice write sam.yaml and the zip as it collects it."""
    chalice = str(Path(sys.executable).with_name("chalice"))
    options = ["--merge-template", ".chalice/resources.yaml", "--template-format", "yaml"]
    subprocess.run([chalice, "package", *options, str(folder)], cwd=ROOT, check=True)


def check_runtime(template: dict[str, Any]) -> None:
    """Lambda reads the zip's byte code only if its Python has this one's version; otherwise it would compile in silence.

    Raises:
        UnfitRuntime: naming the function whose Runtime is another.
    """
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name, resource in template["Resources"].items():
        runtime = resource.get("Properties", {}).get("Runtime", python)
        if runtime != python:
            raise UnfitRuntime(f"{name} runs on {runtime}, but this is {python}: package with {runtime}.")


def package(folder: Path) -> None:
    """Write the template, the zip and a link to the state machines that the template names.

    Raises:
        UnfitRuntime: see `check_runtime`.
        CalledProcessError: Chalice or the compiler failed, and said why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run_chalice(folder)
    check_runtime(yaml.safe_load((folder / "sam.yaml").read_text()))
    (folder / ZIP).write_bytes(rebuild((folder / ZIP).read_bytes(), SERVICES))
    machines = folder / "statemachines"
    machines.unlink(missing_ok=True)
    machines.symlink_to(ROOT / "statemachines")


def main(arguments: list[str]) -> int:
    try:
        package(Path(arguments[0]) if arguments else ROOT / "build")
    except (UnfitRuntime, subprocess.CalledProcessError) as error:
        print(f"Not packaged. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
