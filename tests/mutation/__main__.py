"""Plants small faults in the modules that decide, one at a time, and says which of them the unit tests do not notice.

    python -m tests.mutation [schedules/slots ...]

A fault that no test notices is either a missing test or changes nothing that anybody could see; the latter stand in
survivors.toml, each with the reason. Exit code 1: a module has survivors that nobody judged, or less than 95 % were noticed.
"""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

from tests.mutation.modules import TESTS
from tests.mutation.planting import Verdict, verdicts

JUDGED = tomllib.loads((Path(__file__).parent / "survivors.toml").read_text())
ENOUGH = 0.95


def main(modules: list[str]) -> int:
    """Try these modules, or all; 0 when what is left is judged."""
    wrong = 0
    for module in modules or TESTS:
        results = verdicts(module, TESTS[module], os.cpu_count() or 1)
        wrong += not _report(module, results, JUDGED.get(module, {}))
    return min(wrong, 1)


def _report(module: str, results: list[Verdict], judged: dict[str, str]) -> bool:
    """Print a module's line, and its survivors; whether all is well with it."""
    survivors = {result.change: result for result in results if not result.noticed}
    share = 1 - len(survivors) / len(results)
    print(f"{module:32} {len(results):4} faults {len(results) - len(survivors):4} noticed {share:7.1%}", flush=True)
    new = [result for change, result in survivors.items() if change not in judged]
    for result in new:
        print(f"    line {result.line}: {result.change}")
    for change in judged.keys() - survivors.keys():
        print(f"    survivors.toml has what is noticed or no longer there: {change}")
    return not new and not judged.keys() - survivors.keys() and share >= ENOUGH


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
