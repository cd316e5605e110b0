"""A form that is sent after its session has ended loses nothing of what was typed.

Nothing is stored here: the answer is a page that holds the fields, for its own browser alone, and is sent once more when the
person has signed in again in another tab. The form carries the old session's token then, or none, so it is not carried out:
it is shown once more, filled in, for the person to send. The same happens to whoever signed in again by themselves.

Only what the browser says comes from our own pages is held or refilled; anything else is refused as before. Private keys and
files are not held.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from chalice.app import Response

from chalicelib.core.config import settings
from chalicelib.web.csrf import FIELD as CSRF_FIELD
from chalicelib.web.form_state import SUBMISSION_FIELD
from chalicelib.web.pages import show
from chalicelib.web.request import Request
from chalicelib.web.urls import Urls

STATUS = 401
MAX_BYTES = 1_000_000
"""How much is held in the page; a form of more is not written by hand."""
PRIVATE = ("PRIVATE KEY", "Private-Lines:")
"""What private keys have in them, OpenSSH's and PuTTY's, which go into no page."""


def is_ours(request: Request) -> bool:
    """Whether the browser itself says that a page of ours sent this form. Whoever says nothing of it is not believed."""
    if site := request.headers.get("sec-fetch-site"):
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == urlsplit(settings().portal_url).netloc


def typed(request: Request) -> Mapping[str, str]:
    """What was typed into the form, without what must go into no page.

    Raises:
        BadRequest, TooLarge: the form cannot be read.
    """
    return {
        name: "" if any(word in value for word in PRIVATE) else value
        for name, value in request.form.items()
        if name not in (CSRF_FIELD, SUBMISSION_FIELD)
    }


def hold(request: Request) -> Response | None:
    """The page that holds what was typed until the person has signed in again; None where there is nothing to hold.

    Raises:
        BadRequest, TooLarge: the form cannot be read.
    """
    if request.method != "POST" or not is_ours(request):
        return None
    fields = typed(request)
    if sum(len(name) + len(value) for name, value in fields.items()) > MAX_BYTES:
        return None
    action = Urls(request.base).to(*request.path.strip("/").split("/"), **request.query)
    return show(request, "errors/signed_out.html", STATUS, fields=fields, action=action, files=bool(request.files))
