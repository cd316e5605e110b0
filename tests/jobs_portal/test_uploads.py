"""Large notebooks in a browser: with JavaScript they go to S3 while the form is filled in; without it nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from localaws.cloud import LocalCloud
from tests.jobs.uploading import notebook
from tests.jobs_portal.browser import Browser, fresh, signed_in


def cookie(person: Browser) -> dict[str, str]:
    name, _, value = person.cookie.partition("=")
    return {"name": name, "value": value, "url": person.url}


def test_a_large_notebook_is_uploaded_and_survives_a_refused_form(
    cloud: LocalCloud, chromium: Chromium, tmp_path: Path
) -> None:
    person = signed_in(cloud, fresh("larry"))
    file = tmp_path / "large.ipynb"
    file.write_bytes(notebook("print('large')", padding=9_000_000))
    with chromium.new_context() as context:
        context.add_cookies([cookie(person)])  # type: ignore[list-item]
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"{person.url}/jobs/new")
        page.fill("#field-identifier", "Not Allowed")
        page.fill("#field-description", "Kept.")
        page.set_input_files("#field-notebook", file)
        expect(page.locator("[data-upload-state]")).to_contain_text("large.ipynb, 9.0 MB, is uploaded")
        page.click(".actions .btn-primary")
        expect(page.locator("#error-identifier")).to_be_visible()
        expect(page.locator("[data-upload-state]")).to_contain_text("large.ipynb was uploaded and is used")
        page.fill("#field-identifier", fresh("large"))
        page.click(".actions .btn-primary")
        expect(page.locator("aside .facts")).to_contain_text("large.ipynb")
        assert [found for found in complaints if "422" not in found] == []


def test_what_is_too_large_or_no_notebook_is_said_at_once(
    cloud: LocalCloud, chromium: Chromium, tmp_path: Path
) -> None:
    person = signed_in(cloud, fresh("larry"))
    with chromium.new_context() as context:
        context.add_cookies([cookie(person)])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(f"{person.url}/jobs/new")
        state = page.locator("[data-upload-state]")
        for name, size, sentence in (
            ("huge.ipynb", 50_000_001, "huge.ipynb has 50.0 MB; up to 50.0 MB are accepted"),
            ("words.txt", 5_000_000, "words.txt is no notebook"),
        ):
            file = tmp_path / name
            file.write_bytes(b" " * size)
            page.set_input_files("#field-notebook", file)
            expect(state).to_contain_text(sentence)
            expect(page.locator(".actions .btn-primary")).to_be_enabled()


@pytest.mark.parametrize("size", [4_100_000, 8_000_000])
def test_without_javascript_a_large_notebook_is_refused_and_nothing_typed_is_lost(cloud: LocalCloud, size: int) -> None:
    person = signed_in(cloud, fresh("larry"))
    form = person.get("/jobs/new")
    assert "Without JavaScript only notebooks of up to 4 MB" in form.html
    large = ("large.ipynb", notebook("1", padding=size))
    page = person.submit(form, "/jobs/new", large, identifier=fresh("kept"), description="Typed with care.")
    assert page.status == 422
    assert "up to 4 MB are accepted this way" in page.error_at("notebook")
    assert page.form("/jobs/new")["description"] == "Typed with care."


def test_versions_are_listed_downloaded_and_compared(cloud: LocalCloud) -> None:
    person = signed_in(cloud, fresh("vera"))
    typed = {"identifier": fresh("versions"), "description": "Two.", "start_date": "2040-01-01T06:00"}
    job = person.submit(person.get("/jobs/new"), "/jobs/new", ("a.ipynb", notebook("a = 1", "b")), **typed)
    edit = f"{job.path}/edit"
    person.submit(person.get(edit), edit, ("b.ipynb", notebook("a = 2 < 3", "b")))
    page = person.get(f"{job.path}?tab=notebook")
    assert "2: b.ipynb runs next" in page.text
    assert "1: a.ipynb" in page.text
    assert {f"{job.path}/notebooks/1", f"{job.path}/notebooks/2"} <= set(page.addresses())
    place = person.get(f"{job.path}/notebooks/1").headers["Location"]
    assert "versionId=" in place
    assert "a.ipynb" in place
    changed = person.get(f"{job.path}/notebooks/1/compare/2")
    assert "0 cells added, 0 removed, 1 changed, 1 the same." in changed.text
    assert 'data-sign="-">a = 1<' in changed.html
    assert 'data-sign="+">a = 2 &lt; 3<' in changed.html
    assert person.get(f"{job.path}/notebooks/7").status == 404
