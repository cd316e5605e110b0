"""The OpenID provider over HTTP: its discovery document, its keys, its token endpoint. Nothing it sends is trusted here."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import urllib3

from chalicelib.aws.secrets import secret
from chalicelib.core.config import Settings
from chalicelib.core.errors import Forbidden, SignInUnavailable
from chalicelib.core.observability import logger, report_failure

if TYPE_CHECKING:  # it takes a tenth of a second to load, which only signing in needs
    from joserfc.jwk import KeySet

TIMEOUT = 5.0
"""Seconds for one answer; a sign-in needs up to three, and API Gateway gives us 29."""
LARGEST = 1_000_000
"""Bytes of an answer that are read."""
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")

_NO_ANSWER = "The sign-in provider does not answer. Please try again in a minute."
_ODD_ANSWER = "The sign-in provider does not answer correctly. Please try again in a minute."


def discover(issuer: str, now: datetime) -> dict[str, Any]:
    """The provider's description of itself, fetched once an hour.

    Raises:
        SignInUnavailable: the provider does not answer, or not as it should.
    """
    return _provider_configuration(issuer, f"{now:%Y-%m-%dT%H}")


@lru_cache(maxsize=2)
def _provider_configuration(issuer: str, hour: str) -> dict[str, Any]:
    configuration = _fetch(f"{issuer}/.well-known/openid-configuration")
    if str(configuration.get("issuer", "")).rstrip("/") != issuer:
        raise SignInUnavailable("The sign-in provider is not the one that is configured. Please tell an administrator.")
    scheme = urlsplit(issuer).scheme
    for name in (*NEEDED, "end_session_endpoint"):
        address = configuration.get(name, "" if name in NEEDED else f"{scheme}://")
        if not isinstance(address, str) or urlsplit(address).scheme not in ("https", scheme):
            raise SignInUnavailable(_ODD_ANSWER)
    return configuration


def ping(issuer: str, seconds: float) -> None:
    """Ask the provider whether it is there.

    Raises:
        SignInUnavailable: it does not answer within so many seconds, or not as it should.
    """
    try:
        address = f"{issuer}/.well-known/openid-configuration"
        answer = _http().request("GET", address, timeout=urllib3.Timeout(total=seconds), retries=False)
    except urllib3.exceptions.HTTPError as error:
        raise SignInUnavailable(_NO_ANSWER) from error
    if answer.status != 200:
        raise SignInUnavailable(_NO_ANSWER)


def keys(issuer: str, now: datetime, fresh: bool = False) -> KeySet:
    """The keys that the provider signs with, fetched once an hour, or now.

    Raises:
        SignInUnavailable: the provider does not answer, or not with keys.
    """
    if fresh:
        _keys.cache_clear()
    return _keys(discover(issuer, now)["jwks_uri"], f"{now:%Y-%m-%dT%H}")


@lru_cache(maxsize=2)
def _keys(address: str, hour: str) -> KeySet:
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        return KeySet.import_key_set(_fetch(address))  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SignInUnavailable(_ODD_ANSWER) from error


def exchange_code(settings: Settings, code: str, verifier: str, redirect_uri: str, now: datetime) -> Mapping[str, Any]:
    """What the provider gives for a code. A client secret that is refused is fetched again, once: it may have been rotated.

    Raises:
        Forbidden: the provider does not accept the code.
        SignInUnavailable: the provider does not answer as it should, or does not know us.
    """
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    known = secret(settings.oidc_secret_id)
    status, body = _post_code(settings, sent, known, now)
    if _refuses_client(status, body) and (fresh := secret(settings.oidc_secret_id, fresh=True)) != known:
        status, body = _post_code(settings, sent, fresh, now)
    if _refuses_client(status, body):
        report_failure("sign_in_client_refused")
        raise SignInUnavailable("The sign-in provider does not accept this portal. Please tell an administrator.")
    if 400 <= status < 500 and status != 429:
        logger.warning("sign_in_refused", extra={"status": status})
        raise Forbidden(
            "The provider did not accept this sign-in; it may already have been used. Please sign in again."
        )
    if status != 200:
        raise SignInUnavailable(_NO_ANSWER)
    return _object(body)


def _post_code(settings: Settings, sent: dict[str, str], known: str, now: datetime) -> tuple[int, bytes]:
    """How we say who we are is the provider's choice; the header, if it leaves it to us (RFC 6749, section 2.3.1)."""
    described = discover(settings.oidc_issuer, now)
    ways = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    headers: dict[str, str] = {}
    if "client_secret_basic" in ways or "client_secret_post" not in ways:
        pair = f"{quote(settings.oidc_client_id, safe='')}:{quote(known, safe='')}"
        headers = dict(urllib3.make_headers(basic_auth=pair))
    else:
        sent = sent | {"client_id": settings.oidc_client_id, "client_secret": known}
    return _answer("POST", described["token_endpoint"], fields=sent, headers=headers, encode_multipart=False)


def _refuses_client(status: int, body: bytes) -> bool:
    return status == 401 or (status == 400 and b'"invalid_client"' in body)


def _fetch(url: str) -> dict[str, Any]:
    status, body = _answer("GET", url)
    if status != 200:
        logger.warning("provider_failed", extra={"url": url, "status": status})
        raise SignInUnavailable(_NO_ANSWER)
    return _object(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SignInUnavailable(_ODD_ANSWER) from error
    if not isinstance(answer, dict):
        raise SignInUnavailable(_ODD_ANSWER)
    return answer


def _answer(method: str, url: str, **sent: Any) -> tuple[int, bytes]:
    """Status and body, within TIMEOUT however slowly the bytes drip."""
    until = time.monotonic() + TIMEOUT
    timeout = urllib3.Timeout(connect=TIMEOUT / 2, read=TIMEOUT)
    try:
        answer = _http().request(method, url, preload_content=False, timeout=timeout, **sent)
        body = b""
        while len(body) <= LARGEST and time.monotonic() < until and (chunk := answer.read1(65536)):
            body += chunk
        if len(body) > LARGEST or time.monotonic() >= until:
            answer.close()
            raise SignInUnavailable(_ODD_ANSWER)
        answer.release_conn()
    except urllib3.exceptions.HTTPError as error:
        logger.warning("provider_silent", extra={"url": url, "error": type(error).__name__})
        raise SignInUnavailable(_NO_ANSWER) from error
    return answer.status, body


@cache
def _http() -> urllib3.PoolManager:
    """Redirects are not followed: the discovery document says where things are."""
    return urllib3.PoolManager(retries=urllib3.Retry(total=1, connect=1, read=0, redirect=0, status=0))
