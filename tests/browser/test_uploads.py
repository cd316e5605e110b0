"""Large notebooks in a browser with JavaScript: they go to S3 while the form is filled in."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from localaws.cloud import LocalCloud
from tests.support.people import fresh, signed_in
from tests.support.uploads import notebook


def test_a_large_notebook_is_uploaded_and_survives_a_refused_form(
    cloud: LocalCloud, chromium: Chromium, tmp_path: Path
) -> None:
    person = signed_in(cloud, fresh("larry"))
    file = tmp_path / "large.ipynb"
    file.write_bytes(notebook("print('large')", padding=9_000_000))
    with chromium.new_context() as context:
        context.add_cookies(person.cookies())
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"{person.url}/jobs/new")
        page.fill("#field-identifier", fresh("large"))
        page.fill("#field-end_date", "2020-01-31T00:00")
        page.fill("#field-description", "Kept.")
        page.set_input_files("#field-notebook", file)
        expect(page.locator("[data-upload-state]")).to_contain_text("large.ipynb, 9.0 MB, has been uploaded")
        page.click(".actions .btn-primary")
        expect(page.locator("#error-end_date")).to_be_visible()
        expect(page.locator("[data-upload-state]")).to_contain_text("large.ipynb has been uploaded and will be used")
        page.fill("#field-end_date", "")
        page.click(".actions .btn-primary")
        expect(page.locator("aside .facts")).to_contain_text("large.ipynb")
        assert [complaint for complaint in complaints if "422" not in complaint] == []


def test_what_is_too_large_or_no_notebook_is_said_at_once(
    cloud: LocalCloud, chromium: Chromium, tmp_path: Path
) -> None:
    person = signed_in(cloud, fresh("larry"))
    with chromium.new_context() as context:
        context.add_cookies(person.cookies())
        page = context.new_page()
        page.goto(f"{person.url}/jobs/new")
        state = page.locator("[data-upload-state]")
        for name, size, sentence in (
            ("huge.ipynb", 50_000_001, "huge.ipynb has 50.0 MB; at most 50.0 MB are accepted"),
            ("words.txt", 5_000_000, "words.txt is no notebook"),
        ):
            file = tmp_path / name
            file.write_bytes(b" " * size)
            page.set_input_files("#field-notebook", file)
            expect(state).to_contain_text(sentence)
            expect(page.locator(".actions .btn-primary")).to_be_enabled()
