"""findspark, for notebooks that look for Spark by it: here there is nothing to find."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

NOTE = "findspark is not needed here: spark is already defined. You can remove the lines with findspark."


class Finder:
    """The last to be asked, so a findspark that the notebook installs comes first."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> Any:
        return ModuleSpec(name, self) if name == "findspark" else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """The usual module does."""

    def exec_module(self, module: ModuleType) -> None:
        def init(*arguments: Any, **options: Any) -> None:
            print(NOTE)

        def ignored(*arguments: Any, **options: Any) -> None:
            """Packages and jars are configured on the session."""

        vars(module).update(init=init, find=ignored, add_jars=ignored, add_packages=ignored)


def install() -> None:
    sys.meta_path.append(Finder())
