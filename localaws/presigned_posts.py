"""Presigned posts, whose policy moto does not check. Nothing checks when they expire: AWS's libraries sign by the real clock,
and the cloud's may be days ahead."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.s3.utils import cors_matches_origin
from werkzeug.formparser import parse_form_data
from werkzeug.wrappers import Response

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def is_post(environ: dict[str, Any]) -> bool:
    """Whether this is a form for S3, as browsers send it."""
    kind = str(environ.get("CONTENT_TYPE", ""))
    return bool(environ["REQUEST_METHOD"] == "POST") and kind.startswith("multipart/form-data")


def post(environ: dict[str, Any], start_response: Any, moto: WsgiApp) -> Iterable[bytes]:
    """S3's answer to such a form, which scripts of the origins that the bucket names may read."""
    origin = environ.get("HTTP_ORIGIN", "")
    refusal = refuse(environ)

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        allowed = [("Access-Control-Allow-Origin", origin)] if _allows(environ["PATH_INFO"], origin) else []
        return start_response(status, [*headers, *allowed], *more)

    return (refusal or moto)(environ, start)


def _allows(path: str, origin: str) -> bool:
    bucket = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(path.split("/")[1])
    return bool(bucket and any(cors_matches_origin(origin, rule.allowed_origins) for rule in bucket.cors))


def refuse(environ: dict[str, Any]) -> Response | None:
    """S3's answer to a form whose policy does not allow it, or None. The body can be read again afterwards."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    _, form, files = parse_form_data(environ | {"wsgi.input": BytesIO(body)})
    size = -1
    for file in files.values():
        size = len(file.read())
        file.close()
    try:
        policy = json.loads(base64.b64decode(form.get("policy", "")))
    except ValueError:
        return _error(403, "AccessDenied")
    return _violation(policy["conditions"], form, size)


def _violation(conditions: Iterable[Any], form: Any, size: int) -> Response | None:
    for condition in conditions:
        if isinstance(condition, dict) and any(form.get(name, value) != value for name, value in condition.items()):
            if "bucket" not in condition:
                return _error(403, "AccessDenied")
        elif isinstance(condition, list) and condition[0] == "content-length-range":
            if size > condition[2]:
                return _error(400, "EntityTooLarge")
            if size < condition[1]:
                return _error(400, "EntityTooSmall")
    return None


def _error(status: int, name: str) -> Response:
    return Response(f"<Error><Code>{name}</Code></Error>", status, content_type="application/xml")
