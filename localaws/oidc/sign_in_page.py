"""The provider's sign-in page: one button for each of the demo people."""

from __future__ import annotations

from markupsafe import escape
from werkzeug.wrappers import Response

from localaws.console.html import page
from localaws.people import PEOPLE, Person, by_email


def sign_in_page(params: dict[str, str], action: str) -> Response:
    """The page for an authorization request; its form posts the request and the person chosen to `action`."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in params.items()
    )
    hinted = by_email(params.get("login_hint", ""))
    buttons = "".join(_button(person, person is hinted) for person in PEOPLE.values())
    text = "<p>This is the embedded cloud's own sign-in. It has four people and no passwords.</p>"
    return page("Who are you?", f'{text}<form method="post" action="{action}">{hidden}{buttons}</form>')


def _button(person: Person, hinted: bool) -> str:
    focus = " autofocus" if hinted else ""
    groups = f" <small>{escape(', '.join(person.groups))}</small>" if person.groups else ""
    return (
        f'<button class="person" name="person" value="{person.username}"{focus}><strong>{escape(person.name)}</strong>'
        f"{groups}<span>{escape(person.email)}</span><span>{escape(person.about)}</span></button>"
    )
