"""What is used of papermill, imported without pyarrow: papermill only looks whether it could read from HDFS with it, and
importing it takes as long as half of papermill."""

from __future__ import annotations

import sys
from typing import Any

_missing: Any = None
_before = sys.modules.get("pyarrow")
sys.modules["pyarrow"] = _missing
try:
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines
    from papermill.execute import execute_notebook
finally:
    del sys.modules["pyarrow"]
    if _before is not None:
        sys.modules["pyarrow"] = _before

__all__ = ["NBClientEngine", "PapermillNotebookClient", "execute_notebook", "papermill_engines"]
