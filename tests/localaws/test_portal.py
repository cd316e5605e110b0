"""The portal's HTTP server."""

from __future__ import annotations

import socket
from contextlib import ExitStack

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
