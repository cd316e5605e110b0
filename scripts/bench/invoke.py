"""One cold start, as Lambda makes it: python invoke.py HANDLER EVENT [AGAIN], with the unpacked zip as the working folder.

Prints what the whole process cost up to its first answer, as JSON: `cpu_ms` of CPU, `peak_mb` of memory, `modules` loaded and
the `answer`; with AGAIN also `again_ms`, the median CPU of so many further answers to the same event. Imports next to nothing
itself, so that it measures the function and not the measuring.
"""

from __future__ import annotations

import importlib
import json
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Context:
    """What handlers read of Lambda's context."""

    aws_request_id = "00000000-0000-4000-8000-000000000000"
    function_name = "bench"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    memory_limit_in_mb = 512
    log_group_name = log_stream_name = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def peak_mb() -> float:
    """The most memory that this program held since it was started; Linux counts it in kB."""
    with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib is a module more
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def again(handler: Callable[[Any, Any], Any], event: str, times: int) -> float:
    """The median CPU of further answers, in milliseconds."""
    costs = []
    for _ in range(times):
        began = time.process_time()
        handler(json.loads(event), Context())
        costs.append((time.process_time() - began) * 1000)
    return sorted(costs)[times // 2]


def main(handler: str, event: str, times: str = "0") -> None:
    sys.path.insert(0, ".")
    module, _, name = handler.rpartition(".")
    function = getattr(importlib.import_module(module.replace("/", ".")), name)
    answer = function(json.loads(event), Context())
    cost = {"cpu_ms": time.process_time() * 1000, "peak_mb": peak_mb(), "modules": len(sys.modules)}
    if int(times):
        cost["again_ms"] = again(function, event, int(times))
    print("\n" + json.dumps(cost | {"answer": answer}))


main(*sys.argv[1:])
