"""Links in mails: following one asks, the button acts, once, until it expires, and nobody can make one up."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from chalicelib.core import clock
from chalicelib.core.errors import NotFound
from chalicelib.mail import signed_links
from chalicelib.mail.signed_links import LinkAction
from localaws.cloud import LocalCloud
from tests.support.executions import awaits_expiry
from tests.support.http import Api, reaches
from tests.support.mailbox import mails_about
from tests.support.sweeps import sweep
from tests.support.visitor import Page, Visitor

NOW = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
KEY, OTHER = "k" * 48, "o" * 48
ACTION = LinkAction("cluster.extend", "c-1", "alice", 2)
SOON = NOW + timedelta(hours=1)


def made(action: LinkAction, person: Api, lasts: timedelta = timedelta(hours=1)) -> str:
    """The path of a link as a mail of this moment has it."""
    from chalicelib.mail.links import link

    now, whom = clock.now(), person("GET", "/me").body["username"]
    address = link(replace(action, person=whom), f"test {now}", now, now + lasts)
    return address[address.index("/links/") :]


def press(visitor: Visitor, path: str) -> Page:
    """Press the page's one button."""
    form = visitor.get(path).form(path)
    return visitor.post(form.action, form.fields)


def test_the_warnings_links_extend_and_end_a_cluster(cloud: LocalCloud, somebody: Api) -> None:
    cluster, reader = somebody.launch(lifetime=2), Visitor(cloud.portal_url)
    where = f"/clusters/{cluster['id']}"
    reaches(somebody, where, "WAITING")
    awaits_expiry(cloud, cluster["id"])
    cloud.clock.advance(minutes=70)
    sweep(cloud)
    mail = str(vars(mails_about(cloud, cluster["identifier"])[0]))
    extend, end = dict.fromkeys(re.findall(r"/links/[\w.-]+", mail))
    for _ in range(3):  # as scanners do
        page = reader.get(extend)
        assert (page.status, f"Extend {cluster['identifier']}?" in page.text) == (200, True)
    assert somebody("GET", where).body["lifetime_extension_count"] == 0
    assert "will end 2 hours later" in press(reader, extend).text
    assert somebody("GET", where).body["lifetime_extension_count"] == 1
    again = reader.get(extend)
    assert (again.status, "already been used" in again.text) == (409, True)
    assert "is ending" in press(reader, end).text
    assert reaches(somebody, where, "TERMINATING", "TERMINATED")["ended_by"] == cluster["owner"]


def test_a_job_is_paused_from_its_mail(cloud: LocalCloud, somebody: Api) -> None:
    job = somebody.schedule(f"paused-by-mail-{somebody.token[-6:].lower().strip('-_').replace('_', '-')}")
    path = made(LinkAction("job.edit", job["id"], ""), somebody)
    assert "is paused" in press(Visitor(cloud.portal_url), path).text
    assert somebody("GET", f"/jobs/{job['id']}").body["is_enabled"] is False
    somebody("POST", f"/jobs/{job['id']}/resume")
    page = Visitor(cloud.portal_url).post(path, {})
    assert (page.status, "is paused" in page.text) == (200, True), "the button once more: what it did was done"
    assert somebody("GET", f"/jobs/{job['id']}").body["is_enabled"] is True
    somebody("DELETE", f"/jobs/{job['id']}")
    assert Visitor(cloud.portal_url).post(path, {}).status == 404


def test_two_clicks_at_once_extend_once(cloud: LocalCloud, somebody: Api) -> None:
    from chalicelib.mail_links import service as mail_links

    cluster = somebody.launch()
    path = made(LinkAction("cluster.extend", cluster["id"], "", 2), somebody)
    opened = [mail_links.open_link(path.removeprefix("/links/"), clock.now()) for _ in range(2)]
    for link in opened:
        mail_links.use(link, clock.now())
    assert somebody("GET", f"/clusters/{cluster['id']}").body["lifetime_extension_count"] == 1


def test_a_link_is_its_persons_right_and_no_more(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]) -> None:
    cluster = somebody.launch()
    other = made(LinkAction("cluster.terminate", cluster["id"], ""), api("bob"))
    page = Visitor(cloud.portal_url).get(other)
    assert (page.status, cluster["identifier"] in page.text) == (404, False)
    assert Visitor(cloud.portal_url).post(other, {}).status == 404
    assert somebody("GET", f"/clusters/{cluster['id']}").body["ended_by"] is None


