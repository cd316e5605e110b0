"""SES: send one mail as text and HTML."""

from __future__ import annotations

from chalicelib.aws.clients import answering, client


def send(sender: str, to: str, subject: str, text: str, html: str) -> None:
    """Hand a mail to SES.

    Raises:
        Unavailable: SES does not take it; the sweep tries again.
    """
    body = {"Text": {"Data": text, "Charset": "UTF-8"}, "Html": {"Data": html, "Charset": "UTF-8"}}
    with answering("send the mail"):
        client("sesv2").send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [to]},
            Content={"Simple": {"Subject": {"Data": subject, "Charset": "UTF-8"}, "Body": body}},
        )
