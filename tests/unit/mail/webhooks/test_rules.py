"""Where webhooks may lead, how they are signed, when they are tried again."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.webhooks import delivery, rules

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    ["https://hooks.example.com", "https://hooks.example.com:8443/a?b=c", "https://hooks.slack.com/services/T0/B0/x"],
)
def test_webhooks_of_the_internet(url: str) -> None:
    assert rules.refuse_url(url, anywhere=False) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com", "ftp://hooks.example.com", "//hooks.example.com", "hooks.example.com", "https://",
        "https://user:password@hooks.example.com", "https://127.0.0.1/", "https://10.1.2.3/", "https://169.254.169.254/",
        "https://localhost/", "https://intranet/", "https://[::1]/", "https://[::ffff:169.254.169.254]/", "https://0/",
        "https://2130706433/", "https://0x7f.0.0.1/", "https://127.1/", "https://127.0.0.1./", "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/", "https://hooks.example.com/ a", "https://hooks.example.com/\r\nHost: x",
        "https://hooks.example.com/" + 500 * "x",
    ],
)  # fmt: skip
def test_other_addresses_are_refused_in_words(url: str) -> None:
    assert rules.refuse_url(url, anywhere=False).endswith(".")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::ffff:8.8.8.8", "fe80::1", "localhost", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_internet(address: str) -> None:
    assert not rules.is_public(address)


def test_addresses_that_are() -> None:
    assert rules.is_public("8.8.8.8")
    assert rules.is_public("93.184.216.34")


@pytest.mark.parametrize("leads_to", [["10.0.0.1"], ["93.184.216.34", "127.0.0.1"]])
def test_a_name_that_leads_into_a_network_is_not_called(monkeypatch: pytest.MonkeyPatch, leads_to: list[str]) -> None:
    def looked_up(*_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in leads_to]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    received, outcome = delivery.post("https://hooks.example.com/atmo", {}, b"{}", anywhere=False)
    assert (received, outcome) == (False, "its name leads to an address outside the internet")


def test_a_signature_is_the_documented_one() -> None:
    assert rules.signature("whsec_x", NOW, b'{"event": "run.failed"}') == (
        "t=1795348800,v1=6953a7e88c09dbd07648249b13208aa8fef690014ae6801b054ca44a892948c5"
    )


@given(st.integers(1, rules.MAX_ATTEMPTS - 1))
def test_pauses_double_and_end(attempts: int) -> None:
    next_try = rules.next_try(attempts, NOW)
    assert next_try is not None
    assert next_try - NOW == timedelta(minutes=5) * 2 ** (attempts - 1)
    assert rules.next_try(rules.MAX_ATTEMPTS, NOW) is None


MAX_LENGTH_URL = "https://hooks.example.com/" + 474 * "x"


@pytest.mark.parametrize(
    ("url", "anywhere", "says"),
    [
        (MAX_LENGTH_URL, False, ""),
        (MAX_LENGTH_URL + "x", False, "up to 500 characters"),
        ("https://hooks.example.com:0/", True, "up to 500 characters"),
        ("https://hööks.example.com/", True, "up to 500 characters"),
        ("https://hooks.example.com/a b", True, "up to 500 characters"),
        ("https:///atmo", True, "up to 500 characters"),
        ("https://user@hooks.example.com", False, "user name"),
        ("https://user:password@hooks.example.com", True, "user name"),
        ("https://:password@hooks.example.com", True, "user name"),
        ("http://hooks.example.com", False, "https://"),
        ("http://hooks.example.com", True, ""),
        ("ftp://hooks.example.com", True, "https://"),
        ("https://localhost:8000/", True, ""),
        ("https://10.1.2.3/", True, ""),
        ("https://10.1.2.3/", False, "over the internet"),
        ("https://intranet./", False, "over the internet"),
        ("https://8.8.8.8/", False, ""),
    ],
)
def test_each_refusal_says_what_is_wrong(url: str, anywhere: bool, says: str) -> None:
    refusal = rules.refuse_url(url, anywhere)
    assert says in refusal
    assert bool(refusal) == bool(says)


def test_eight_attempts_are_made_and_the_first_pause_is_five_minutes() -> None:
    assert rules.next_try(7, NOW) == NOW + timedelta(minutes=5 * 2**6)
    assert rules.next_try(8, NOW) is None
    assert rules.next_try(0, NOW) == rules.next_try(1, NOW) == NOW + timedelta(minutes=5)


def test_all_attempts_take_about_eleven_hours() -> None:
    moment = NOW
    for attempts in range(1, 8):
        next_moment = rules.next_try(attempts, moment)
        assert next_moment
        moment = next_moment
    assert moment - NOW == timedelta(hours=10, minutes=35)
