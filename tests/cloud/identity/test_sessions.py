"""Sessions live on the server: a new one at each sign-in, and an end by signing out, here or everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import urllib3

from localaws.cloud import LocalCloud
from tests.support.http import HTTP_TIMEOUT
from tests.support.sign_in import Flow, session_of
from tests.support.visitor import Visitor


def cookie_of(visitor: Visitor) -> str:
    return next(
        f"{name}={value}" for name, value in visitor._cookies[urlsplit(visitor.url).netloc].items() if "session" in name
    )


def gets_in(cloud: LocalCloud, cookie: str) -> bool:
    url = f"{cloud.portal_url}/account"
    answer = urllib3.request("GET", url, headers={"Cookie": cookie}, redirect=False, timeout=HTTP_TIMEOUT)
    return answer.status == 200


def test_a_session_that_was_there_before_signing_in_is_not_used_on(cloud: LocalCloud) -> None:
    first = session_of(Flow(cloud).finish("bob"))
    planted = Flow(cloud)
    answer = planted.back(planted.consent("alice"), f"{planted.cookie}; {first}")
    second = session_of(answer)
    assert second.partition("=")[2] not in ("", first.partition("=")[2])
    assert (gets_in(cloud, first), gets_in(cloud, second)) == (False, True)


@pytest.mark.parametrize("planted", ["chosen-by-somebody-else", "'; drop", "%00", "x" * 5000])
def test_a_cookie_that_somebody_chose_is_no_session(cloud: LocalCloud, planted: str) -> None:
    from chalicelib.web import auth

    name = auth.cookie_name()
    flow = Flow(cloud, cookie=f"{name}={planted}")
    answer = flow.back(flow.consent(), f"{flow.cookie}; {name}={planted}")
    assert planted not in session_of(answer)
    assert not gets_in(cloud, f"{name}={planted}")


def test_a_sign_in_under_way_is_no_session(cloud: LocalCloud) -> None:
    from chalicelib.web import auth

    secret = Flow(cloud).cookie.partition("=")[2]
    assert not gets_in(cloud, f"{auth.cookie_name()}={secret}")


def test_a_session_is_no_sign_in_under_way(cloud: LocalCloud, signed_in: Callable[..., Visitor]) -> None:
    """Put where a sign-in's secret belongs, a session's own is refused, and goes on."""
    from chalicelib.web import auth

    cookie = cookie_of(signed_in())
    flow = Flow(cloud)
    answer = flow.back(flow.consent(), f"{auth.cookie_name('sign-in')}={cookie.partition('=')[2]}")
    assert (answer.status, session_of(answer)) == (403, "")
    assert gets_in(cloud, cookie)


@pytest.mark.parametrize(
    ("field", "by", "live"),
    [("used_at", 3.9, True), ("used_at", 4, False), ("expires_at", 11.9, True), ("expires_at", 12, False)],
)
def test_idle_and_old_sessions_end(
    cloud: LocalCloud, signed_in: Callable[..., Visitor], field: str, by: float, live: bool
) -> None:
    from chalicelib.identity.digests import digest
    from chalicelib.identity.models import Session

    cookie = cookie_of(signed_in())
    record = Session.get(digest(cookie.partition("=")[2]))
    setattr(record, field, getattr(record, field) - timedelta(hours=by))
    record.save()
    assert gets_in(cloud, cookie) is live


def test_what_was_used_is_noted_but_not_each_time(signed_in: Callable[..., Visitor]) -> None:
    from chalicelib.identity.digests import digest
    from chalicelib.identity.models import Session

    visitor = signed_in()
    key = digest(cookie_of(visitor).partition("=")[2])
    began = Session.get(key).used_at
    visitor.get("/keys")
    assert Session.get(key).used_at == began
    record = Session.get(key)
    record.used_at = began - timedelta(minutes=6)
    record.save()
    visitor.get("/keys")
    assert Session.get(key).used_at >= began


def test_ones_sessions_are_listed_and_one_is_ended(cloud: LocalCloud, signed_in: Callable[..., Visitor]) -> None:
    here = signed_in("sara")
    there = signed_in("sara")
    page = here.get("/account")
    assert (page.status, page.text.count("this one")) == (200, 1)
    assert "sara@example.org" in page.text
    ends = [form for form in page.forms if form.action.endswith("/end")]
    assert len(ends) == 1
    assert cookie_of(there).partition("=")[2] not in page.html
    after = here.post(ends[0].action, ends[0].fields)
    assert not [form for form in after.forms if form.action.endswith("/end")]
    assert (gets_in(cloud, cookie_of(here)), gets_in(cloud, cookie_of(there))) == (True, False)
    assert here.post(ends[0].action, ends[0].fields | {"submission": "another"}).status == 404


def test_nobody_ends_sessions_of_others(cloud: LocalCloud, signed_in: Callable[..., Visitor]) -> None:
    theirs = signed_in("tess")
    second = signed_in("tess")
    place = next(form.action for form in second.get("/account").forms if form.action.endswith("/end"))
    stranger = signed_in()
    token = stranger.get("/tokens").form("/tokens").fields["csrf_token"]
    assert stranger.post(place, {"csrf_token": token}).status == 404
    assert gets_in(cloud, cookie_of(theirs))


def test_signing_out_everywhere(cloud: LocalCloud, signed_in: Callable[..., Visitor]) -> None:
    here, there = signed_in("ulla"), signed_in("ulla")
    old = [cookie_of(here), cookie_of(there)]
    form = here.get("/account").form("/sign-out-everywhere")
    page = here.post(form.action, form.fields)
    assert "Spark when you need it" in page.text
    assert [gets_in(cloud, cookie) for cookie in old] == [False, False]
    assert gets_in(cloud, cookie_of(signed_in("ulla")))


def test_the_list_says_which_browser_and_from_where(cloud: LocalCloud) -> None:
    flow = Flow(cloud)
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    headers = {"Cookie": flow.cookie, "User-Agent": agent}
    answer = urllib3.request("GET", flow.consent("maintainer"), headers=headers, redirect=False, timeout=HTTP_TIMEOUT)
    headers = {"Cookie": session_of(answer)}
    page = urllib3.request("GET", f"{cloud.portal_url}/account", headers=headers, timeout=HTTP_TIMEOUT).data.decode()
    assert "Firefox on Linux" in page
    assert "127.0.0.1" in page
