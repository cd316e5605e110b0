"""The cloud's clock."""

from __future__ import annotations

import threading
import time

import pytest

from localaws.clock import ClockEvent, CloudClock


def waiting(event: ClockEvent, seconds: float | None) -> tuple[threading.Thread, list[bool]]:
    """A thread that waits on the event, and what its wait will have returned."""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(event.wait(seconds)), daemon=True)
    thread.start()
    return thread, answers


def test_time_passes_faster_at_speed() -> None:
    clock = CloudClock(speed=1000)
    began, cloud_began = time.monotonic(), clock.seconds()
    clock.sleep(50)
    assert clock.seconds() - cloud_began >= 50
    assert time.monotonic() - began < 5


def test_now_is_aware_and_moves_with_advance() -> None:
    clock = CloudClock()
    before = clock.now()
    clock.advance(hours=3)
    assert 3 * 3600 <= (clock.now() - before).total_seconds() < 3 * 3600 + 5


def test_advance_wakes_who_waits_for_that_time() -> None:
    clock = CloudClock()
    thread, answers = waiting(clock.event(), 7200)
    clock.advance(hours=1)
    thread.join(0.2)
    assert thread.is_alive()
    clock.advance(hours=1)
    thread.join(5)
    assert answers == [False]


@pytest.mark.parametrize("clear", [False, True])
def test_a_flag_wakes_at_once_also_when_cleared_at_once(clear: bool) -> None:
    event = CloudClock().event()
    thread, answers = waiting(event, None)
    while thread.is_alive():
        event.set()
        if clear:
            event.clear()
        thread.join(0.05)
    assert answers == [True]
