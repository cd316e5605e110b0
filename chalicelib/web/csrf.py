"""Posts from other sites are refused: by the browser's own word on where the request comes from, and by a token.

See https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers/Sec-Fetch-Site.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from chalicelib.core.errors import Forbidden
from chalicelib.web.request import Request

FIELD = "csrf_token"


def token(session_secret: str) -> str:
    """The token that this session's forms carry; it tells nothing about the session's secret."""
    return hmac.new(session_secret.encode(), b"atmo form", hashlib.sha256).hexdigest()


def check(request: Request) -> None:
    """Raises Forbidden when a post does not come from one of our own pages in this session."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = site not in (None, "same-origin", "none")
    if origin and origin != "null" and not site:
        foreign = urlsplit(origin).netloc != request.headers.get("host", "")
    posted_token = request.headers.get("x-csrf-token") or request.form.get(FIELD, "")
    if foreign or not hmac.compare_digest(posted_token.encode(), token(request.session_secret).encode()):
        raise Forbidden(
            "This form was not sent from this portal, or you have signed in again since. Go back, reload and try again."
        )
