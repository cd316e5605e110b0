"""A person with a browser that has no JavaScript: pages, forms with what is in them, cookies, the real sign-in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

from tests.support.html_page import Form, text_of
from tests.support.html_page import forms as forms_of
from tests.support.http import HTTP_TIMEOUT

if TYPE_CHECKING:
    from playwright._impl._api_structures import SetCookieParam

File = tuple[str, bytes]
REDIRECTS = (301, 302, 303, 307)


@dataclass
class Page:
    """An answer, read as a browser reads it. `form` and the like take the end of a form's action, without the query."""

    status: int
    url: str
    html: str
    headers: Mapping[str, str]
    forms: list[Form] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Where it came from: the path with its query."""
        parts = urlsplit(self.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def text(self) -> str:
        """What a person reads, white space put together."""
        return text_of(self.html)

    @property
    def heading(self) -> str:
        """The page's main heading."""
        match = re.search(r"<h1[^>]*>(.*?)</h1>", self.html, re.DOTALL)
        return text_of(match[1]) if match else ""

    def form(self, action_end: str) -> Form:
        """The form that goes there."""
        form = next((form for form in self.forms if form.goes_to(action_end)), None)
        assert form, f"no form goes to {action_end} on {self.url}"
        return form

    def has_form(self, action_end: str) -> bool:
        return any(form.goes_to(action_end) for form in self.forms)

    def fields(self, action_end: str) -> dict[str, str]:
        """What that form sends when nothing is typed."""
        return self.form(action_end).fields

    def error(self, name: str) -> str:
        """The sentence at a field, "" when it was accepted."""
        match = re.search(rf'id="error-{name}"[^>]*>(.*?)</p>', self.html, re.DOTALL)
        return text_of(match[1]) if match else ""

    def addresses(self, attribute: str = "href") -> list[str]:
        return [unescape(value) for value in re.findall(rf'{attribute}="([^"]*)"', self.html)]


class Visitor:
    """Cookies are kept by host and port, as our two portals on one host need; redirects are followed."""

    def __init__(self, portal_url: str, name: str = "") -> None:
        self.url, self.name = portal_url, name
        self._cookies: dict[str, dict[str, str]] = {}

    def sign_in(self, username: str) -> Page:
        """Through the provider's own page, as people do."""
        choice = self.get("/login").form("/authorize")
        return self.post(choice.action, choice.fields | {"person": username})

    def give_cookie(self, name: str, value: str) -> None:
        self._cookies.setdefault(urlsplit(self.url).netloc, {})[name] = value

    def cookies(self) -> list[SetCookieParam]:
        """The portal's cookies, as Playwright takes them."""
        jar = self._cookies.get(urlsplit(self.url).netloc, {})
        return [{"name": name, "value": value, "url": self.url} for name, value in jar.items()]

    def get(self, path: str, follow: bool = True, **headers: str) -> Page:
        return self._ask("GET", path, headers=headers, follow=follow)

    def post(
        self, path: str, fields: Mapping[str, str], files: Mapping[str, File] | None = None, /, **headers: str
    ) -> Page:
        if files is None:
            kind = "application/x-www-form-urlencoded"
            return self._ask("POST", path, urlencode(fields).encode(), {"Content-Type": kind, **headers})
        body, kind = urllib3.encode_multipart_formdata({**fields, **files})
        return self._ask("POST", path, body, {"Content-Type": kind, **headers})

    def submit(self, path: str, files: Mapping[str, File] | None = None, /, **typed: str) -> Page:
        """Open the page, type into the form that goes to it, and send that."""
        return self._send(self.get(path).form(path.partition("?")[0]), files or {}, typed)

    def send(self, page: Page, action_end: str, file: File | None = None, /, **typed: str) -> Page:
        """Type into a form of a page that is open, choose a file for its only file field, and send it."""
        form = page.form(action_end)
        return self._send(form, {form.file_fields[0]: file} if file else {}, typed)

    def _send(self, form: Form, files: Mapping[str, File], typed: Mapping[str, str]) -> Page:
        if not form.multipart:
            return self.post(form.action, {**form.fields, **typed})
        none_chosen: dict[str, File] = dict.fromkeys(form.file_fields, ("", b""))
        return self.post(form.action, {**form.fields, **typed}, {**none_chosen, **files})

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, follow: bool = True
    ) -> Page:  # fmt: skip
        url = urljoin(self.url, path)
        for _ in range(10):
            answer = self._request(method, url, body, headers or {})
            self._keep(urlsplit(url).netloc, answer.headers.getlist("set-cookie"))
            if answer.status not in REDIRECTS or not follow:
                html = answer.data.decode()
                return Page(answer.status, url, html, answer.headers, forms_of(html, url))
            url, method, body, headers = urljoin(url, answer.headers["location"]), "GET", None, {}
        raise AssertionError(f"redirected without end, at last to {url}")

    def _request(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        jar = self._cookies.get(urlsplit(url).netloc, {})
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if jar:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        return urllib3.request(
            method, url, body=body, headers=sent, redirect=False, retries=False, timeout=HTTP_TIMEOUT
        )

    def _keep(self, host: str, lines: list[str]) -> None:
        jar = self._cookies.setdefault(host, {})
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    jar.pop(name, None)
                else:
                    jar[name] = morsel.value
