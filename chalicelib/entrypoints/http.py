"""The portal and the API, as API Gateway calls them: every page and every endpoint."""

from __future__ import annotations

from chalice.app import Chalice

from chalicelib.core.observability import observed
from chalicelib.entrypoints import api, portal
from chalicelib.web.errors import refusals
from chalicelib.web.head import heads

app = Chalice(app_name="atmo")
app.api.binary_types.append("multipart/form-data")
app.register_middleware(observed, event_type="http")
app.register_middleware(heads, event_type="http")
app.register_middleware(refusals, event_type="http")
for blueprint in [*portal.BLUEPRINTS, *api.BLUEPRINTS]:
    app.register_blueprint(blueprint)
