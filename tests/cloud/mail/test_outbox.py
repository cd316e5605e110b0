"""A mail is recorded, then sent: never twice, never lost without a word, whatever SES or Lambda do in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from chalicelib.core import clock
from chalicelib.costs.receipts import Cost
from chalicelib.diagnosis.rules import diagnose_cluster
from chalicelib.mail import outbox
from chalicelib.mail.models import Mail
from localaws.cloud import LocalCloud
from tests.support.calls import refused
from tests.support.faults import Death
from tests.support.http import Api
from tests.support.mailbox import mails_about
from tests.support.visitor import Visitor
from tests.support.wiretap import Call, tapped

Send = Callable[[], Any]


def throttled(send: Send) -> Any:
    raise refused("TooManyRequestsException", "Too many requests", 429, "SendEmail")


def broken(send: Send) -> Any:
    raise refused("InternalFailure", "Internal failure", 500, "SendEmail")


def unreachable(send: Send) -> Any:
    raise EndpointConnectionError(endpoint_url="https://email.us-east-1.amazonaws.com")


def answer_lost(send: Send) -> Any:
    send()
    raise ReadTimeoutError(endpoint_url="https://email.us-east-1.amazonaws.com")


def never_arrived(send: Send) -> Any:
    raise ConnectionClosedError(endpoint_url="https://email.us-east-1.amazonaws.com")


def dies_before(send: Send) -> Any:
    raise Death("before SendEmail")


def dies_after(send: Send) -> Any:
    send()
    raise Death("after SendEmail")


@contextmanager
def failing_once(fault: Callable[[Send], Any], operation: str) -> Iterator[list[str]]:
    """This thread's first call of this operation goes wrong in this way. Yields the thread's calls as they are made.

    What other tests left going in the background is let alone.
    """
    calls: list[str] = []

    def answer(call: Call, really: Send) -> Any:
        calls.append(call.operation)
        first = call.operation == operation and calls.count(operation) == 1
        return fault(really) if first else really()

    with tapped(answer, this_thread=True):
        yield calls


def post(word: str) -> None:
    context = {
        "cluster": Named(word),
        "diagnosis": diagnose_cluster("EMR refused it.").record(),
        "cost": Cost(None, is_final=True),
        "page": "http://portal/c",
        "again": "http://portal/new",
    }
    outbox.post(f"test#{word}", "cluster_failed", "ada@example.org", context, clock.now())


class Named:
    """What the mail's template asks of a cluster."""

    def __init__(self, word: str) -> None:
        self.identifier, self.created_at, self.status_reason, self.efs = word, clock.now(), "EMR refused it.", None


@pytest.mark.parametrize(
    ("fault", "sent", "unconfirmed"),
    [
        (throttled, 1, False),
        (broken, 1, False),
        (unreachable, 1, False),
        # SES was asked and did not answer. It may have sent the mail, so nobody sends it again; admins read of it.
        (answer_lost, 1, True),
        (never_arrived, 0, True),
        (dies_before, 0, True),
        (dies_after, 1, True),
    ],
)
def test_a_mail_is_sent_once_whatever_goes_wrong(
    cloud: LocalCloud, api: Callable[[str], Api], signed_in: Callable[..., Visitor],
    fault: Callable[[Send], Any], sent: int, unconfirmed: bool,
) -> None:  # fmt: skip
    word = f"mail-{uuid4().hex[:8]}"
    with failing_once(fault, "SendEmail"):
        with suppress(Death):
            post(word)
        for _ in range(3):
            outbox.flush(clock.now())
            cloud.clock.advance(minutes=11)
    outbox.flush(clock.now())
    post(word)  # the same occasion again
    assert len(mails_about(cloud, word)) == sent
    listed = [mail for mail in api("admin")("GET", "/reconciliations").body["unconfirmed_mails"] if word in mail["id"]]
    assert [(mail["to"], word in mail["subject"]) for mail in listed] == [("ada@example.org", True)] * unconfirmed
    page = signed_in("", "admins").get("/admin/reconciliation")
    assert (word in page.text) is unconfirmed
    Mail.get(f"test#{word}").delete()


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem"])
@pytest.mark.parametrize("fault", [broken, answer_lost, dies_before, dies_after])
def test_a_mail_survives_a_database_that_fails(cloud: LocalCloud, operation: str, fault: Callable[[Send], Any]) -> None:
    """Whoever posts tries again, as state machines and sweeps do."""
    word = f"mail-{uuid4().hex[:8]}"
    with failing_once(fault, operation):
        for _ in range(2):
            try:
                post(word)
            except (Death, Exception):
                continue
    for _ in range(3):
        outbox.flush(clock.now())
        cloud.clock.advance(minutes=11)
    mail = Mail.get(f"test#{word}")
    claimed_for_nothing = mail.pending == "unconfirmed"
    assert len(mails_about(cloud, word)) == (0 if claimed_for_nothing else 1)
    # Only where the claim itself was written and its answer never came is there a doubt, and then it is shown.
    assert not claimed_for_nothing or (operation == "UpdateItem" and fault in (answer_lost, dies_after))
    mail.delete()


def test_the_sdk_does_not_send_again_by_itself(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.httpsession import URLLib3Session

    word, calls = f"mail-{uuid4().hex[:8]}", list[str]()
    original = URLLib3Session.send

    def send(session: Any, request: Any) -> Any:
        answer = original(session, request)
        if "outbound-emails" in request.url:
            calls.append(request.url)
            raise ReadTimeoutError(endpoint_url=request.url)
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(URLLib3Session, "send", send)
        post(word)
    assert len(calls) == 1
    assert len(mails_about(cloud, word)) == 1
    Mail.get(f"test#{word}").delete()
