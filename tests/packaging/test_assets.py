"""The static files: named by content, complete, and made of nothing but what is pinned."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from tests.packaging.conftest import ROOT


def _build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("assets_build", ROOT / "assets" / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = _build()


def test_names_carry_the_hash_of_the_content(tmp_path: Path) -> None:
    manifest = build.write({"portal.css": b"a {}", "portal.js": b"1"}, b"{}", tmp_path)
    assert manifest["portal.css"] == f"portal.{hashlib.sha256(b'a {}').hexdigest()[:8]}.css"
    assert json.loads((tmp_path / "manifest.json").read_text()) == manifest
    assert (tmp_path / manifest["portal.js"]).read_bytes() == b"1"


def test_what_is_no_longer_made_goes_and_the_rest_is_not_touched(tmp_path: Path) -> None:
    before = build.write({"portal.css": b"a {}", "kept.js": b"1"}, b"{}", tmp_path)
    written = (tmp_path / before["kept.js"]).stat().st_mtime_ns
    after = build.write({"portal.css": b"b {}", "kept.js": b"1"}, b"{}", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"manifest.json", "icons.json", *after.values()}
    assert (tmp_path / after["kept.js"]).stat().st_mtime_ns == written


@pytest.mark.parametrize(
    "content", [b"code()\n//# sourceMappingURL=x.js.map\n", b"code()\n/*# sourceMappingURL=x.css.map */", b"code()\n"]
)
def test_comments_about_source_maps_go(content: bytes) -> None:
    assert build.without_source_map(content) == b"code()\n"


def test_every_icon_of_the_list_is_drawn() -> None:
    names = build.icon_names((ROOT / "assets" / "icons.txt").read_text())
    assert len(names) == len(set(names)) >= 30
    drawings = json.loads((ROOT / "assets" / "built" / "icons.json").read_text())
    assert list(drawings) == names
    for drawing in drawings.values():
        assert {part.tag for part in ElementTree.fromstring(f"<svg>{drawing}</svg>")} <= {"path", "circle", "rect"}


def test_an_icon_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no-such-icon"):
        build.drawings(["no-such-icon"], tmp_path)


def _classes(css: str) -> set[str]:
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", css))


def test_the_parts_of_bootstrap_that_pages_use_are_in_the_stylesheet() -> None:
    whole = _classes((ROOT / "node_modules/bootstrap/dist/css/bootstrap.css").read_text())
    ours = _classes(build.stylesheet().decode())
    pages = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    code = [path.read_text() for path in (ROOT / "chalicelib").rglob("*.py")]
    named = {word for text in pages + code for value in re.findall(r'class="([^"]*)"', text) for word in value.split()}
    assert {"btn", "form-control", "visually-hidden"} <= whole & named <= ours
    assert not (whole & {"carousel", "modal", "row"}) & ours, "what no page uses stays away"


def test_the_lock_pins_by_hash_and_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    pinned = {name: entry for name, entry in packages.items() if name}
    assert len(pinned) >= 3
    assert all(entry["integrity"].startswith("sha512-") for entry in pinned.values())
    assert not [name for name, entry in pinned.items() if "resolved" in entry]
