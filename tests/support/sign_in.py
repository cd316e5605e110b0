"""A sign-in, step by step, as one browser takes it; and the provider it goes through, made to misbehave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import urllib3
from werkzeug.wrappers import Request, Response

from localaws.cloud import LocalCloud
from tests.support.http import HTTP_TIMEOUT

Change = Callable[[dict[str, Any]], dict[str, Any] | None]


class Flow:
    """A sign-in with the cookies of one browser."""

    def __init__(self, cloud: LocalCloud, query: str = "", cookie: str = "") -> None:
        self.portal = cloud.portal_url
        self.began = self._get(f"{self.portal}/login{query}", cookie)
        self.cookie = self.began.headers.get("set-cookie", "").partition(";")[0]
        self.authorize = self.began.headers.get("location", "")

    def _get(self, url: str, cookie: str = "") -> urllib3.BaseHTTPResponse:
        headers = {"Cookie": cookie} if cookie else {}
        return urllib3.request("GET", url, headers=headers, redirect=False, retries=False, timeout=HTTP_TIMEOUT)

    @property
    def parameters(self) -> dict[str, str]:
        """What the provider is sent in the query."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.authorize).query).items()}

    def consent(self, person: str = "alice") -> str:
        """The address that the provider sends the browser back to."""
        hint = urlencode({"prompt": "none", "login_hint": f"{person}@example.org"})
        return self._get(f"{self.authorize}&{hint}").headers["location"]

    def back(self, url: str, cookie: str | None = None) -> urllib3.BaseHTTPResponse:
        return self._get(url, self.cookie if cookie is None else cookie)

    def finish(self, person: str = "alice") -> urllib3.BaseHTTPResponse:
        """All of it; what the portal answers at the end."""
        return self.back(self.consent(person))


def session_of(answer: urllib3.BaseHTTPResponse) -> str:
    """The cookie of the session that an answer begins, "" for none."""
    made = [line for line in answer.headers.getlist("set-cookie") if "session" in line]
    return made[0].partition(";")[0] if made else ""


class Provider:
    """The embedded provider as a test wants it, for as long as the test runs. The portal is told nothing of it."""

    def __init__(self, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
        self.real, self._patch = cloud.provider, monkeypatch
        self.forget()

    def forget(self) -> None:
        """The portal asks for everything anew, as a fresh Lambda does."""
        from chalicelib.identity import oidc_client

        oidc_client._provider_configuration.cache_clear()
        oidc_client._keys.cache_clear()

    def signs(self, sign: Callable[[dict[str, Any]], str]) -> None:
        """ID tokens are made by this from their claims."""
        self._patch.setattr(self.real, "sign", sign)

    def claims(self, **changes: Any) -> None:
        """ID tokens say this too; None leaves a claim out."""
        sign = type(self.real).sign
        self.signs(
            lambda claims: sign(
                self.real, {name: value for name, value in (claims | changes).items() if value is not None}
            )
        )

    def answers(self, place: str, stand_in: Callable[[Request], Response]) -> None:
        """This answers at a path, such as "/token"."""
        self._patch.setitem(self.real.stand_ins, place, stand_in)

    def describes(self, **changes: Any) -> None:
        """The discovery document says this too; None leaves something out."""
        import json

        said = json.loads(self.real._discovery(Request({})).get_data()) | changes
        body = json.dumps({name: value for name, value in said.items() if value is not None})
        self.answers("/.well-known/openid-configuration", lambda _: Response(body, content_type="application/json"))
