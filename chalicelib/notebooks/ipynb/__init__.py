"""Jupyter notebooks as people save them, read into one form that papermill runs, or refused in a sentence.

The one judge of notebooks: uploads ask it before anything is paid for, and the runner on the cluster reads with it, so what
is accepted is run. It takes what nbformat and papermill take and more: what can be repaired is repaired. Pure, and of the
standard library alone: a Lambda function loads it, and the runner has links to these files (emr/ipynb).
"""

from __future__ import annotations

from .languages import other_language
from .numbering import numbered
from .reading import Notebook, decode, from_document, read
from .refusal import Refused

__all__ = ["Notebook", "Refused", "decode", "from_document", "numbered", "other_language", "read"]
