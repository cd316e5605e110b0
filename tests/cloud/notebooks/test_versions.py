"""Every notebook that a job had is kept, and can be compared."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import urllib3

from localaws.cloud import LocalCloud
from tests.support.http import HTTP_TIMEOUT, Api, reaches
from tests.support.uploads import notebook, uploaded


def scheduled(person: Api, content: bytes, name: str = "a.ipynb") -> Any:
    return person.schedule(f"job-{uuid4().hex[:8]}", notebook={"name": name, "content": content.decode()})


def replace(person: Api, job_id: str, notebook: dict[str, Any]) -> Any:
    answer = person("PATCH", f"/jobs/{job_id}", {"notebook": notebook})
    assert answer.status == 200, answer.body
    return answer.body


def test_versions_are_numbered_and_survive_edits(somebody: Api) -> None:
    made = scheduled(somebody, notebook("a = 1"))
    assert made["notebook"]["number"] == 1
    changed = replace(somebody, made["id"], {"name": "b.ipynb", "content": notebook("a = 2").decode()})
    assert changed["notebook"]["number"] == 2
    assert somebody("PATCH", f"/jobs/{made['id']}", {"description": "Another."}).body["notebook"]["number"] == 2
    replace(somebody, made["id"], {"name": "b.ipynb", "upload": uploaded(somebody, notebook("a = 3"))})
    versions = somebody("GET", f"/jobs/{made['id']}/notebooks").body["items"]
    assert [(version["number"], version["name"]) for version in versions] == [
        (3, "b.ipynb"),
        (2, "b.ipynb"),
        (1, "a.ipynb"),
    ]
    assert {version["uploaded_by"] for version in versions} == {somebody("GET", "/me").body["username"]}
    for number, source in ((1, "a = 1"), (2, "a = 2"), (3, "a = 3")):
        url = somebody("GET", f"/jobs/{made['id']}/notebooks/{number}").body["url"]
        assert urllib3.request("GET", url, timeout=HTTP_TIMEOUT).data == notebook(source)


def test_an_earlier_version_comes_back_as_a_new_one(somebody: Api) -> None:
    made = scheduled(somebody, notebook("a = 1"))
    replace(somebody, made["id"], {"name": "a.ipynb", "content": notebook("a = 2").decode()})
    back = replace(somebody, made["id"], {"name": "a.ipynb", "job": made["id"], "number": 1})
    assert back["notebook"]["number"] == 3
    url = somebody("GET", f"/jobs/{made['id']}/notebooks/3").body["url"]
    assert urllib3.request("GET", url, timeout=HTTP_TIMEOUT).data == notebook("a = 1")


def test_what_changed_from_one_to_another(somebody: Api) -> None:
    made = scheduled(somebody, notebook("import os", "a = 1"))
    replace(
        somebody,
        made["id"],
        {"name": "a.ipynb", "content": notebook("import os", "a = 2", "print(a)", padding=50).decode()},
    )
    cells = somebody("GET", f"/jobs/{made['id']}/notebooks/1/compare/2").body["cells"]
    assert [(cell["what"], cell["before"], cell["after"], cell["lines"]) for cell in cells] == [
        ("changed", 2, 2, ["-a = 1", "+a = 2"]),
        ("added", None, 3, ["+print(a)"]),
    ]
    assert somebody("GET", f"/jobs/{made['id']}/notebooks/1/compare/9").status == 404
    assert somebody("GET", f"/jobs/{made['id']}/notebooks/x/compare/1").status == 404


def test_only_what_was_replaced_may_lapse(cloud: LocalCloud, somebody: Api) -> None:
    from chalicelib.notebooks import versions

    made = scheduled(somebody, notebook("a = 1"))
    replace(somebody, made["id"], {"name": "a.ipynb", "content": notebook("a = 2").decode()})
    s3 = cloud.client("s3")

    def tags(number: int) -> list[Any]:
        version = versions.get(made["id"], number)
        place = {
            "Bucket": "atmo-local-notebooks-123456789012-us-east-1",
            "Key": version.key,
            "VersionId": version.version,
        }
        return list(s3.get_object_tagging(**place)["TagSet"])

    assert tags(1) == [{"Key": "replaced", "Value": "yes"}]
    assert tags(2) == []
    back = replace(somebody, made["id"], {"name": "a.ipynb", "job": made["id"], "number": 1})
    assert tags(int(back["notebook"]["number"])) == [], "a copy does not inherit it"


def test_a_run_says_which_version_it_ran(somebody: Api) -> None:
    made = scheduled(somebody, notebook("a = 1"))
    replace(somebody, made["id"], {"name": "a.ipynb", "content": notebook("a = 2").decode()})
    run = somebody("POST", f"/jobs/{made['id']}/run", {}).body
    assert run["notebook"] == {"name": "a.ipynb", "number": 2}
    somebody("POST", f"/runs/{run['id']}/cancel", {})
    reaches(somebody, f"/runs/{run['id']}", "CANCELLED", "SUCCEEDED")
