"""The command line against the portal: what people type, what they read, and how it exits."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from atmo.main import main

from tests.cli.conftest import CLIENT, Shell
from tests.support.http import RELEASE, TINY, Api, fresh_key, reaches


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one job."""
    place = tmp_path / "jobs"
    place.mkdir()
    (place / "tiny.ipynb").write_text(json.dumps(TINY))
    write(place, size=1)
    return place


def write(folder: Path, **fields: Any) -> None:
    fixed = {
        "identifier": f"cli-{folder.parent.name[-40:].lower().replace('_', '-')}",
        "description": "Says hello.",
        "notebook": "tiny.ipynb",
    }
    lines = [
        f"{name} = {json.dumps(value)}"
        for name, value in (fixed | {"schedule": "daily", "emr_release": RELEASE} | fields).items()
    ]
    (folder / "job.toml").write_text("\n".join([*lines, "start_date = 2040-01-01T06:00:00Z"]))


def test_a_folder_is_planned_applied_and_then_the_same(typed: Shell, folder: Path, somebody: Api) -> None:
    assert typed("plan", str(folder))[0] == 0
    code, out, _ = typed("diff", str(folder))
    assert (code, "1 to create, 0 to change, 0 unchanged." in out) == (2, True)
    assert somebody("GET", "/jobs").body["items"] == []
    assert typed("apply", "--yes", str(folder))[0] == 0
    assert typed("diff", str(folder))[0] == 0
    write(folder, size=2, retries=1)
    code, out, _ = typed("diff", str(folder))
    assert (code, "size: 1 -> 2" in out, "retries: 0 -> 1" in out) == (2, True, True)
    assert typed("apply", "--yes", str(folder))[0] == 0
    (job,) = somebody("GET", "/jobs").body["items"]
    assert (job["size"], job["retries"]) == (2, 1)


def git(folder: Path, *arguments: str) -> str:
    """What git says in this folder, as somebody."""
    somebody = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(["git", "-C", str(folder), *somebody, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_commit_stands_on_the_job_and_its_runs_until_somebody_changes_it(
    typed: Shell, folder: Path, somebody: Api
) -> None:
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "First")
    typed("apply", "--yes", str(folder))
    (job,) = somebody("GET", "/jobs").body["items"]
    path, commit = f"/jobs/{job['id']}", git(folder, "rev-parse", "HEAD")
    assert somebody("GET", path).body["commit"] == commit
    assert somebody("POST", f"{path}/run").body["commit"] == commit
    assert typed("diff", str(folder))[0] == 0, "the commit alone is no difference"
    write(folder, size=2)
    typed("apply", "--yes", str(folder))
    assert somebody("GET", path).body["commit"] == f"{commit}-dirty"
    assert somebody("PATCH", path, {"size": 3}).body["commit"] is None
    refused = somebody("PATCH", path, {"commit": "main"})
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "commit")


def test_a_notebook_that_changed_is_handed_over(typed: Shell, folder: Path, somebody: Api) -> None:
    typed("apply", "--yes", str(folder))
    changed = json.loads(json.dumps(TINY).replace("hello", "goodbye"))
    (folder / "tiny.ipynb").write_text(json.dumps(changed))
    assert "notebook: tiny.ipynb" in typed("diff", str(folder))[1]
    assert typed("apply", "--yes", str(folder))[0] == 0
    (job,) = somebody("GET", "/jobs").body["items"]
    assert job["notebook"]["number"] == 2
    assert typed("diff", str(folder))[0] == 0


def test_nobody_is_asked_where_nobody_is(typed: Shell, folder: Path, somebody: Api) -> None:
    code, _, err = typed("apply", str(folder))
    assert (code, "Add --yes" in err) == (1, True)
    assert somebody("GET", "/jobs").body["items"] == []


