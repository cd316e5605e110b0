"""Collects the portal's static files under names that carry their content's hash, in assets/built/.

A name that changes with its content can be cached by browsers for ever. `manifest.json` maps plain to hashed names:
{"atmo.css": "atmo.3f2a9c1d.css", ...}. Run after `npm ci`.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

ASSETS = Path(__file__).resolve().parent
NODE_MODULES = ASSETS.parent / "node_modules"
SVG = "http://www.w3.org/2000/svg"

FILES = {
    "bootstrap.min.css": (NODE_MODULES / "bootstrap/dist/css/bootstrap.min.css",),
    "bootstrap.bundle.min.js": (NODE_MODULES / "bootstrap/dist/js/bootstrap.bundle.min.js",),
    "htmx.min.js": (
        NODE_MODULES / "htmx.org/dist/htmx.min.js",
        NODE_MODULES / "idiomorph/dist/idiomorph-ext.min.js",  # htmx's extension "morph": one request for both
    ),
    "atmo.css": (ASSETS / "atmo.css",),
    "atmo.js": (ASSETS / "atmo.js",),
    "favicon.svg": (ASSETS / "favicon.svg",),
}
"""Plain name -> the files that it is made of, one after the other."""
# Maps are not shipped, so the comments that point to them would make every browser's developer tools ask in vain.
SOURCE_MAP = re.compile(rb"\n?(?:/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")


def without_source_map(content: bytes) -> bytes:
    """The file without the comment at its end that names its source map."""
    return SOURCE_MAP.sub(b"\n", content)


def hashed_name(name: str, content: bytes) -> str:
    """atmo.css -> atmo.3f2a9c1d.css, the hash being of the content."""
    stem, _, extension = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:8]}.{extension}"


def icon_names(listing: str) -> list[str]:
    """The icons named in icons.txt, one a line; what follows a # is a comment."""
    return [name for line in listing.splitlines() if (name := line.partition("#")[0].strip())]


def symbol(name: str, svg: str) -> ElementTree.Element:
    """One icon as a <symbol id=name>, for <svg><use href="icons.svg#name"/></svg>."""
    icon = ElementTree.fromstring(svg)  # noqa: S314 - from a package that the lock file pins by hash
    made = ElementTree.Element(
        f"{{{SVG}}}symbol", {"id": name, "viewBox": icon.attrib["viewBox"], "fill": "currentColor"}
    )
    made.extend(icon)
    return made


def sprite(names: list[str], folder: Path) -> bytes:
    """All icons in one SVG file.

    Raises:
        SystemExit: a name is not among Bootstrap's icons.
    """
    ElementTree.register_namespace("", SVG)
    root = ElementTree.Element(f"{{{SVG}}}svg")
    for name in names:
        file = folder / f"{name}.svg"
        if not file.exists():
            sys.exit(f"assets/icons.txt names {name}, which is not one of Bootstrap's icons.")
        root.append(symbol(name, file.read_text()))
    return ElementTree.tostring(root)


def collect() -> dict[str, bytes]:
    """Plain name -> content of every static file."""
    found = {name: b"\n".join(without_source_map(path.read_bytes()) for path in parts) for name, parts in FILES.items()}
    names = icon_names((ASSETS / "icons.txt").read_text())
    found["icons.svg"] = sprite(names, NODE_MODULES / "bootstrap-icons/icons")
    return found


def write(files: dict[str, bytes], folder: Path) -> dict[str, str]:
    """Writes what is new into the folder, removes what is no longer made, and returns the manifest."""
    manifest = {name: hashed_name(name, content) for name, content in sorted(files.items())}
    wanted = {manifest[name]: content for name, content in files.items()}
    wanted["manifest.json"] = (json.dumps(manifest, indent=2) + "\n").encode()
    folder.mkdir(exist_ok=True)
    for name, content in wanted.items():
        target = folder / name
        if not target.exists() or target.read_bytes() != content:
            target.write_bytes(content)
    for stale in set(folder.iterdir()) - {folder / name for name in wanted}:
        stale.unlink()
    return manifest


if __name__ == "__main__":
    write(collect(), ASSETS / "built")
