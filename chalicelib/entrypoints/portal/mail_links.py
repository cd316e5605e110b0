"""Where mails' links lead: a page with one question and one button. Following the link alone does nothing."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.errors import Conflict
from chalicelib.mail_links import service as mail_links
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
"""The address is what lets somebody act, so it is told to nobody."""


@routes.page("/links/{text}", "link.follow", methods=("GET", "POST"), idempotent=True)
def follow(request: Request, text: str) -> Response:
    """Ask whether to do what the link is for; the button does it, once, also for somebody who is not signed in."""
    try:
        link = mail_links.open_link(text, request.now)
        if request.method == "GET":
            mail_links.refuse_used(link)
        question = mail_links.question(link)
        if request.method == "POST":
            mail_links.use(link, request.now)
            return show(request, "links/done.html", headers=PRIVATE, question=question)
    except Conflict as error:
        return show(request, "links/refused.html", error.status, PRIVATE, refusal=error.message)
    return show(request, "links/question.html", headers=PRIVATE, question=question, link=link, text=text)
