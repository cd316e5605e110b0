"""The mails that the embedded cloud was given to send."""

from __future__ import annotations

from typing import Any

from moto.ses.models import ses_backends

from localaws.cloud import LocalCloud


def mails_about(cloud: LocalCloud, word: str) -> list[Any]:
    """Those that name a thing, in the order sent."""
    return [sent for sent in ses_backends[cloud.account][cloud.region].sent_messages if word in str(vars(sent))]


def subject_of(mail: Any) -> str:
    """A mail's subject without the stage, which stands first on every stage but production."""
    stage, _, subject = mail.subject.partition(" ")
    assert stage == "[local]"
    return str(subject)
