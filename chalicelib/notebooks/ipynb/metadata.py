"""Metadata that the notebook format allows, from whatever stands there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Repairs = dict[str, None]
"""Phrases of what was repaired, each once, in order."""

PYTHON_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
MAX_DEPTH = 50
"""How deep metadata may be nested; what is deeper, tools that read notebooks stumble over."""
# What the notebook format says of metadata with these names; everything else may be anything.
_NOTEBOOK_METADATA = {"title": str, "authors": list, "orig_nbformat": int}
_LANGUAGE_INFO = {"codemirror_mode": (str, dict), "file_extension": str, "mimetype": str, "pygments_lexer": str}
_CELL_METADATA = {
    "jupyter": dict,
    "collapsed": bool,
    "scrolled": (bool, str),
    "name": str,
    "format": str,
}
# Notes of an earlier run, and the widgets that it showed.
_LEFT_OVER = ("papermill", "execution", "widgets")


def notebook_metadata(metadata: Mapping[str, Any], repairs: Repairs) -> dict[str, Any]:
    clean = _allowed(metadata, _NOTEBOOK_METADATA, repairs)
    if "kernelspec" in metadata and not _has_texts(metadata["kernelspec"], "name", "display_name"):
        repairs["a kernelspec without a name"] = None
        clean["kernelspec"] = dict(PYTHON_KERNEL)
    # The kernel says it anew at every run.
    if not _is_language(metadata.get("language_info")):
        clean.pop("language_info", None)
    return clean


def _is_language(value: Any) -> bool:
    return _has_texts(value, "name") and all(_is(value.get(name, ""), kind) for name, kind in _LANGUAGE_INFO.items())


def cell_metadata(metadata: Any, repairs: Repairs) -> dict[str, Any]:
    if not isinstance(metadata, dict):
        repairs["cells without metadata"] = None
        return {}
    clean = _allowed(metadata, _CELL_METADATA, repairs)
    if clean.get("name") == "" or clean.get("scrolled") not in (None, True, False, "auto"):
        clean = {name: value for name, value in clean.items() if name not in ("name", "scrolled")}
    if "tags" in metadata:
        clean["tags"] = _tags(metadata["tags"])
        if clean["tags"] != metadata["tags"]:
            repairs["tags that the format does not allow"] = None
    return clean


def _tags(tags: Any) -> list[str]:
    """Each once, none with a comma in it."""
    texts = (
        [tags]
        if isinstance(tags, str)
        else [tag for tag in tags if isinstance(tag, str)]
        if isinstance(tags, list)
        else []
    )
    return list(dict.fromkeys(part.strip() for text in texts for part in text.split(",") if part.strip()))


def _allowed(metadata: Mapping[str, Any], types: Mapping[str, Any], repairs: Repairs) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for name, value in metadata.items():
        if name in _LEFT_OVER:
            continue
        if (name in types and not _is(value, types[name])) or _too_deep(value):
            repairs["metadata that the format does not allow"] = None
        else:
            clean[name] = value
    return clean


def _is(value: Any, kind: Any) -> bool:
    """Of that type; True is no number."""
    return isinstance(value, kind) and not (kind is int and (isinstance(value, bool) or value < 1))


def _too_deep(value: Any, left: int = MAX_DEPTH) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_too_deep(each, left - 1) for each in inner)


def _has_texts(value: Any, *names: str) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)


def as_object(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}