def test_a_link_that_is_too_late_does_nothing(cloud: LocalCloud, somebody: Api) -> None:
    cluster = somebody.launch()
    path = made(LinkAction("cluster.terminate", cluster["id"], ""), somebody, timedelta(seconds=-1))
    page = Visitor(cloud.portal_url).post(path, {})
    assert (page.status, "incomplete or too old" in page.text) == (404, True)
    assert somebody("GET", f"/clusters/{cluster['id']}").body["ended_by"] is None


def test_the_address_is_told_to_nobody(cloud: LocalCloud, somebody: Api) -> None:
    path = made(LinkAction("cluster.terminate", somebody.launch()["id"], ""), somebody)
    headers = Visitor(cloud.portal_url).get(path).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def forged() -> dict[str, str]:
    good = signed_links.sign(KEY, ACTION, "o", SOON)
    head, body, mark = good.split(".")
    claims = {"action": "cluster.extend", "object_id": "c-1", "person": "alice", "hours": 2, "jti": "1", "exp": 4e9}
    for_us = claims | {"aud": signed_links.AUDIENCE}
    return {
        "another key": signed_links.sign(OTHER, ACTION, "o", SOON),
        "another body": f"{head}.{signed_links.sign(KEY, replace(ACTION, hours=24), 'o', SOON).split('.')[1]}.{mark}",
        "no signature": f"{head}.{body}.",
        "alg none": jwt.encode({"alg": "none"}, for_us, OctKey.import_key(KEY), algorithms=["none"]),
        "for another purpose": jwt.encode({"alg": "HS256"}, claims | {"aud": "session"}, OctKey.import_key(KEY)),
        "no purpose": jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(KEY)),
        "never expires": jwt.encode(
            {"alg": "HS256"}, {name: for_us[name] for name in for_us if name != "exp"}, OctKey.import_key(KEY)
        ),
        "says too little": jwt.encode(
            {"alg": "HS256"}, {"aud": signed_links.AUDIENCE, "exp": 4e9, "jti": "1"}, OctKey.import_key(KEY)
        ),
    }  # fmt: skip


@pytest.mark.parametrize("text", forged().values(), ids=forged().keys())
def test_nobody_can_make_one_up(text: str) -> None:
    with pytest.raises(NotFound):
        signed_links.read(KEY, text, NOW)


@given(text=st.text() | st.text(alphabet="abcXYZ019._-", max_size=200))
def test_any_other_text_is_no_link(text: str) -> None:
    with pytest.raises(NotFound):
        signed_links.read(KEY, text, NOW)


def test_what_is_signed_is_read_until_it_expires() -> None:
    text = signed_links.sign(KEY, ACTION, "first", SOON)
    assert signed_links.read(KEY, text, NOW)[0] == ACTION
    assert signed_links.read(KEY, text, SOON - timedelta(seconds=1))[2] == SOON
    with pytest.raises(NotFound):
        signed_links.read(KEY, text, SOON + timedelta(seconds=1))
    assert signed_links.sign(KEY, ACTION, "first", SOON) == text
    assert (
        signed_links.read(KEY, signed_links.sign(KEY, ACTION, "second", SOON), NOW)[1]
        != signed_links.read(KEY, text, NOW)[1]
    )


@pytest.mark.parametrize("action", ["cluster.extend", "cluster.terminate"])
def test_a_link_to_a_cluster_that_has_ended_says_so_and_promises_nothing(
    stranger: Visitor, somebody: Api, action: str
) -> None:
    cluster = somebody.launch()
    path = made(LinkAction(action, cluster["id"], "", 2), somebody)
    assert stranger.get(path).status == 200
    somebody("POST", f"/clusters/{cluster['id']}/terminate")
    assert stranger.get(path).status == 409
    reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED")
    page = stranger.get(path)
    assert page.status == 409
    assert re.search("terminated already|has already ended", page.text)
    assert "later than planned" not in page.text
    assert "<button" not in page.html.partition("<main")[2]


@pytest.mark.parametrize("kind", ["job", "cluster"])
def test_a_link_to_accept_what_was_accepted_says_that_it_is_theirs(
    stranger: Visitor, somebody: Api, api: Callable[[str], Api], kind: str
) -> None:
    name = f"receiver-{somebody.token[-6:].lower().strip('-_').replace('_', '-')}-{kind}"
    receiver = api(name)
    thing = somebody.launch() if kind == "cluster" else somebody.schedule(f"theirs-{name}")
    somebody("POST", f"/{kind}s/{thing['id']}/transfer", {"to": name})
    path = made(LinkAction(f"{kind}.accept", thing["id"], "", 0), receiver)
    assert "Take over" in stranger.get(path).text
    assert receiver("POST", f"/{kind}s/{thing['id']}/transfer/accept").status == 200
    page = stranger.get(path)
    assert (page.status, "is yours already" in page.text) == (409, True)
