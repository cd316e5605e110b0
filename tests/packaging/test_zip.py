"""The zip that Lambda gets: everything a function needs, nothing else, and within Lambda's limits."""

from __future__ import annotations

import json

import pytest

from tests.packaging.conftest import ROOT, Packaged

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ZIPPED_LIMIT = 50 * 1000 * 1000
UNZIPPED_LIMIT = 45 * 1000 * 1000
"""Lambda takes 250 MB, but a function starts the sooner the less it has to fetch and unpack."""


@pytest.fixture
def names(packaged: Packaged) -> set[str]:
    return {entry.filename for entry in packaged.entries()}


def test_our_code_templates_and_static_files_are_in_it(names: set[str]) -> None:
    code = {str(path.relative_to(ROOT)) for path in (ROOT / "chalicelib").rglob("*.py")}
    templates = {str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*") if path.is_file()}
    manifest = json.loads((ROOT / "assets" / "built" / "manifest.json").read_text())
    static = {f"static/{name}" for name in ["manifest.json", "icons.json", *manifest.values()]}
    assert code
    assert templates
    assert not ({"app.py", "NEWS.md"} | code | templates | static) - names


@pytest.mark.parametrize("package", ["pynamodb", "pydantic", "jinja2", "joserfc", "cryptography", "cronsim", "chalice"])
def test_what_it_imports_is_in_it(names: set[str], package: str) -> None:
    assert f"{package}/__init__.py" in names


@pytest.mark.parametrize(
    "folder",
    ["deployment", "localaws", "tests", "emr", "notebooks", "scripts", "moto", "pyspark", "docs", "node_modules"],
)
def test_what_lambda_has_no_use_for_is_not_in_it(names: set[str], folder: str) -> None:
    assert not [name for name in names if name.startswith((f"{folder}/", f"vendor/{folder}/"))]


def test_it_fits_into_lambda(packaged: Packaged) -> None:
    assert (packaged.folder / "deployment.zip").stat().st_size < ZIPPED_LIMIT
    assert sum(entry.file_size for entry in packaged.entries()) < UNZIPPED_LIMIT
