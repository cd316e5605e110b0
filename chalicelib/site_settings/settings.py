"""What admins have decided for the whole site: the values, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.core.limits import LIMITS


@dataclass(frozen=True)
class SiteSettings:
    """How clusters are launched from now on, those of people and those of jobs. What is left out has its default.

    While the site is `frozen` nothing is launched that was not asked for before: slots of jobs are skipped, and clusters
    and runs refused, with `freeze_reason`. What is going goes on, with its retries and the runs that wait for it.

    `spot` is about workers only: masters are on demand. `spot_price` is the most that is paid, in percent of the price on
    demand; `spot_timeout` the minutes after which EMR falls back to on demand. Without `worker_types` the deployment's is
    taken, and without spot the first one. `task_size` is how many of a cluster's workers, at the most, are task nodes,
    which store nothing in HDFS. With `efs` everybody's home directory is kept on that file system. SSH connections to clusters go
    through `bastion`, if there is one. `help_url` is where people of this site get help. `team_mail` gets a copy of
    the mails about what failed, timed out, was late or expired.

    A cluster ends when nobody has used it for `idle_minutes`, unless its own setting differs.

    `cost_tags` are on every cluster beside atmo's own, which they do not replace. `scripts` run on every node once atmo's
    bootstrap is done, in this order: an S3 address and the SHA-256 of the file that is meant, with a blank between.

    Objects that arrive in S3 may start jobs under `arrival_places`, which are addresses such as s3://bucket/incoming/.
    """

    idle_minutes: int = LIMITS.idle.default
    spot: bool = False
    spot_price: int = LIMITS.spot_price.default
    spot_timeout: int = LIMITS.spot_timeout.default
    worker_types: list[str] = field(default_factory=list)
    task_size: int = LIMITS.task_nodes.default
    efs: str | None = None
    bastion: str | None = None
    cost_tags: dict[str, str] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    arrival_places: list[str] = field(default_factory=list)
    help_url: str | None = None
    team_mail: str | None = None
    frozen: bool = False
    freeze_reason: str | None = None
