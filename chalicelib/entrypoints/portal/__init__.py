"""The pages. Whichever module of them is loaded, they show what everybody is told."""

from __future__ import annotations

from chalicelib.entrypoints.portal.form_constraints import constraints
from chalicelib.entrypoints.portal.notices import notices
from chalicelib.web import pages

pages.add_notices(notices)
pages.add_notices(lambda request: {"constraints": constraints})
