"""The portal's HTTP server."""

from __future__ import annotations

import socket
from contextlib import ExitStack

import urllib3

from deployment.sam import chalice_config
from localaws.cloud import PROJECT, LocalCloud
from localaws.portal import Portal


def test_a_crowd_that_connects_at_once_waits_its_turn(cloud: LocalCloud) -> None:
    """Connections that nobody has accepted yet are queued, not reset: here the server has not even started to accept."""
    portal = Portal(0, chalice_config(PROJECT))
    with ExitStack() as crowd:
        crowd.callback(portal.close)
        for _ in range(100):
            crowd.enter_context(socket.create_connection(("127.0.0.1", portal.port), timeout=1))


def test_answers_are_compressed_for_whom_that_suits_and_where_api_gateway_would(cloud: LocalCloud) -> None:
    page, small = f"{cloud.portal_url}/news", f"{cloud.portal_url}/__lbheartbeat__"
    compressed = urllib3.request("GET", page, headers={"Accept-Encoding": "gzip"})
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert int(compressed.headers["Content-Length"]) < len(compressed.data)
    assert b"</html>" in compressed.data
    for plain in (urllib3.request("GET", page), urllib3.request("GET", small, headers={"Accept-Encoding": "gzip"})):
        assert "Content-Encoding" not in plain.headers
        assert int(plain.headers["Content-Length"]) == len(plain.data)
