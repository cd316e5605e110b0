"""The API as a page: every operation, each with a line that works when it is pasted."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest
import urllib3
from atmo import generated
from atmo import operations as client

from chalicelib.entrypoints.api_document import document
from chalicelib.web import api_reference
from chalicelib.web.api_reference import Operation
from localaws.cloud import LocalCloud
from tests.support.http import Api
from tests.support.people import api_token, join
from tests.support.visitor import Visitor

SHELL = """curl() { printf '%s\\0' "$@"; }; """


def operations(cloud: LocalCloud) -> list[Operation]:
    return [
        one for group in api_reference.groups(document(cloud.portal_url), cloud.portal_url).values() for one in group
    ]


def pasted(line: str, **variables: str) -> list[str]:
    """What curl gets of a line in a shell."""
    return subprocess.run(
        ["/bin/sh", "-c", SHELL + line], env=variables, capture_output=True, text=True, check=True
    ).stdout.split("\0")[:-1]


def test_the_page_has_every_operation(cloud: LocalCloud, signed_in: Callable[..., Visitor]) -> None:
    page = signed_in().get("/api-reference")
    assert page.status == 200
    for operation in operations(cloud):
        assert f'id="{operation.id}"' in page.html
        assert operation.summary in page.text, operation


def test_it_is_for_anybody(visitor: Visitor) -> None:
    assert visitor.get("/api-reference").status == 200


def test_lines_that_read_work_when_pasted(cloud: LocalCloud) -> None:
    join("paula", "admins")
    token = api_token("paula")
    lines = [one.curl for one in operations(cloud) if one.method == "GET" and "{" not in one.path]
    assert len(lines) > 10
    for line in lines:
        _, header, address = pasted(line, TOKEN=token)
        answer = urllib3.request("GET", address, headers=dict([header.split(": ")]))
        needs_more = answer.status == 422 and "errors" in answer.json()
        assert answer.status == 200 or needs_more, (line, answer.data)


def test_lines_that_write_say_what_the_document_says(cloud: LocalCloud, somebody: Api) -> None:
    for one in operations(cloud):
        names = {name: f"a {name}" for name in ("job_id", "run_id", "cluster_id")}
        words = pasted(one.curl, TOKEN="t", **names)
        assert not any("{" in word or "$" in word for word in words[-1:])
        if one.body:
            assert json.loads(words[words.index("-d") + 1]) == json.loads(one.body)
    token = somebody.token
    (line,) = [one.curl for one in operations(cloud) if one.id == "create_token"]
    *_, body, address = pasted(line, TOKEN=token)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    assert urllib3.request("POST", address, body=body, headers=headers).status == 201


def test_lines_of_the_command_line_client_are_its_commands(cloud: LocalCloud) -> None:
    """Each is parsed by the client itself, and sends the example."""
    commands = client.operations(document(cloud.portal_url))
    parser = generated.parser(commands)
    shell = """atmo() { printf '%s\\0' "$@"; if [ ! -t 0 ]; then cat; fi; }; """
    shown = [one for one in operations(cloud) if one.command]
    assert len(shown) == len(commands)
    for one in shown:
        done = subprocess.run(
            ["/bin/sh", "-c", shell + one.command], env={"job_id": "a job", "run_id": "r"}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        *words, body = done.split("\0")
        parsed = parser.parse_args(words)
        assert (parsed.operation.method, "/api/v1/" + parsed.operation.path) == (one.method, one.path)
        assert (json.loads(body) if body else None) == (json.loads(one.body) if one.body else None)
        if "job_id" in parsed.operation.places:
            assert parsed.job_id == "a job"


@pytest.mark.parametrize("text", ["it's", "a $HOME", '"quoted"', "`id`"])
def test_a_shell_changes_nothing_of_an_example(text: str) -> None:
    line = api_reference._curl("/api/v1/keys", "POST", {"title": text}, "https://portal.example.com")
    words = pasted(line, TOKEN="t")
    assert json.loads(words[words.index("-d") + 1]) == {"title": text}
