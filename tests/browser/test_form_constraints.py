"""What a browser refuses before a form is sent: of every field of every form of a page, at each bound and one past it. It refuses
nothing that the server accepts, and no more than the server lets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from chalicelib.core.constraints import UNITS
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import read
from chalicelib.core.limits import LIMITS
from chalicelib.entrypoints.portal.form_constraints import FORMS, constraints, form

FIELDS = [(name, field) for name in FORMS for field in constraints(name)]
CHECK = """([attributes, values]) => {
    const field = document.createElement("input");
    for (const [name, value] of Object.entries(attributes)) field.setAttribute(name, value);
    return values.map((value) => {
        field.value = value;
        return field.value.trim() === value.trim() ? field.validity.valid : null;
    });
}"""
TEXTS = (
    "", "   ", "a", "A", "a b", "-", "daily-active-users", " padded ", "a\x85", "a\u2028b", "Ünïcode", "0",
    "06:00", "24:00", "7.10.0", "emr-7.10.0", "7.10", "100.0", "100.", "1e5", "123456789.123456", "1234567890",
    "fs-01234567", "fs-0123456", "bastion", "ec2-user@bastion.example.com:2222", "-bastion", "host:123456",
    "data-team@example.com", "o'brien+x@a..b.example.com", "data@team", "a@b.c1",
    "https://wiki.example.com/atmo", "https://a b", "https://:::", "https://[::1]x", "http://wiki.example.com",
    "https://ex<ample.com/", "https://a..example.com/", "https://hooks.example.com:99999/", "https://hooks_1.example.com/?a=b#c",
    "HTTPS://hooks.example.com/<>\"'", "https://xn--a/", "https://8.8.8.8", "https://" + "x" * 490, "https://" + "x" * 491,
    "s3://bucket/incoming/", "s3://bucket", "s3://Bucket/x", "s3://b/", "s3://bucket/a b/", "s3:///x", "s3://my-bucket.data/1",
    "2027-01-31", "1999-12-31T23:59", "2000-01-01T00:00", "2100-12-31T23:59", "2101-01-01T00:00", "2027-02-30T00:00",
)  # fmt: skip


@pytest.fixture(scope="module")
def blank(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


def _candidates(attributes: Mapping[str, Any]) -> Iterator[str]:
    yield from TEXTS
    numbers = {attributes[bound] for bound in ("min", "max") if isinstance(attributes.get(bound), int)}
    yield from (str(number + step) for number in sorted(numbers) for step in (-1, 0, 1))
    for length in {attributes.get("maxlength", UNITS) // UNITS, LIMITS.name, LIMITS.webhook_url}:
        yield from ("x" * length, "x" * (length + 1), "😀" * length, f" {'x' * length}\t")
    yield "https://hooks.example.com/".ljust(LIMITS.webhook_url, "x")


def _accepts(name: str, field: str, value: str, **context: Any) -> bool:
    """Whether the server takes this for the field, whatever the others hold."""
    declared = form(name).model_fields[field]
    try:
        read(form(name), {declared.alias or field: value.strip()}, **context)
    except Invalid as refused:
        return (declared.alias or field) not in {error.field.partition(".")[0] for error in refused.errors}
    return True


def _lets_through(page: Page, attributes: Mapping[str, Any], values: list[str]) -> dict[str, bool]:
    """What the browser would send, of what can be typed at all."""
    most = attributes.get("maxlength", float("inf"))
    valid: list[bool | None] = page.evaluate(CHECK, [dict(attributes), values])
    fits = {value: len(value.encode("utf-16-le")) // 2 <= most for value in values}
    return {value: ok and fits[value] for value, ok in zip(values, valid, strict=True) if ok is not None}


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_browser_refuses_nothing_that_the_server_accepts(blank: Page, name: str, field: str) -> None:
    attributes = constraints(name)[field]
    through = _lets_through(blank, attributes, list(dict.fromkeys(_candidates(attributes))))
    assert [value for value, sent in through.items() if not sent and _accepts(name, field, value)] == []


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, field) for name, field in FIELDS if {"min", "max", "pattern"} & constraints(name)[field].keys()],
)
def test_at_a_bound_both_accept_and_past_it_both_refuse(blank: Page, name: str, field: str) -> None:
    attributes = constraints(name)[field]
    tried = list(_bounds(attributes))
    through = _lets_through(blank, attributes, [value for value, _ in tried])
    assert {value for value, _ in tried} == through.keys()
    assert [value for value, fits in tried if (through[value], _accepts(name, field, value)) != (fits, fits)] == []
    if "maxlength" not in attributes and "pattern" in attributes:
        assert any(
            sent and _accepts(name, field, value)
            for value, sent in _of_texts(blank, attributes).items()
            if value.strip()
        )


def _of_texts(page: Page, attributes: Mapping[str, Any]) -> dict[str, bool]:
    return _lets_through(page, attributes, list(TEXTS))


def _bounds(attributes: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Values at the bounds and one past them, and whether they are to be accepted."""
    low, high = attributes.get("min"), attributes.get("max")
    if isinstance(low, int):
        yield from ((str(low - 1), False), (str(low), True))
    if isinstance(high, int):
        yield from ((str(high), True), (str(high + 1), False))
    if isinstance(low, str):
        yield from (("1999-12-31T23:59", False), (low, True), (str(high), True), ("2101-01-01T00:00", False))
    if "maxlength" in attributes and "pattern" in attributes:
        length = attributes["maxlength"] // UNITS
        yield from (("x" * length, True), ("x" * (length + 1), False), ("😀" * length, True))


@pytest.mark.parametrize(("name", "field"), [("LaunchCluster", "size"), ("NewJob", "size")])
def test_the_size_is_bounded_by_the_page_for_it_depends_on_the_person(name: str, field: str) -> None:
    assert "max" not in constraints(name)[field]
    beyond = str(LIMITS.size_of_maintainers.high)
    assert _accepts(name, field, beyond, max_size=LIMITS.size_of_maintainers.high)
    assert not _accepts(name, field, beyond)
