"""The portal and the API, as API Gateway calls them: every page and every endpoint."""

from __future__ import annotations

from typing import Any

from chalice.app import Chalice

from chalicelib.core.observability import observed
from chalicelib.entrypoints import addresses
from chalicelib.web.errors import refusals
from chalicelib.web.head import heads


class Application(Chalice):
    """Chalice's application, whose routes are loaded with the first request for one of their module's."""

    def __init__(self, app_name: str) -> None:
        # The logger of this name is ours already. Chalice would take it for new where stdout has changed, and log errors alone.
        super().__init__(app_name, configure_logs=False)
        self._loaded: set[str] = set()

    def load(self, module: str) -> None:
        """Register the routes of a module of `addresses`."""
        if module not in self._loaded:
            self.register_blueprint(addresses.routes_of(module))
            self._loaded.add(module)

    def load_all(self) -> None:
        """Register all routes, for whoever makes API Gateway's from them."""
        for module in addresses.PORTAL | addresses.API:
            self.load(module)

    def __call__(self, event: Any, context: Any) -> Any:
        """API Gateway calls this."""
        place = event["requestContext"]
        if module := addresses.module_of(place["resourcePath"], place["httpMethod"]):
            self.load(module)
        return super().__call__(event, context)


app = Application(app_name="atmo")
app.api.binary_types.append("multipart/form-data")
app.register_middleware(observed, event_type="http")
app.register_middleware(heads, event_type="http")
app.register_middleware(refusals, event_type="http")
