"""Mails that were "sent" can be read; the other pages of the embedded cloud."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from localaws.cloud import LocalCloud
from localaws.deploy import MAIL_FROM


def send(cloud: LocalCloud, subject: str, body: dict[str, str], sender: str = MAIL_FROM) -> None:
    parts: Any = {kind: {"Data": text, "Charset": "UTF-8"} for kind, text in body.items()}
    cloud.client("sesv2").send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": ["alice@example.org"]},
        Content={"Simple": {"Subject": {"Data": subject, "Charset": "UTF-8"}, "Body": parts}},
    )


def test_both_bodies_are_kept_and_written(cloud: LocalCloud) -> None:
    send(cloud, "Grüße & <b>", {"Text": "plain – text", "Html": "<p>rich</p>"})
    mail = cloud.mails.to("alice@example.org")[-1]
    assert (mail.subject, (mail.text or "").strip(), (mail.html or "").strip()) == (
        "Grüße & <b>",
        "plain – text",
        "<p>rich</p>",
    )
    file = next((cloud.folder / "mails").glob(f"{mail.number:04}-*.eml"))
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["To"] == "alice@example.org"
    assert "plain – text" in file.with_suffix(".txt").read_text()


def test_the_page_shows_html_in_a_sandbox_only(cloud: LocalCloud) -> None:
    send(cloud, "<script>1</script>", {"Text": "<script>2</script>", "Html": "<script>3</script>"})
    number = cloud.mails.sent[-1].number
    page = requests.get(f"{cloud.local_url}mails/{number}", timeout=5).text
    assert "<script" not in page
    assert f'<iframe sandbox src="/_local/mails/{number}/html"' in page
    html = requests.get(f"{cloud.local_url}mails/{number}/html", timeout=5)
    assert html.headers["Content-Security-Policy"].startswith("sandbox;")
    assert "<script" not in requests.get(f"{cloud.local_url}mails", timeout=5).text


def test_the_older_api_and_raw_mails_are_kept_too(cloud: LocalCloud) -> None:
    message: Any = {"Subject": {"Data": "old"}, "Body": {"Text": {"Data": "text"}}}
    destination = {"ToAddresses": ["bob@example.org"]}
    cloud.client("ses").send_email(Source=MAIL_FROM, Destination=destination, Message=message)
    raw = f"From: {MAIL_FROM}\nTo: carol@example.org\nSubject: raw\n\nbody\n"
    cloud.client("ses").send_raw_email(RawMessage={"Data": raw})
    assert [mail.subject for mail in cloud.mails.sent[-2:]] == ["old", "raw"]
    assert (cloud.mails.to("carol@example.org")[-1].text or "").strip() == "body"


def test_an_unverified_sender_is_refused(cloud: LocalCloud) -> None:
    before = len(cloud.mails.sent)
    with pytest.raises(ClientError, match="not verified"):
        send(cloud, "x", {"Text": "x"}, sender="mallory@example.org")
    assert len(cloud.mails.sent) == before


def test_the_index_shows_what_is_there_and_moves_the_clock(cloud: LocalCloud) -> None:
    before = cloud.clock.seconds()
    page = requests.post(f"{cloud.local_url}clock", data={"minutes": "90"}, timeout=5)
    assert page.url == cloud.local_url
    assert cloud.clock.seconds() - before >= 90 * 60
    for part in ("EMR clusters", "Executions", "Mails", cloud.portal_url):
        assert part in page.text


def test_what_is_not_there_is_not_found(cloud: LocalCloud) -> None:
    for path in ("mails/999999", "nothing", "executions/arn:aws:x", "oidc/nothing"):
        assert requests.get(f"{cloud.local_url}{path}", timeout=5).status_code == 404, path
