"""Whether Linux ended processes of this machine for want of memory. https://docs.kernel.org/admin-guide/mm/concepts.html"""

from __future__ import annotations

from pathlib import Path

VMSTAT = Path("/proc/vmstat")


def oom_kills(vmstat: Path = VMSTAT) -> int:
    """How many processes Linux has ended since the machine started because no memory was left; 0 where it does not say."""
    try:
        words = dict(line.split() for line in vmstat.read_text().splitlines())
        return int(words.get("oom_kill", 0))
    except (OSError, ValueError):
        return 0
