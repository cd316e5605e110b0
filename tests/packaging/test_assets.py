"""The static files: named by content, complete, and made of nothing but what is pinned."""

from __future__ import annotations

import hashlib
import importlib.util
import json
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
    manifest = build.write({"atmo.css": b"a {}", "htmx.min.js": b"1"}, tmp_path)
    assert manifest["atmo.css"] == f"atmo.{hashlib.sha256(b'a {}').hexdigest()[:8]}.css"
    assert json.loads((tmp_path / "manifest.json").read_text()) == manifest
    assert (tmp_path / manifest["htmx.min.js"]).read_bytes() == b"1"


def test_what_is_no_longer_made_goes_and_the_rest_is_not_touched(tmp_path: Path) -> None:
    before = build.write({"atmo.css": b"a {}", "kept.js": b"1"}, tmp_path)
    written = (tmp_path / before["kept.js"]).stat().st_mtime_ns
    after = build.write({"atmo.css": b"b {}", "kept.js": b"1"}, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"manifest.json", *after.values()}
    assert (tmp_path / after["kept.js"]).stat().st_mtime_ns == written


@pytest.mark.parametrize(
    "content", [b"code()\n//# sourceMappingURL=x.js.map\n", b"code()\n/*# sourceMappingURL=x.css.map */", b"code()\n"]
)
def test_comments_about_source_maps_go(content: bytes) -> None:
    assert build.without_source_map(content) == b"code()\n"


def test_the_sprite_has_every_icon_of_the_list(tmp_path: Path) -> None:
    names = build.icon_names((ROOT / "assets" / "icons.txt").read_text())
    assert len(names) == len(set(names)) >= 30
    manifest = json.loads((ROOT / "assets" / "built" / "manifest.json").read_text())
    sprite = ElementTree.fromstring((ROOT / "assets" / "built" / manifest["icons.svg"]).read_text())
    symbols = list(sprite)
    assert [symbol.attrib["id"] for symbol in symbols] == names
    assert all(len(symbol) and symbol.attrib["viewBox"] == "0 0 16 16" for symbol in symbols)


def test_an_icon_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no-such-icon"):
        build.sprite(["no-such-icon"], tmp_path)


def test_the_lock_pins_by_hash_and_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    pinned = {name: entry for name, entry in packages.items() if name}
    assert len(pinned) >= 3
    assert all(entry["integrity"].startswith("sha512-") for entry in pinned.values())
    assert not [name for name, entry in pinned.items() if "resolved" in entry]
