"""Every call that goes to AWS by botocore, seen on its way and perhaps answered otherwise."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.client import BaseClient

CALL = "_make_api_call"
"""The method that every operation of every client goes through, which botocore does not promise."""

Really = Callable[[], Any]


@dataclass(frozen=True)
class Call:
    """A call: the service by the name it is signed with, the operation, and what it was given."""

    service: str
    operation: str
    params: dict[str, Any]


@contextmanager
def tapped(answer: Callable[[Call, Really], Any], this_thread: bool = False) -> Iterator[None]:
    """Calls are answered by `answer(call, really)`, which may call `really` once, more often or never, or raise.

    With `this_thread` only those that the thread makes that asked for it; the embedded cloud makes its own in others.
    """
    original: Callable[..., Any] = getattr(BaseClient, CALL)
    here = threading.get_ident()

    def intercept(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        def really() -> Any:
            return original(client, operation, params)

        if this_thread and threading.get_ident() != here:
            return really()
        return answer(Call(client.meta.service_model.signing_name, operation, params), really)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, CALL, intercept)
        yield
