"""An endpoint of the API, as its route declares it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.web.replays import Again

if TYPE_CHECKING:
    from chalicelib.core.fields import Form
    from chalicelib.core.schemas import Record


@dataclass(frozen=True)
class Endpoint:
    """What the API's description says of one endpoint."""

    path: str
    method: str
    action: str
    summary: str
    body: type[Form] | None
    status: int
    query: tuple[str, ...]
    choices: Mapping[str, Iterable[str]]
    idempotent: bool
    compares: bool
    again: Again | None
    gives: Record | None

    @property
    def heeds_key(self) -> bool:
        """Whether an `Idempotency-Key` makes a difference: by the view itself, or by what answers a repetition."""
        return self.idempotent or self.again is not None
