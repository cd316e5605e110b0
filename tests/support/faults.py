"""Ways in which AWS and Lambda fail us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.support.wiretap import Call, Really, tapped

Params = dict[str, Any]


class Death(BaseException):
    """The Lambda is gone, in the middle of its work. No handler catches this."""


@contextmanager
def death(at_call: int, when: str) -> Iterator[list[str]]:
    """Whoever runs in this thread dies `before` or `after` its n-th AWS call (from 0). Yields the calls that it made."""
    calls: list[str] = []

    def answer(call: Call, really: Really) -> Any:
        calls.append(call.operation)
        mine = len(calls) - 1 == at_call
        if mine and when == "before":
            raise Death(call.operation)
        result = really()
        if mine:
            raise Death(call.operation)
        return result

    with tapped(answer, this_thread=True):
        yield calls


@contextmanager
def emr_answers(cloud: LocalCloud, instead: Callable[[str, Params, Callable[[], Params]], Params]) -> Iterator[None]:
    """EMR's calls go through `instead(operation, params, really)`, which may call `really` or fail."""
    original = cloud.emr.call
    cloud.emr.call = lambda operation, params: instead(operation, params, lambda: original(operation, params))
    try:
        yield
    finally:
        cloud.emr.call = original


@contextmanager
def events_go(cloud: LocalCloud, through: Callable[[Params, Callable[[Params], None]], None]) -> Iterator[None]:
    """EMR's events go through `through(event, deliver)`, which may drop, repeat or keep them."""
    original = cloud.emr.deliver
    cloud.emr.deliver = lambda event: through(event, original)
    try:
        yield
    finally:
        cloud.emr.deliver = original


def without_bootstrap(operation: str, params: Params, really: Callable[[], Params]) -> Params:
    """For `emr_answers`: nodes fetch nothing, where what they would install is not what is tested."""
    params.pop("BootstrapActions", None)
    return really()


def throttled() -> EmrError:
    return EmrError("ThrottlingException", "Rate exceeded")


def broken() -> EmrError:
    return EmrError("InternalFailure", "Internal failure, please try again", 500)


def launch_fails(times: int, error: Callable[[], EmrError], having_worked: bool = False) -> Callable[..., Params]:
    """For `emr_answers`: RunJobFlow fails so many times; with `having_worked` only its answer is lost."""
    left = [times]

    def instead(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation == "RunJobFlow" and left[0] > 0:
            left[0] -= 1
            if having_worked:
                really()
            raise error()
        return really()

    return instead
