"""Whether Lambda runs as many functions at once as the deployment needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from deployment.place import Place
from deployment.preflight.missing import Missing

NEEDED = 100
"""Executions at once. New accounts have 10, with which a page of several requests already meets refusals."""


def check_functions(place: Place, values: Mapping[str, str]) -> Iterator[Missing]:
    """The quota of executions at once is that of an account in use."""
    limit = place.session.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if limit < NEEDED:
        yield Missing(
            f"Lambda runs at most {limit} functions at once in this account; under load some requests are refused.",
            "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000",
            blocks=False,
        )
