"""Call a webhook: one POST to an address that somebody gave us, and so with no more trust than that.

The name is looked up once, every address that it leads to must be a public one, and the connection is made to the one
that was looked at: a name that leads elsewhere a moment later gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from http.client import responses
from threading import Thread
from urllib.parse import urlsplit

import urllib3

from chalicelib.mail.webhooks import rules

CONNECT, READ, DEADLINE = 3.0, 5.0, 8.0
"""Seconds: for the connection, between two bytes, and for all together."""


def post(url: str, headers: Mapping[str, str], body: bytes, anywhere: bool) -> tuple[bool, str]:
    """Whether the webhook answered with a status of 200 to 299, and what it answered, in words."""
    if refusal := rules.refuse_url(url, anywhere):
        return False, refusal
    outcomes: list[tuple[bool, str]] = []
    # A server that drips its answer byte by byte is not waited for.
    caller = Thread(target=lambda: outcomes.append(_call(url, headers, body, anywhere)), daemon=True)
    caller.start()
    caller.join(DEADLINE)
    return outcomes[0] if outcomes else (False, f"no answer within {DEADLINE:.0f} seconds")


def _call(url: str, headers: Mapping[str, str], body: bytes, anywhere: bool) -> tuple[bool, str]:
    parts = urlsplit(url)
    host, tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    try:
        address = _address(host, port, anywhere)
        if not address:
            return False, "its name leads to an address outside the internet"
        with _pool(address, port, host, tls) as pool:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            sent = {**headers, "Host": parts.netloc.rpartition("@")[2]}
            answer = pool.urlopen(
                "POST", path, body=body, headers=sent, redirect=False, retries=False, preload_content=False,
                assert_same_host=False,
            )  # fmt: skip
            answer.close()
    except (OSError, UnicodeError):
        return False, "its name was not found"
    except urllib3.exceptions.HTTPError as error:
        return False, _in_words(error)
    return 200 <= answer.status < 300, f"{answer.status} {responses.get(answer.status, '')}".strip()


def _address(host: str, port: int, anywhere: bool) -> str:
    """Where the name leads, or "" when that is not of the internet, or only in part."""
    addresses = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)}
    return min(addresses) if anywhere or all(rules.is_public(address) for address in addresses) else ""


def _pool(address: str, port: int, host: str, tls: bool) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(connect=CONNECT, read=READ)
    if not tls:
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(address, port, timeout=timeout, server_hostname=host, assert_hostname=host)


def _in_words(error: urllib3.exceptions.HTTPError) -> str:
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        return "no connection"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return f"no answer within {READ:.0f} seconds"
    if isinstance(error, urllib3.exceptions.SSLError):
        return "its certificate was not accepted"
    return "the connection failed"
