"""What the API's operations are called in generated clients: `list_clusters`, `get_cluster`, `create_job_share`, `run_job`."""

from __future__ import annotations

from chalicelib.web.endpoint import Endpoint

_VERBS = {"GET": "get", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}


def of(endpoint: Endpoint) -> str:
    """The operation's name: a verb and what it is done to."""
    *above, last = names = words(endpoint)
    if endpoint.method != "POST":
        verb = "list" if endpoint.gives and endpoint.gives.is_list else _VERBS[endpoint.method]
        return "_".join([verb, *names])
    if last.endswith("s") or "_" in last:
        return "_".join(["create", *above, last.removesuffix("s")])
    return "_".join([last, *above])


def words(endpoint: Endpoint) -> list[str]:
    """The words of its path below /api/v1; those that a placeholder follows are singular."""
    parts = endpoint.path.split("/")[3:]
    successors = [*parts[1:], ""]
    return [
        _named(part.removesuffix("s") if after.startswith("{") else part)
        for part, after in zip(parts, successors, strict=True)
        if not part.startswith("{")
    ]


def tag(endpoint: Endpoint) -> str:
    """What it belongs to, such as "clusters"."""
    return _named(endpoint.path.split("/")[3])


def _named(part: str) -> str:
    return part.partition(".")[0].replace("-", "_")
