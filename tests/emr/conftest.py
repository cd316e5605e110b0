from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from tests.emr.runs import EMR, Cloud

# On a cluster the runner's folder is sys.path[0]; its modules know each other by plain names.
sys.path.insert(0, str(EMR))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Cloud(f"http://{host}:{port}", tmp_path_factory.mktemp("runner"))
    finally:
        server.stop()
