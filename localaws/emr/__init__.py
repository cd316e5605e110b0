"""The embedded EMR: its API, its clusters and what they go through."""

from localaws.emr.api import Emr, EmrError

__all__ = ["Emr", "EmrError"]
