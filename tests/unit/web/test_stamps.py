"""When two pages say the same, so that an open one need not be sent again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.web import stamps

LINK = '<a href="https://b/x?X-Amz-Credential={credential}&amp;X-Amz-Date={at}Z&amp;X-Amz-Expires=900&amp;X-Amz-Signature={signature}">'


def link(at: str, signature: str = "a") -> str:
    return LINK.format(at=at, signature=signature, credential=f"key-{signature}")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("<p>Ready</p>", "<p>Ready</p>", True),
        ("<p>Ready</p>", "<p>Ended</p>", False),
        ('<meta name="now" content="1">', '<meta name="now" content="2">', True),
        ('<input name="submission" value="a">', '<input name="submission" value="b">', True),
        ('<input name="title" value="a">', '<input name="title" value="b">', False),
        ("<span data-since>1 s</span>", "<span data-since>2 s</span>", True),
        (link("20400101T000000"), link("20400101T000959", "b"), True),
        (link("20400101T000959"), link("20400101T001000"), False),
        (link("20400101T095959"), link("20400101T100000"), False),
    ],
)
def test_what_a_page_says(one: str, other: str, same: bool) -> None:
    assert (stamps.of_body(one) == stamps.of_body(other)) is same


NOON = datetime(2040, 1, 1, 12, tzinfo=UTC)
READ = [[{"id": {"S": "c-1"}, "expires_at": {"S": "2040-01-01T12:00:30Z"}}, None, None, None]]


@pytest.mark.parametrize(
    ("read", "seconds", "same"),
    [
        (READ, 29, True),
        (READ, 30, False),
        (READ, 60, False),
        ([[{"id": {"S": "c-1"}, "expires_at": {"S": "2040-01-01T12:00:31Z"}}, None, None, None]], 0, False),
        ([*READ, [None, [], None, None]], 0, False),
        ([], 0, False),
    ],
)
def test_records_are_stamped_with_their_moments_that_have_passed(read: list[object], seconds: int, same: bool) -> None:
    later = stamps.of_records(read, NOON + timedelta(seconds=seconds))
    assert (later == stamps.of_records(READ, NOON)) is same
