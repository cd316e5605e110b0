from __future__ import annotations

import gc

# Importing makes tens of thousands of objects that stay. The collector would look through them a hundred times, a twelfth of
# a cold start; chalicelib/core/observability.py switches it on again before the first event.
gc.disable()