def test_what_somebody_changed_after_the_plan_is_not_undone(
    typed: Shell, folder: Path, somebody: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed("apply", "--yes", str(folder))
    write(folder, size=3)
    (job,) = somebody("GET", "/jobs").body["items"]

    def change_it() -> bool:
        assert somebody("PATCH", f"/jobs/{job['id']}", {"description": "Meanwhile."}).status == 200
        return True

    monkeypatch.setattr("atmo.apply._confirmed", change_it)
    for name in ("ATMO_URL", "ATMO_TOKEN"):
        monkeypatch.setenv(name, typed.environment[name])
    assert main(["apply", str(folder)]) == 1
    assert "changed it since the plan was made" in capsys.readouterr().err
    assert somebody("GET", f"/jobs/{job['id']}").body["size"] == 1


def test_what_the_portal_refuses_is_said_by_field(typed: Shell, folder: Path) -> None:
    write(folder, size=0)
    code, _, err = typed("apply", "--yes", str(folder))
    assert (code, "size: Choose a whole number of workers" in err) == (1, True)


def test_a_run_is_followed_to_its_end(typed: Shell, folder: Path) -> None:
    typed("apply", "--yes", str(folder))
    name = tomllib.loads((folder / "job.toml").read_text())["identifier"]
    code, out, err = typed("run", name, "--follow", "--interval", "0.5")
    run = out.splitlines()[0]
    assert (code, f"{run}: SUCCEEDED" in err, "Executing notebook" in out) == (0, True, True)
    assert typed("wait", run)[0] == 0
    assert "Executing notebook" in typed("logs", run)[1]


def test_a_past_slot_is_run(typed: Shell, somebody: Api) -> None:
    job = somebody.schedule("slotted", start_date="2026-11-01T06:00:00Z", timezone="Europe/Berlin")
    code, out, _ = typed("run", job["id"], "--slot", "2026-11-03T07:00", "--wait", "--interval", "0.5")
    assert code == 0
    assert somebody("GET", f"/runs/{out.splitlines()[0]}").body["slot"] == "2026-11-03T06:00:00.000000Z"
    code, _, err = typed("run", job["id"], "--slot", "2026-11-03T07:30")
    assert (code, "slot" in err) == (1, True)


def test_a_run_that_fails_says_why_and_exits_by_it(typed: Shell, folder: Path) -> None:
    (folder / "tiny.ipynb").write_text(json.dumps(TINY).replace("print('hello')", "1/0"))
    typed("apply", "--yes", str(folder))
    name = tomllib.loads((folder / "job.toml").read_text())["identifier"]
    code, _, err = typed("run", name, "--wait", "--interval", "0.5")
    assert (code, "ZeroDivisionError" in err) == (1, True)


def test_clusters_are_launched_listed_and_ended(typed: Shell, somebody: Api) -> None:
    assert typed("keys", "create", "--title", "laptop", "--key", fresh_key())[0] == 0
    key = json.loads(typed("keys", "ls", "--json")[1])[0]["id"]
    launched = json.loads(
        typed("clusters", "create", "--size", "1", "--ssh-key", key, "--emr-release", RELEASE, "--json")[1]
    )
    assert launched["id"] in typed("clusters", "ls")[1]
    assert "lifetime_extension_count  1" in typed("clusters", "extend", launched["id"], "--hours", "2")[1]
    assert typed("clusters", "terminate", launched["id"], "--reason", "Done.")[0] == 0
    reaches(somebody, f"/clusters/{launched['id']}", "TERMINATED")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("jobs", "show", "j-none"), 1, "Not found: There is no such job."),
        (("run", "none"), 2, "You have no job with the identifier none."),
        (("run", "j-x", "--param", "n"), 2, "Give a parameter as name=value"),
        (("jobs", "create", "--parameters", "{"), 2, "--parameters is not valid JSON"),
        (("jobs", "create", "--notebook", "/none.ipynb"), 2, "/none.ipynb cannot be read"),
        (("jobs", "dance", "j-x"), 2, "invalid choice"),
        (("clusters", "ls", "--state", "odd"), 2, "invalid choice"),
        (("clusters", "create", "--size", "x"), 1, "size: Choose a whole number"),
        (("login", "http://atmo.example.org"), 2, "Give the portal's address"),
        (("logs", "r-none"), 1, "no log yet"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_a_sentence(typed: Shell, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    exit_code, _, err = typed(*arguments)
    assert (exit_code, sentence in err) == (code, True), err
    assert "Traceback" not in err


def test_a_token_that_is_not_valid_and_a_portal_that_is_not_there(typed: Shell) -> None:
    code, _, err = typed("jobs", "ls", ATMO_TOKEN="atmo_wrong")
    assert (code, "The API token is not valid." in err) == (1, True)
    code, _, err = typed("jobs", "ls", ATMO_URL="http://127.0.0.1:9")
    assert (code, "127.0.0.1:9 does not answer" in err) == (3, True)
    assert typed("jobs", "ls", ATMO_TOKEN="")[0] == 2


def test_a_login_is_kept_for_this_user_and_this_portal_alone(typed: Shell, tmp_path: Path) -> None:
    assert typed("login")[0] == 0
    assert typed("me", "show", ATMO_TOKEN="")[0] == 0
    file = tmp_path / "config" / "atmo" / "credentials.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    code, _, err = typed("me", "show", ATMO_TOKEN="", ATMO_URL="http://localhost:1")
    assert (code, "No API token for http://localhost:1" in err) == (2, True)


def test_files_come_from_s3_without_the_token(typed: Shell, somebody: Api) -> None:
    """S3 refuses a request that is signed in its address and has a header Authorization as well."""
    job = somebody.schedule("cli-files-" + somebody("GET", "/me").body["username"])
    assert typed("jobs", "notebooks-show", job["id"], "1")[0] == 0
    run = somebody("POST", f"/jobs/{job['id']}/run").body["id"]
    reaches(somebody, f"/runs/{run}", "SUCCEEDED", seconds=120)
    code, out, _ = typed("runs", "files", run, "outcome.json")
    assert (code, json.loads(out)["status"]) == (0, "SUCCEEDED")


def test_it_installs_and_runs_without_anything_else(tmp_path: Path, somebody: Api) -> None:
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-build-isolation",
        "--no-deps",
        "--target",
        str(tmp_path),
    ]
    source = tmp_path / "source"
    subprocess.run(["cp", "-r", str(CLIENT), str(source)], check=True)  # setuptools writes beside what it builds
    subprocess.run([*pip, str(source)], check=True)
    start = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from atmo.main import main; sys.exit(main())"
    known = {"ATMO_URL": somebody.url, "ATMO_TOKEN": somebody.token, "HOME": str(tmp_path)}
    command = [sys.executable, "-I", "-c", start, "me", "show"]
    shown = subprocess.run(command, env=known, capture_output=True, text=True, check=True)
    assert "username" in shown.stdout
