"""One look of the agent at the master of a person's cluster; systemd starts it every minute.

    watch_activity.py s3://bucket/activity/arn:aws:ec2:REGION:ACCOUNT:instance

Every five minutes it stores what it saw under that address and the instance's id: the only object that this machine's role may
write there. atmo decides what comes of it. EMR hears by a file of its own that the machine is used, so that its policy does not end
a cluster on which plain Python runs: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-auto-termination-policy.html
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from activity import reading
from activity.reading import World
from activity.signs import Sign
from activity.state import State, after, is_busy, judge_load, load, report, report_is_due, save


def look(world: World, state: State, now: float) -> State:
    """Everything that can be seen now."""
    state = judge_load(state, reading.load(world, now))
    seen: dict[str, Sign] = {
        "kernels": reading.kernels(world, now),
        "spark": reading.spark(world, now),
        "logins": reading.logins(world, now),
        "load": state.load_sign,
    }
    if reading.has_zeppelin(world):
        seen["zeppelin"] = reading.zeppelin(world, now)
    return after(state, seen, now)


def store(uri: str, body: str) -> None:
    """Raises what boto3 raises: the unit has failed then, and the next minute tries again."""
    import boto3  # not for every look
    from botocore.config import Config

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    config = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 3})
    client = boto3.client("s3", region_name=uri.split(":")[4], config=config)
    client.put_object(Bucket=bucket, Key=key, Body=body.encode(), ContentType="application/json")


def main(prefix: str, world: World, folder: Path, now: float) -> None:
    file, busy = folder / "state.json", folder / "busy"
    state = look(world, load(file), now)
    save(state, file)
    # Only root may touch EMR's file, which the unit does where this one is.
    if is_busy(state, now):
        busy.touch()
    else:
        busy.unlink(missing_ok=True)
    if report_is_due(state, now):
        instance = (world.root / "var/lib/cloud/data/instance-id").read_text().strip()
        store(f"{prefix.rstrip('/')}/{instance}", json.dumps(report(state, now)))
        save(State(state.last, state.signs, state.load, state.load_sign, now), file)


def _world() -> World:
    """A master of EMR, or what stands in for it."""
    root = Path(os.environ.get("ATMO_TEST_ROOT", "/"))
    servers = os.environ.get("ATMO_TEST_SERVERS", "")
    return World(root, f"{servers}/jupyter", f"{servers}/zeppelin", f"{servers}/yarn") if servers else World(root)


if __name__ == "__main__":
    where = _world()
    main(
        sys.argv[1],
        where,
        where.root / "var/lib/atmo-activity",
        float(os.environ.get("ATMO_TEST_NOW", "0")) or time.time(),
    )
