"""The one session that all clients of AWS are made from, PynamoDB's and our own.

Each further session would read botocore's list of endpoints, 1.3 MB of JSON, and each service's description again.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.session import Session, get_session

from chalicelib.core import deadline


class _Parser(JSONParser):
    """botocore's parser of JSON, without a walk through DynamoDB's items.

    An item's JSON is what the walk makes of it again, leaf by leaf, as long as no attribute is binary; none of ours is.
    """

    def _handle_map(self, shape: Any, value: Any) -> Any:
        if shape.value.name == "AttributeValue":
            return value
        # The stubs leave out what is not public.
        return super()._handle_map(shape, value)  # type: ignore[misc]


class _ParserFactory(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return _Parser() if protocol_name == "json" else super().create_parser(protocol_name)


creating = Lock()
"""A session must not make two clients at the same time; any thread may use them."""


@cache
def session() -> Session:
    """botocore's session, which finds region and credentials as boto3 does."""
    made = get_session()
    made.register_component("response_parser_factory", _ParserFactory())
    return made


def create_client(service: str, **options: Any) -> Any:
    """A client of this service, which heeds the invocation's deadline."""
    with creating:
        return deadline.heed(session().create_client(service, **options))
