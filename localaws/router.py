"""Which part of the embedded cloud answers a request to the AWS endpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from moto import backends
from moto.core import responses
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from localaws import dynamodb, iam, presigned_posts, service_limits
from localaws.patching import replace
from localaws.prices import TARGET as PRICES_TARGET
from localaws.prices import name_the_target

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]

# moto checks a condition and writes in two steps; AWS does both at once.
_ATOMIC = ("DynamoDB_", "AWSStepFunctions.StartExecution")


class Router:
    """A WSGI app: moto, with what moto lacks in front of it.

    Args:
        emr, prices: these services.
        pages: what answers below a path, by the path; of several that fit the first one does.
    """

    def __init__(self, emr: WsgiApp, prices: WsgiApp, pages: dict[str, WsgiApp]) -> None:
        _look_up_once()
        werkzeug_app.DISABLE_GLOBAL_CORS = True  # the buckets' own rules count
        self._emr = emr
        self._prices = prices
        self._pages = pages
        self._moto: WsgiApp = DomainDispatcherApplication(create_backend_app)
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        for path, page in self._pages.items():
            if environ.get("PATH_INFO", "").startswith(path + "/"):
                return page(environ, start_response)
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith("ElasticMapReduce."):
            return self._emr(environ, start_response)
        if refusal := iam.refuse(environ) or service_limits.refuse(environ):
            return refusal(environ, start_response)
        name_the_target(environ)
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith(PRICES_TARGET):
            return self._prices(environ, start_response)
        if presigned_posts.is_post(environ):
            return presigned_posts.post(environ, start_response, self._moto)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        behind = dynamodb.app if target.startswith("DynamoDB_") else self._moto
        if target.startswith(_ATOMIC):
            with self._one_at_a_time:
                return behind(environ, start_response)
        return behind(environ, start_response)


def _look_up_once() -> None:
    """moto reads at every request its own folder, to find out which services it has, and its own class, for what that can do."""
    services = frozenset(backends.list_of_moto_modules())
    replace(backends, "list_of_moto_modules", lambda _: lambda: services)
    replace(responses, "method_names_from_class", cache)
