"""What the API's operations are called: in generated clients `list_clusters`, `get_cluster`, `create_job_share`, `run_job`; by the
command-line client `clusters ls`, `clusters show`, `jobs shares-create`, `jobs run`."""

from __future__ import annotations

from collections.abc import Collection

from chalicelib.web.endpoint import Endpoint

_VERBS = {"GET": "get", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}
_COMMANDS = {"POST": "create", "PATCH": "edit", "PUT": "set", "DELETE": "delete"}


def of(endpoint: Endpoint) -> str:
    """The operation's name: a verb and what it is done to."""
    *above, last = names = words(endpoint)
    if endpoint.method != "POST":
        verb = "list" if endpoint.gives and endpoint.gives.is_list else _VERBS[endpoint.method]
        return "_".join([verb, *names])
    if last.endswith("s") or "_" in last:
        return "_".join(["create", *above, last.removesuffix("s")])
    return "_".join([last, *above])


def command(endpoint: Endpoint, readable: Collection[str]) -> str:
    """The operation's group and verb at the command line: `GET /clusters` is `clusters ls`. What adds to a list, reads one of its
    items or takes something away says so. `readable` are the paths that answer to GET; "" for what is no operation on a record."""
    group, *parts = endpoint.path.split("/")[3:]
    if "." in endpoint.path:
        return ""
    is_list = bool(endpoint.gives and endpoint.gives.is_list)
    rest = [part for part in parts if not part.startswith("{")]
    if not rest:
        return f"{group} {_COMMANDS.get(endpoint.method) or ('ls' if is_list else 'show')}"
    above, _, last = endpoint.path.rpartition("/")
    if endpoint.method == "GET":
        suffix = ["show"] if last.startswith("{") and above in readable else []
    else:
        suffix = [_COMMANDS[endpoint.method]] if endpoint.method != "POST" or endpoint.path in readable else []
    return f"{group} {'-'.join([*rest, *suffix])}"


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
