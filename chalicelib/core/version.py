"""The version of what is deployed; pyproject.toml says the same."""

from __future__ import annotations

VERSION = "2026.11.0"
