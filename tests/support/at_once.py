"""Several who do the same thing at the same instant."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def at_once(act: Callable[[int], T], times: int) -> list[T]:
    """What the act returns to each of so many, by their numbers from 0. An act that raises fails the test."""
    ready, answers = threading.Barrier(times), dict[int, T]()

    def one(number: int) -> None:
        ready.wait()
        answers[number] = act(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(times)]
