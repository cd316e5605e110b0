"""What API Gateway answers by itself, as the deployment's template words it; a test compares them.

The template's key is the answer's Content-Type. Without one that the client accepts by name it is that of `application/json`:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.responseTemplates.html
"""

from __future__ import annotations

import json
from typing import Any

JSON, PROBLEM, HTML = "application/json", "application/problem+json", "text/html"
NOT_FOUND, TOO_LARGE = "MISSING_AUTHENTICATION_TOKEN", "REQUEST_TOO_LARGE"
_NOT_FOUND = (
    '{"type": "about:blank", "title": "Not found", "status": 404, "detail": "There is nothing at this address."}'
)
_TOO_LARGE = (
    '{"type": "about:blank", "title": "Too large", "status": 413, '
    '"detail": "Upload the notebook first: POST /api/v1/uploads."}'
)

STATUS = {NOT_FOUND: 404, TOO_LARGE: 413}
TEMPLATES = {
    NOT_FOUND: {
        HTML: (
            '<!doctype html><html lang="en"><title>Not found</title><h1>Not found</h1><p>There is nothing at this address. '
            'Check it, or go to <a href="${PortalUrl}/">the start page</a>.</p></html>'
        ),
        JSON: _NOT_FOUND,
        PROBLEM: _NOT_FOUND,
    },
    TOO_LARGE: {
        HTML: (
            "<!doctype html><title>Too large</title><h1>This is too large</h1><p>Go back: your browser still has what you "
            "typed. Choose a smaller file, clear the notebook's outputs, or switch JavaScript on, with which up to 50 MB are "
            "taken.</p>"
        ),
        JSON: _TOO_LARGE,
        PROBLEM: _TOO_LARGE,
    },
}


def of_kind(kind: str, accept: str) -> tuple[int, dict[str, Any], str]:
    """The status, headers and body of one that the template words."""
    templates = TEMPLATES[kind]
    content_type = next((each for each in (HTML, PROBLEM) if each in accept), JSON)
    return STATUS[kind], headers(content_type), templates[content_type].replace("${PortalUrl}", "")


def unworded(status: int, message: str) -> tuple[int, dict[str, Any], str]:
    """One of those that the template leaves as API Gateway has them, but for their headers."""
    return status, headers(JSON), json.dumps({"message": message})


def headers(content_type: str) -> dict[str, Any]:
    """Those that the template gives to every answer of API Gateway's own."""
    from chalicelib.web import responses

    return responses.secured({"Content-Security-Policy": "sandbox", "Content-Type": content_type})
