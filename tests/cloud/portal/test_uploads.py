"""Large notebooks without JavaScript: nothing that was typed is lost; and the versions of a notebook."""

from __future__ import annotations

import pytest

from localaws.cloud import LocalCloud
from tests.support.people import fresh, signed_in
from tests.support.uploads import notebook


@pytest.mark.parametrize("size", [4_100_000, 8_000_000])
def test_without_javascript_a_large_notebook_is_refused_and_nothing_typed_is_lost(cloud: LocalCloud, size: int) -> None:
    person = signed_in(cloud, fresh("larry"))
    form = person.get("/jobs/new")
    assert "Without JavaScript, you can only upload notebooks of up to 4 MB" in form.html
    large = ("large.ipynb", notebook("1", padding=size))
    page = person.send(form, "/jobs/new", large, identifier=fresh("kept"), description="Typed with care.")
    assert page.status == 422
    assert "up to 4 MB are accepted this way" in page.error("notebook")
    assert page.fields("/jobs/new")["description"] == "Typed with care."


def test_versions_are_listed_downloaded_and_compared(cloud: LocalCloud) -> None:
    person = signed_in(cloud, fresh("vera"))
    typed = {"identifier": fresh("versions"), "description": "Two.", "start_date": "2040-01-01T06:00"}
    job = person.send(person.get("/jobs/new"), "/jobs/new", ("a.ipynb", notebook("a = 1", "b")), **typed)
    edit = f"{job.path}/edit"
    person.send(person.get(edit), edit, ("b.ipynb", notebook("a = 2 < 3", "b")))
    page = person.get(f"{job.path}?tab=notebook")
    assert "2: b.ipynb runs next" in page.text
    assert "1: a.ipynb" in page.text
    assert {f"{job.path}/notebooks/1", f"{job.path}/notebooks/2"} <= set(page.addresses())
    place = person.get(f"{job.path}/notebooks/1", follow=False).headers["Location"]
    assert "versionId=" in place
    assert "a.ipynb" in place
    changed = person.get(f"{job.path}/notebooks/1/compare/2")
    assert "0 cells added, 0 removed, 1 changed, 1 the same." in changed.text
    assert 'data-sign="-">a = 1<' in changed.html
    assert 'data-sign="+">a = 2 &lt; 3<' in changed.html
    assert person.get(f"{job.path}/notebooks/7").status == 404
