"""The portal as a browser without JavaScript uses it: a session's cookie, forms read from the pages, redirects followed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import urllib3

from localaws.cloud import LocalCloud
from tests.support.http import PATIENCE


@dataclass(frozen=True)
class Page:
    """An answer of the portal: where it came from, its status, its headers and its HTML."""

    path: str
    status: int
    headers: Any
    html: str

    @property
    def text(self) -> str:
        """What a person reads, white space put together."""
        return " ".join(
            unescape(re.sub(r"<(script|style|noscript)\b.*?</\1>|<[^>]+>", " ", self.html, flags=re.DOTALL)).split()
        )

    @property
    def heading(self) -> str:
        """The page's main heading."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.html, re.DOTALL)
        return unescape(found[1]).strip() if found else ""

    def form(self, action: str) -> dict[str, str]:
        """The fields of the form that posts to this path, as a browser would send them untouched."""
        reader = _Form(action)
        reader.feed(self.html)
        assert reader.found, f"no form posts to {action} on {self.path}"
        return reader.fields

    def has_form(self, action: str) -> bool:
        reader = _Form(action)
        reader.feed(self.html)
        return reader.found

    def error_at(self, field: str) -> str:
        """The sentence at this field, "" when it was accepted."""
        found = re.search(rf'id="error-{field}">(.*?)</p>', self.html, re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[1])).split()) if found else ""

    def addresses(self, attribute: str = "href") -> list[str]:
        return [unescape(found) for found in re.findall(rf'{attribute}="([^"]*)"', self.html)]


class Browser:
    """One person's browser; `signed_in` makes one with a session. The sign-in itself has its own tests."""

    def __init__(self, cloud: LocalCloud, name: str = "", cookie: str = "") -> None:
        self.url, self.name, self.cookie = cloud.portal_url, name, cookie

    def get(self, path: str, **headers: str) -> Page:
        return self._ask("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, fields: dict[str, str], notebook: tuple[str, bytes] | None = None) -> Page:
        """Send a form and follow the redirect; with a file in the field `notebook`, or none chosen, as multipart."""
        sent: dict[str, Any] = dict(fields) | {"notebook": (*(notebook or ("", b"")), "application/octet-stream")}
        body, kind = urllib3.encode_multipart_formdata(sent)
        return self._ask("POST", path, {"Content-Type": kind}, body)

    def submit(self, page: Page, action: str, notebook: tuple[str, bytes] | None = None, **changes: str) -> Page:
        """Fill in a page's form and send it."""
        return self.post(action, page.form(action) | changes, notebook)

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Page:
        answer = urllib3.request(
            method,
            self.url + path,
            body=body,
            headers={"Cookie": self.cookie} | headers,
            redirect=False,
            retries=False,
            timeout=PATIENCE,
        )
        place = answer.headers.get("Location", "")
        if answer.status == 303 and place.startswith("/"):
            return self._ask("GET", place, {})
        return Page(path, answer.status, answer.headers, answer.data.decode())


def signed_in(cloud: LocalCloud, name: str, *groups: str) -> Browser:
    """The browser of a person of this name, unknown before, in these groups."""
    from chalicelib.core import clock
    from chalicelib.identity import sessions, users
    from chalicelib.identity.person import Person
    from chalicelib.web import auth

    users.remember(Person(name, f"{name}@example.org", frozenset(groups)), clock.now())
    secret = sessions.begin(name, clock.now())
    return Browser(cloud, name, f"{auth.cookie_name()}={secret}")


class _Form(HTMLParser):
    """Reads one form's fields: inputs, chosen radio buttons, the select's option, text areas."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.found, self.inside = action, False, False
        self.fields: dict[str, str] = {}
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("action") == self.action and given.get("method") == "post"
            self.found |= self.inside
        elif self.inside and tag == "input" and given.get("type") != "file":
            if given.get("type") != "radio" or "checked" in given:
                self.fields[given["name"]] = given.get("value", "")
        elif self.inside and tag == "select":
            self.select = given["name"]
        elif self.inside and tag == "option" and (self.select not in self.fields or "selected" in given):
            self.fields[self.select] = given["value"]
        elif self.inside and tag == "textarea":
            self.area = given["name"]
            self.fields[self.area] = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.fields[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area:
            self.fields[self.area] = self.fields[self.area].removeprefix("\n")
            self.area = ""
        elif tag == "form":
            self.inside = False


def fresh(name: str) -> str:
    """An identifier that no other test uses."""
    return f"{name}-{uuid4().hex[:8]}"
