"""Why somebody does something to what is another's, as the forms for it ask."""

from __future__ import annotations

from chalicelib.web.request import Request


def reason(request: Request) -> str:
    """What was given as the reason, "" for none.

    Raises:
        Invalid: naming `reason`: it is too long, or no text.
    """
    from chalicelib.audit.forms import Because  # forms are loaded where they are filled
    from chalicelib.core.fields import read

    return read(Because, {"reason": request.form.get("reason", "")}).reason or ""
