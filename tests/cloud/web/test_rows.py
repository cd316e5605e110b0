"""Lists that read only what their rows show: the rest is neither there nor lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from chalicelib.core.rows import NotRead
from localaws.cloud import LocalCloud

if TYPE_CHECKING:
    from chalicelib.keys.models import SSHKey

SHOWN = ("id", "title")


@pytest.fixture
def row(cloud: LocalCloud) -> SSHKey:
    """A key as a list reads it that shows titles."""
    from chalicelib.core.pagination import newest_first
    from chalicelib.keys.models import SSHKey

    owner, now = uuid4().hex, datetime.now(UTC)
    key: dict[str, Any] = {"key": "ssh-ed25519 A", "kind": "ssh-ed25519", "fingerprint": "f"}
    SSHKey(f"k-{owner}", owner=owner, title="laptop", created_at=now, **key).save()
    return newest_first(SSHKey.by_owner, {"owner": owner}, 10, None, shows=SHOWN).items[0]


def test_a_row_has_what_it_shows(row: SSHKey) -> None:
    assert row.title == "laptop"


def test_what_was_not_read_is_not_taken_for_nothing(row: SSHKey) -> None:
    with pytest.raises(NotRead, match="fingerprint"):
        assert row.fingerprint


def test_a_row_is_never_saved(row: SSHKey) -> None:
    from chalicelib.core.tables import transaction
    from chalicelib.keys.models import SSHKey

    with pytest.raises(NotRead):
        row.save()
    with pytest.raises(NotRead), transaction() as write:
        write.save(row)
    assert SSHKey.get(row.id).key == "ssh-ed25519 A"


def test_a_row_that_is_read_anew_is_whole(row: SSHKey) -> None:
    row.refresh()
    assert row.key == "ssh-ed25519 A"
    row.save()


def test_a_row_that_is_read_by_its_id_has_what_it_shows(row: SSHKey) -> None:
    """As in the list of what is shared with somebody."""
    from chalicelib.core.pagination import in_order
    from chalicelib.keys.models import SSHKey

    (again,) = in_order(SSHKey, [row.id], 10, None, SHOWN).items
    assert again.title == "laptop"
    with pytest.raises(NotRead):
        assert again.key
