"""How much output of a notebook is kept."""

from __future__ import annotations

from typing import Any

from output_limit import NOTE, OutputLimit


def message(kind: str, **content: Any) -> dict[str, Any]:
    return {"msg_type": kind, "header": {"msg_type": kind}, "content": content}


def printed(text: str) -> dict[str, Any]:
    return message("stream", name="stdout", text=text)


def test_what_is_more_than_the_limit_is_dropped_and_said_once_in_each_cell() -> None:
    limit = OutputLimit(10)
    assert limit.passed(printed("12345"), 0)
    note = limit.passed(printed("678901"), 0)
    assert note
    assert (note["header"]["msg_type"], note["content"]) == ("stream", {"name": "stderr", "text": NOTE})
    assert limit.passed(printed("678901"), 0) is None
    assert limit.passed(printed("67890"), 0), "what still fits is kept"
    assert limit.passed(message("display_data", data={"application/json": {"a": 1}}), 1)["content"]["text"] == NOTE  # type: ignore[index]
    assert limit.passed(message("execute_result", data={"text/plain": "7"}), 1) is None


def test_errors_and_states_always_pass() -> None:
    limit = OutputLimit(0)
    for kind in ("error", "status", "execute_input", "update_display_data"):
        assert limit.passed(message(kind), 0) == message(kind)


def test_what_is_cleared_does_not_count() -> None:
    limit = OutputLimit(10)
    for _ in range(5):
        assert limit.passed(printed("12345678"), 0) == printed("12345678")
        limit.passed(message("clear_output", wait=True), 0)
    assert limit.total == 0
