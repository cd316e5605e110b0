"""Whether people can sign in: the client secret is there and is one, and the provider describes itself.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from deployment.place import Place
from deployment.preflight.missing import Missing

NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
TIMEOUT_SECONDS = 10
NOT_THERE = ("ParameterNotFound", "ResourceNotFoundException")


def check_secret(place: Place, values: Mapping[str, str]) -> Iterator[Missing]:
    """The client secret exists, encrypted, and is what the provider showed and nothing around it."""
    name = values.get("OidcSecretId", "")
    make = f"aws ssm put-parameter --type SecureString --name {name} --value file:///dev/stdin"
    if not name.startswith("/"):
        make = f"aws secretsmanager create-secret --name {name} --secret-string file:///dev/stdin"
    try:
        text, is_encrypted = _read(place.session, name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in NOT_THERE:
            raise
        yield Missing(f"There is no client secret {name}.", make)
        return
    if not is_encrypted:
        sentence = f"The parameter {name} is not a SecureString: whoever may read parameters can read it."
        yield Missing(sentence, f"{make} --overwrite")
    if problem := form_of(text):
        anew = make.replace("create-secret --name", "put-secret-value --secret-id")
        yield Missing(f"The client secret {name} {problem}.", f"{anew} --overwrite" if name.startswith("/") else anew)


def _read(session: Any, name: str) -> tuple[str, bool]:
    if name.startswith("/"):
        parameter = session.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
        return str(parameter["Value"]), parameter["Type"] == "SecureString"
    answer = session.client("secretsmanager").get_secret_value(SecretId=name)
    return str(answer.get("SecretString") or answer["SecretBinary"].decode()), True


def form_of(text: str) -> str:
    """What is wrong with the form of a client secret; empty where nothing is."""
    if not text.strip():
        return "is empty"
    if text != text.strip():
        return "begins or ends with white space, which the provider takes for a part of it"
    if text.startswith("{"):
        try:
            return "" if json.loads(text).get("client_secret") else "is JSON without a field client_secret"
        except ValueError:
            return "looks like JSON and is none"
    return ""


def check_issuer(
    place: Place, values: Mapping[str, str], fetch: Callable[[str], bytes] | None = None
) -> Iterator[Missing]:
    """The provider's discovery answers, about the issuer that is configured, with what we need."""
    issuer = values.get("OidcIssuer", "").rstrip("/")
    url = f"{issuer}/.well-known/openid-configuration"
    try:
        document = json.loads((fetch or _fetch)(url))
    except (OSError, ValueError) as error:
        yield Missing(
            f"The OpenID provider does not describe itself: {error}.", f"curl -i {url}   (then correct OidcIssuer)"
        )
        return
    if str(document.get("issuer", "")).rstrip("/") != issuer:
        yield Missing(
            f"The provider calls itself {document.get('issuer')}, not {issuer}.",
            "Set OidcIssuer to what it calls itself.",
        )
    if lacking := [name for name in NEEDED if not document.get(name)]:
        yield Missing(f"The provider's description lacks {', '.join(lacking)}.", f"curl {url}")
    methods = document.get("code_challenge_methods_supported")
    if methods is not None and "S256" not in methods:
        yield Missing(
            "The provider does not take PKCE with S256, which sign-in uses.", "Enable it for the portal's client."
        )


def _fetch(url: str) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url} is no web address")
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
        return bytes(answer.read())
