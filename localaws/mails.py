"""SES: the mails that were "sent", recorded and written to files instead."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from datetime import datetime
from email import message_from_string, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from moto.ses.exceptions import MessageRejectedError
from moto.ses.models import SESBackend
from moto.sesv2.responses import SESV2Response

from localaws.clock import CloudClock
from localaws.patching import replace

_sending = threading.local()


@dataclass(frozen=True)
class Mail:
    """One mail as its recipient would have received it."""

    number: int
    sent_at: datetime
    message: EmailMessage

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str | None:
        return self._body("plain")

    @property
    def html(self) -> str | None:
        return self._body("html")

    def _body(self, kind: str) -> str | None:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else None


class Mails:
    """The mails sent through this cloud, oldest first in `sent`, each also an .eml and a .txt file in `folder`."""

    def __init__(self, clock: CloudClock, folder: Path) -> None:
        self._clock = clock
        self._folder = folder
        self._lock = threading.Lock()
        self.sent: list[Mail] = []
        self.sandbox = False
        """Whether SES sends to verified addresses only: https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html"""

    def install(self) -> None:
        """Record every mail that moto's SES accepts, by either version of its API."""
        replace(SESBackend, "send_email", self._recording)
        replace(SESBackend, "send_raw_email", self._recording_raw)
        replace(SESV2Response, "send_email", _composing)

    def add(self, message: EmailMessage) -> None:
        with self._lock:
            now = self._clock.now()
            if "Date" not in message:
                message["Date"] = format_datetime(now)
            mail = Mail(len(self.sent) + 1, now, message)
            self.sent.append(mail)
        self._write(mail)

    def to(self, address: str) -> list[Mail]:
        """What was sent to this address, oldest first."""
        return [mail for mail in self.sent if address in mail.to]

    def _recording(self, original: Any) -> Any:
        def send_email(backend: Any, source: str, subject: str, body: str, destinations: dict[str, list[str]]) -> Any:
            if self.sandbox:
                _refuse_unverified(backend, destinations)
            accepted = original(backend, source, subject, body, destinations)
            whole = getattr(_sending, "message", None)
            self.add(whole or _message(source, destinations, subject, {"Text": {"Data": body}}))
            return accepted

        return send_email

    def _recording_raw(self, original: Any) -> Any:
        def send_raw_email(backend: Any, source: str, destinations: list[str], raw_data: str) -> Any:
            accepted = original(backend, source, destinations, raw_data)
            self.add(message_from_string(raw_data, policy=policy.default))
            return accepted

        return send_raw_email

    def _write(self, mail: Mail) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        slug = re.sub(r"[^a-z0-9]+", "-", mail.subject.lower()).strip("-")[:60]
        stem = f"{mail.number:04}-{slug}"
        (self._folder / f"{stem}.eml").write_bytes(bytes(mail.message))
        text = f"To: {mail.to}\nSubject: {mail.subject}\nDate: {mail.message['Date']}\n\n{mail.text or mail.html}"
        (self._folder / f"{stem}.txt").write_text(text)


def _refuse_unverified(backend: SESBackend, destinations: dict[str, list[str]]) -> None:
    unverified = [each for some in destinations.values() for each in some if not backend._is_verified_address(each)]
    if unverified:
        raise MessageRejectedError(
            "Email address is not verified. The following identities failed the check in region "
            f"{backend.region_name.upper()}: {', '.join(unverified)}"
        )


def _composing(original: Any) -> Any:
    """moto passes only one of a mail's two bodies on; the whole mail is held aside until moto has accepted it."""

    def send_email(response: Any) -> str:
        params = json.loads(response.body)
        if simple := params.get("Content", {}).get("Simple"):
            subject = simple["Subject"]["Data"]
            _sending.message = _message(params["FromEmailAddress"], params["Destination"], subject, simple["Body"])
        try:
            return str(original(response))
        finally:
            _sending.message = None

    return send_email


def _message(source: str, destinations: dict[str, list[str]], subject: str, body: dict[str, Any]) -> EmailMessage:
    message = EmailMessage()
    message["From"] = source
    for header in ("To", "Cc"):
        if addresses := destinations.get(f"{header}Addresses"):
            message[header] = ", ".join(addresses)
    message["Subject"] = subject
    if "Text" in body:
        message.set_content(body["Text"]["Data"])
    if "Html" in body:
        add = message.add_alternative if "Text" in body else message.set_content
        add(body["Html"]["Data"], subtype="html")
    return message
