"""Fill in a page: what every template may use besides its own context, and how a refusal looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Response

from chalicelib.core import rendering
from chalicelib.core.config import settings
from chalicelib.core.errors import AtmoError
from chalicelib.core.version import VERSION
from chalicelib.web import csrf, done_notice, responses, stamps, static
from chalicelib.web.request import Request
from chalicelib.web.urls import Urls

MODIFIED = "X-ATMO-Modified-Date"
"""When what a page shows was changed last; atmo.js asks again later and says when the page is outdated."""

Notices = Callable[[Request], dict[str, Any]]
_notices: list[Notices] = []


def add_notices(notices: Notices) -> None:
    """Let every template use what this returns for its request, besides the page's own context.

    Domains know what everybody is told, and this module knows no domain; the portal's entry point connects the two.
    """
    _notices.append(notices)


def show(
    request: Request, template: str, status: int = 200, headers: dict[str, Any] | None = None, **context: Any
) -> Response:
    """The page of this template. Besides its own context it may use: person, urls, absolute (urls with
    the origin, for programs and mails), static, icons, favicon, csrf_token, now, path, refills, modified,
    done (what the last form did), stage (unless it is production), version, and what `add_notices` brought."""
    notices = {name: value for each in _notices for name, value in each(request).items()}
    if status == 200:
        stamps.records_read(request)
    done, headers = done_notice.take(request, headers)
    body = rendering.render(
        template,
        person=request.person,
        urls=Urls(request.base),
        absolute=Urls(settings().portal_url),
        static=static.url_maker(request.base),
        icons=static.icons(),
        favicon=static.favicon_url(),
        csrf_token=csrf.token(request.session_secret) if request.session_secret else "",
        now=request.now,
        path=request.path,
        refills=request.refills,
        **notices,
        modified=headers.get(MODIFIED, ""),
        done=done,
        stage=settings().trial_stage,
        version=VERSION,
        **context,
    )
    return stamps.answer(request, body, status, headers)


def go(request: Request, *parts: str, **query: object) -> Response:
    """Redirect to a page of ours."""
    return responses.redirect(Urls(request.base).to(*parts, **query))


def error_page(request: Request, error: AtmoError) -> Response:
    """A refusal as a page."""
    return show(request, "errors/error.html", error.status, responses.when_to_retry(error), error=error)


def leave(request: Request, url: str, headers: dict[str, Any] | None = None) -> Response:
    """Send the browser to a page of the sign-in provider.

    Browsers let a form lead, by redirects, only where our policy says. Some providers' pages are not where the provider
    itself is (Cognito); to them a page of ours leads, which goes on by itself.
    """
    if responses.origin(url) in (responses.origin(settings().oidc_issuer), responses.origin(settings().portal_url)):
        return responses.redirect(url, headers)
    return show(request, "users/onward.html", 200, headers, url=url)
