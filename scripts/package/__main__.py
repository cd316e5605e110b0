"""python -m scripts.package [FOLDER] [--for-this-machine]: what `make package` runs. Leaves sam.yaml and deployment.zip in build/.

Chalice makes the template. The zip is for the Python and the processor that the template names; with --for-this-machine it is for
those that run this, so that tests and `make bench` can run what is otherwise the same.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import yaml

from deployment.sam import sam_template
from scripts.package.artifact import archive
from scripts.package.bytecode import NoCompiler
from scripts.package.sources import sources
from scripts.package.target import MixedTargets, Target, target_of, this_machine
from scripts.package.wheels import dependencies

ROOT = Path(__file__).resolve().parents[2]
ZIP = "deployment.zip"


def package(folder: Path, target: Target | None = None) -> None:
    """Write the template, the zip and a link to the state machines that the template names.

    Raises:
        MixedTargets, NoCompiler: see there.
        CalledProcessError: pip or the compiler failed, and said why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    template = sam_template(ROOT)
    (folder / "sam.yaml").write_text(yaml.safe_dump(template, sort_keys=False))
    target = target or target_of(template)
    files = dependencies(ROOT / "requirements.txt", target) | sources(ROOT)
    (folder / ZIP).write_bytes(archive(files, target))
    machines = folder / "statemachines"
    machines.unlink(missing_ok=True)
    machines.symlink_to(ROOT / "statemachines")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.package")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build")
    parser.add_argument("--for-this-machine", action="store_true")
    options = parser.parse_args(arguments)
    try:
        package(options.folder, this_machine() if options.for_this_machine else None)
    except (MixedTargets, NoCompiler, subprocess.CalledProcessError) as error:
        print(f"Not packaged. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
