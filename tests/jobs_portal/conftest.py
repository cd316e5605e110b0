from __future__ import annotations

import pytest

from localaws.cloud import LocalCloud
from tests.jobs_portal.browser import Browser, fresh, signed_in


@pytest.fixture(scope="module")
def alice(cloud: LocalCloud) -> Browser:
    """Somebody with jobs of her own."""
    return signed_in(cloud, fresh("alice"))


@pytest.fixture(scope="module")
def bob(cloud: LocalCloud) -> Browser:
    """Somebody else."""
    return signed_in(cloud, fresh("bob"))
