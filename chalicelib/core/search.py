"""What somebody looks for in a list: words, filters, dates and an order. Pure: records in, records out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

RecordT = TypeVar("RecordT")
CREATED = "created_at"
NEWEST = f"-{CREATED}"
"""The order of every list that is not told another: the latest first."""


@dataclass(frozen=True)
class Fields:
    """What the records of one list are searched, filtered and sorted by.

    `texts` and `sorts` are names of attributes; a sort is by one of them, with "-" before its name for descending. `filters`
    has the value of a record by the name of its query parameter, `choices` the words that some filters take, and `numbers` the
    names of those that take a whole number. `reads` are the attributes that filters look at under another name. `order` is the
    word for the order in which the list comes by itself; lists in another one than by creation are not looked for by dates.
    """

    texts: tuple[str, ...]
    filters: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    sorts: tuple[str, ...] = ()
    choices: Mapping[str, Iterable[str]] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    is_sorted: bool = True
    order: str = NEWEST

    @property
    def own_orders(self) -> tuple[str, str]:
        """The list's own order, and that from its end."""
        return self.order, self.order.removeprefix("-") if self.order.startswith("-") else f"-{self.order}"

    @property
    def orders(self) -> tuple[str, ...]:
        """The words for `sort`, the default first; only that one for lists that have one order."""
        if not self.is_sorted:
            return (self.order,)
        return (*self.own_orders, *(f"{sign}{name}" for name in self.sorts for sign in ("", "-")))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the query parameters that `core/search.Search` is made of."""
        return ("q", *self.filters, *(("since", "until") if self.order == NEWEST else ()), "sort")

    @property
    def attributes(self) -> tuple[str, ...]:
        """What is read of each record to search it."""
        return tuple(dict.fromkeys(["id", CREATED, *self.texts, *self.sorts, *self.reads]))


@dataclass(frozen=True)
class Search:
    """What is looked for. All words of `text` occur, in whatever case; all `filters` have that value; the record was made at or
    after `since` and before `until`."""

    text: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    sort: str = NEWEST

    def without(self, name: str) -> Search:
        """The same without one of its filters, which an index answers."""
        return replace(self, filters={other: value for other, value in self.filters.items() if other != name})

    @property
    def is_plain(self) -> bool:
        """Whether an index by creation answers it by itself."""
        return not self.text.split() and not self.filters and self.sort in (NEWEST, CREATED)

    @property
    def is_blank(self) -> bool:
        """Whether nothing in particular is looked for, in whatever order."""
        return not self.text.split() and not self.filters and not self.since and not self.until


EVERYTHING = Search()


def select(records: Iterable[RecordT], search: Search, fields: Fields) -> list[RecordT]:
    """Those of the records that match, in the order that is looked for; records come the latest first, or as their list has
    them."""
    matching = [record for record in records if matches(record, search, fields)]
    return matching if search.sort in fields.own_orders else in_order(matching, search.sort)


def matches(record: Any, search: Search, fields: Fields) -> bool:
    """Whether a record is one of those looked for."""
    if search.since and record.created_at < search.since:
        return False
    if search.until and record.created_at >= search.until:
        return False
    if any(_word(fields.filters[name](record)) != value.casefold() for name, value in search.filters.items()):
        return False
    words = search.text.casefold().split()
    text = "\n".join(_word(getattr(record, name)) for name in fields.texts) if words else ""
    return all(word in text for word in words)


def in_order(records: Sequence[RecordT], sort: str) -> list[RecordT]:
    """Sorted by an attribute, those without a value last; those with the same value stay as they were."""
    if sort in (NEWEST, CREATED):
        return list(records)
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    with_value = [record for record in records if getattr(record, name) is not None]
    without = [record for record in records if getattr(record, name) is None]
    return sorted(with_value, key=lambda record: _rank(getattr(record, name)), reverse=descending) + without


def _rank(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _word(value: Any) -> str:
    """A value as people write it in a query: small letters, whole numbers, yes or no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).casefold()
