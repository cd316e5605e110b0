"""API Gateway in front of the portal: how large a request may be, and how long its answer may take.

10 MB and 29 seconds: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
A Lambda function's response has 6,291,556 bytes at most: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import json
import threading
from typing import Any

from localaws import gateway_responses, running

MAX_REQUEST = 10 * 1024 * 1024
MAX_RESPONSE = 6_291_556
THREAD = "api"
"""The name of the threads in which the function answers requests."""
SECONDS = 29.0
"""Real seconds."""

Response = dict[str, Any]


class Gateway:
    """Chalice's local gateway, with API Gateway's limits. `seconds` is how long an answer may take."""

    seconds = SECONDS

    def __init__(self, behind: Any) -> None:
        self._behind = behind

    def handle_request(self, method: str, path: str, headers: Any, body: bytes) -> Response:
        """The function's response, or API Gateway's own.

        Raises:
            LocalGatewayException: Chalice's gateway refuses the request.
        """
        if len(body or b"") > MAX_REQUEST:
            return _own(gateway_responses.of_kind(gateway_responses.TOO_LARGE, headers.get("accept") or ""))
        outcome: list[Response | Exception] = []

        def answer() -> None:
            try:
                with running.acting(running.PORTAL):
                    outcome.append(self._behind.handle_request(method=method, path=path, headers=headers, body=body))
            except Exception as error:
                outcome.append(error)

        thread = threading.Thread(target=answer, daemon=True, name=THREAD)
        thread.start()
        thread.join(self.seconds)
        if not outcome:
            return _own(gateway_responses.unworded(504, "Endpoint request timed out"))
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        if _is_too_large(outcome[0]):
            return _own(gateway_responses.unworded(502, "Internal server error"))
        return outcome[0]


def _is_too_large(response: Response) -> bool:
    text = response.get("body") or ""
    # Every sign takes one byte at least and, escaped, six at most: only in between it has to be measured.
    return len(text) > MAX_RESPONSE // 6 and len(json.dumps(response, default=str)) > MAX_RESPONSE


def _own(answer: tuple[int, dict[str, Any], str]) -> Response:
    status, headers, body = answer
    return {"statusCode": status, "headers": headers, "multiValueHeaders": {}, "body": body}
