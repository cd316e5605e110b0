"""Records that a page reads together, and once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from localaws.cloud import LocalCloud


@pytest.fixture
def name(cloud: LocalCloud) -> str:
    """The hash key of a site setting that nobody else looks at."""
    from chalicelib.site_settings.models import Setting

    stored = Setting(
        uuid4().hex, value={"first": True}, changed_by="somebody", changed_at=datetime.now(UTC), history=[]
    )
    stored.save()
    return str(stored.name)


def test_what_was_read_together_is_not_read_again(name: str) -> None:
    from chalicelib.core.reading import read_together, reading_once
    from chalicelib.core.tables import find
    from chalicelib.releases.models import Release
    from chalicelib.site_settings.models import Setting

    with reading_once():
        read_together([(Setting, name), (Setting, name), (Setting, "missing"), (Release, "missing")])
        Setting(name).delete()
        stored = find(Setting, name)
        assert stored
        assert stored.value == {"first": True}
        assert find(Setting, "missing") is None
        assert find(Release, "missing") is None
    assert find(Setting, name) is None


def test_a_key_that_dynamodb_refuses_spoils_nothing(name: str) -> None:
    from chalicelib.core.reading import read_together, reading_once
    from chalicelib.core.tables import find
    from chalicelib.site_settings.models import Setting

    with reading_once():
        read_together([(Setting, name), (Setting, "")])
        assert find(Setting, name)


def test_without_reading_once_nothing_is_kept(name: str) -> None:
    from chalicelib.core.reading import read_together
    from chalicelib.core.tables import find
    from chalicelib.site_settings.models import Setting

    read_together([(Setting, name)])
    Setting(name).delete()
    assert find(Setting, name) is None
