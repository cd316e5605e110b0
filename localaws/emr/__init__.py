"""The embedded EMR: its API, its clusters and what they go through."""

from localaws.emr.api import Emr
from localaws.emr.errors import EmrError

__all__ = ["Emr", "EmrError"]
