"""A person with a browser that has no JavaScript: pages, forms with what is in them, cookies, the real sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

from tests.support.http import PATIENCE

File = tuple[str, bytes]


@dataclass
class Form:
    """A form of a page: where it goes, and what its fields hold as the page comes."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    multipart: bool = False


@dataclass
class Page:
    """An answer, read as a browser reads it."""

    status: int
    url: str
    body: str
    headers: Mapping[str, str]
    forms: list[Form]
    text: str

    def form(self, action_end: str) -> Form:
        """The form whose action ends so."""
        return next(form for form in self.forms if form.action.split("?")[0].endswith(action_end))

    def error(self, name: str) -> str:
        """The message that the page shows at a field, "" for none."""
        marker = f'id="error-{name}"'
        if marker not in self.body:
            return ""
        return _read(self.body.split(marker)[1].partition(">")[2].partition("</p>")[0]).text


class Visitor:
    """Cookies are kept by host and port, as our two portals on one host need; redirects are followed."""

    def __init__(self, portal_url: str) -> None:
        self.url = portal_url
        self._cookies: dict[str, dict[str, str]] = {}

    def sign_in(self, username: str) -> Page:
        """Through the provider's own page, as people do."""
        choice = self.get("/login").form("/authorize")
        return self.post(choice.action, choice.fields | {"person": username})

    def give_cookie(self, name: str, value: str) -> None:
        self._cookies.setdefault(urlsplit(self.url).netloc, {})[name] = value

    def get(self, path: str, **headers: str) -> Page:
        return self._ask("GET", path, headers=headers)

    def post(
        self, path: str, fields: Mapping[str, str], files: Mapping[str, File] | None = None, **headers: str
    ) -> Page:
        if files is None:
            kind = "application/x-www-form-urlencoded"
            return self._ask("POST", path, urlencode(fields).encode(), {"Content-Type": kind, **headers})
        body, kind = urllib3.encode_multipart_formdata({**fields, **files})
        return self._ask("POST", path, body, {"Content-Type": kind, **headers})

    def submit(self, path: str, files: Mapping[str, File] | None = None, **typed: str) -> Page:
        """Open the page, type into the form that goes to it, and send that."""
        form = self.get(path).form(path.partition("?")[0])
        if form.multipart:
            files = files or {"file": ("", b"")}
        return self.post(form.action, form.fields | typed, files)

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Page:
        url = urljoin(self.url, path)
        for _ in range(10):
            host = urlsplit(url).netloc
            sent = "; ".join(f"{name}={value}" for name, value in self._cookies.get(host, {}).items())
            named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
            answer = urllib3.request(
                method,
                url,
                body=body,
                headers=named | ({"Cookie": sent} if sent else {}),
                redirect=False,
                retries=False,
                timeout=PATIENCE,
            )
            self._keep(host, answer.headers.getlist("set-cookie"))
            if answer.status not in (301, 302, 303, 307):
                read = _read(answer.data.decode())
                for form in read.forms:
                    form.action = urljoin(url, form.action)
                return Page(answer.status, url, answer.data.decode(), answer.headers, read.forms, read.text)
            url, method, body, headers = urljoin(url, answer.headers["location"]), "GET", None, {}
        raise AssertionError(f"redirected without end, at last to {url}")

    def _keep(self, host: str, lines: list[str]) -> None:
        jar = self._cookies.setdefault(host, {})
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    jar.pop(name, None)
                else:
                    jar[name] = morsel.value


class _Reader(HTMLParser):
    """Collects forms and text."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._words: list[str] = []
        self._area = ""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = {name: value or "" for name, value in attrs}
        if tag == "form":
            multipart = given.get("enctype") == "multipart/form-data"
            self.forms.append(Form(given.get("action", ""), multipart=multipart))
        elif self.forms and given.get("name"):
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, Any]) -> None:
        fields, kind = self.forms[-1].fields, given.get("type")
        if tag == "textarea":
            self._area = given["name"]
            fields[self._area] = ""
        elif tag == "input" and kind != "file" and (kind not in ("radio", "checkbox") or "checked" in given):
            fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            form = self.forms[-1]
            form.fields[self._area] = form.fields[self._area].removeprefix("\n")
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data
        self._words.append(data)


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    return reader
