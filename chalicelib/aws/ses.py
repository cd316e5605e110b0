"""SES: send one mail as text and HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import HTTPClientError
from botocore.parsers import ResponseParserError

from chalicelib.aws.clients import answering, asking_once
from chalicelib.core.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import MessageHeaderTypeDef

_NO_ANSWER = (HTTPClientError, ResponseParserError)
"""Time-outs, connections that broke off, and unreadable answers. Failures to connect are not among them, nor are errors that SES
returns: after either, SES has not taken the mail."""
CORRELATION = "Atmo-Correlation"
TIMEOUT = 20
"""Seconds for SES's answer."""


class Unconfirmed(Unavailable):
    """SES was asked to send a mail and gave no answer: it may have sent it."""


def send(sender: str, to: str, subject: str, text: str, html: str, correlation: str = "") -> None:
    """Hand a mail to SES, once: SES has no token by which it would know a mail again, so the SDK must not ask again either.
    A header of the mail has the `correlation` id, by which its reader can ask what it came of.

    Raises:
        Unconfirmed: SES gave no answer; the mail may be on its way.
        Unavailable: SES did not take it; the sweep tries again.
    """
    body = {"Text": {"Data": text, "Charset": "UTF-8"}, "Html": {"Data": html, "Charset": "UTF-8"}}
    headers: list[MessageHeaderTypeDef] = [{"Name": CORRELATION, "Value": correlation}] if correlation else []
    try:
        with answering("send the mail"):
            asking_once("sesv2", seconds=TIMEOUT).send_email(
                FromEmailAddress=sender,
                Destination={"ToAddresses": [to]},
                Content={
                    "Simple": {"Subject": {"Data": subject, "Charset": "UTF-8"}, "Body": body, "Headers": headers}
                },
            )
    except Unavailable as error:
        if isinstance(error.__cause__, _NO_ANSWER):
            raise Unconfirmed(str(error)) from error
        raise
