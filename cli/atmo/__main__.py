"""`python -m atmo`."""

from __future__ import annotations

import sys

from atmo.main import main

sys.exit(main())
