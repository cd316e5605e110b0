"""What is wrong with the parameters of a deployment that CloudFormation cannot know, before anything is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from urllib.parse import urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
PUBLIC_ISSUERS = {
    "accounts.google.com", "appleid.apple.com", "gitlab.com", "id.twitch.tv", "api.login.yahoo.com", "www.linkedin.com",
    "www.facebook.com", "login.live.com",
}  # fmt: skip
"""OpenID providers at which anybody has an account."""
MICROSOFT, ANY_TENANT = "login.microsoftonline.com", ("common", "consumers", "organizations")
WIDEST_PREFIX = 8
"""The length of 10.0.0.0/8's: a wider range of addresses is nobody's own network."""
ANYBODY = "AnybodyMaySignIn"
"""What says in words that a deployment is open to the world. It is no parameter of the template."""


def problems(values: Mapping[str, str], declared: Collection[str]) -> Iterator[str]:
    """A sentence for each: `values` are those in effect after the deployment, `declared` the names that the template knows."""
    for name in sorted(set(values) - set(declared) - {ANYBODY}):
        yield f"There is no parameter {name}; see docs/deploy.md for their names."
    for name in ("OidcIssuer", "PortalUrl"):
        if is_plain_http(values.get(name, "")):
            yield f"{name} must begin with https://: over http:// anybody on the way can read and change what is sent."
    yield from _about_connecting(values)
    if is_open_to_the_world(values):
        yield (
            f"Anybody with an account at {values['OidcIssuer']} could sign in and launch clusters at your expense. Say who may "
            f'with AllowedGroups (see docs/sign-in.md), or set "{ANYBODY}": "yes" if that is what you want.'
        )


def _about_connecting(values: Mapping[str, str]) -> Iterator[str]:
    width = values.get("SshFrom", "").partition("/")[2]
    if width and int(width) < WIDEST_PREFIX:
        yield (
            f"SshFrom lets in {values['SshFrom']}, which is nearly everybody. Give the addresses of your own network, such as "
            "203.0.113.0/24, or leave it out: people connect by Session Manager then."
        )
    if values.get("SessionManager") == "no" and not values.get("SshFrom"):
        yield 'Nobody could connect to a cluster. Set SshFrom, or leave out "SessionManager": "no".'


def is_plain_http(url: str) -> bool:
    """Whether this leads over a network unencrypted; to one's own machine that is no matter."""
    return url.startswith("http://") and urlsplit(url).hostname not in LOOPBACK


def is_open_to_the_world(values: Mapping[str, str]) -> bool:
    """Whether whoever makes an account at the provider is let in, and nobody said so."""
    issuer = urlsplit(values.get("OidcIssuer", ""))
    tenant = issuer.path.strip("/").partition("/")[0]
    public = issuer.hostname in PUBLIC_ISSUERS or (issuer.hostname == MICROSOFT and tenant in ANY_TENANT)
    return public and not values.get("AllowedGroups", "").strip(" ,") and values.get(ANYBODY) != "yes"


def with_portal_url(values: Mapping[str, str]) -> dict[str, str]:
    """The values, and where they name a domain of one's own, that as the portal's address."""
    domain = values.get("DomainName", "")
    return {**({"PortalUrl": f"https://{domain}"} if domain else {}), **values}
