"""What answers of programs say about use: tables, and whatever else they might answer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from activity import reading, signs
from activity.reading import World
from activity.signs import CPU_SECONDS, Processors, Sign
from activity.state import REPORT_SECONDS, State, after, is_busy, judge_load, load, report, report_is_due, save
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_795_780_800.0  # 2026-11-27 12:00 UTC
TEN = "2026-11-27T10:00:00.000000Z"
AT_TEN = NOW - 7200

KERNELS: list[tuple[str, Any, float | None, bool]] = [
    ("none", [], None, False),
    ("one that executes", [{"execution_state": "busy", "last_activity": TEN}], NOW, False),
    ("one that is done", [{"execution_state": "idle", "last_activity": TEN}], AT_TEN, False),
    ("one that starts", [{"execution_state": "starting", "last_activity": TEN}], AT_TEN, False),
    ("the latest of two", [{"last_activity": "2026-11-27T09:00:00Z"}, {"last_activity": TEN}], AT_TEN, False),
    ("without a time", [{"execution_state": "idle"}], None, True),
    ("one without, one busy", [{"execution_state": "idle"}, {"execution_state": "busy"}], NOW, True),
    ("no list", {"message": "Forbidden"}, None, True),
    ("a list of others", ["idle"], None, True),
]


@pytest.mark.parametrize(("answer", "last", "unknown"), [row[1:] for row in KERNELS], ids=[row[0] for row in KERNELS])
def test_kernels(answer: Any, last: float | None, unknown: bool) -> None:
    sign = signs.of_kernels(answer, NOW)
    assert (sign.last, bool(sign.unknown)) == (last, unknown)


def paragraph(status: str, finished: Any = None) -> dict[str, Any]:
    return {"id": "p", "status": status, "finished": finished}


NOTES: list[tuple[str, list[Any], float | None, bool]] = [
    ("no notes", [], None, False),
    ("one that runs", [{"paragraphs": [paragraph("RUNNING")]}], NOW, False),
    ("one that waits", [[paragraph("FINISHED"), paragraph("PENDING")]], NOW, False),
    ("one that ran", [{"paragraphs": [paragraph("FINISHED", "Fri Nov 27 10:00:00 UTC 2026")]}], AT_TEN, False),
    ("one that never ran", [{"paragraphs": [paragraph("READY")]}], None, False),
    ("a date of another zone", [{"paragraphs": [paragraph("FINISHED", "Fri Nov 27 10:00:00 CET 2026")]}], None, False),
    ("no paragraphs", [{"status": "OK"}], None, True),
]


@pytest.mark.parametrize(("notes", "last", "unknown"), [row[1:] for row in NOTES], ids=[row[0] for row in NOTES])
def test_notes(notes: list[Any], last: float | None, unknown: bool) -> None:
    sign = signs.of_notes(notes, NOW)
    assert (sign.last, bool(sign.unknown)) == (last, unknown)


SPARK = {"id": "a-1", "applicationType": "SPARK", "state": "RUNNING"}
APPLICATIONS: list[tuple[str, list[Any], dict[str, Any], float | None, bool]] = [
    ("none", [], {}, None, False),
    ("a notebook that once touched Spark", [SPARK], {"a-1": []}, None, False),
    ("stages run", [SPARK], {"a-1": [{"stageId": 3}]}, NOW, False),
    ("the driver does not answer", [SPARK], {"a-1": None}, None, True),
    ("of two drivers one does not", [SPARK, SPARK | {"id": "a-2"}], {"a-2": [{}]}, NOW, True),
    ("one that waits for machines", [SPARK | {"state": "ACCEPTED"}], {}, NOW, False),
    ("Hadoop's own", [SPARK | {"applicationType": "MAPREDUCE"}], {}, NOW, False),
    ("one that ended", [SPARK | {"state": "FINISHED"}], {}, None, False),
]


@pytest.mark.parametrize(
    ("applications", "stages", "last", "unknown"),
    [row[1:] for row in APPLICATIONS],
    ids=[row[0] for row in APPLICATIONS],
)
def test_applications(applications: Any, stages: Any, last: float | None, unknown: bool) -> None:
    sign = signs.of_applications(applications, stages, NOW)
    assert (sign.last, bool(sign.unknown)) == (last, unknown)


def reading_of(at: float, total: int, busy: int, cores: int = 4) -> Processors:
    return Processors(at, total, busy, cores)


LOADS = [
    ("never read", None, None, None, True),
    ("read once", None, reading_of(NOW, 100, 10), None, True),
    ("daemons", reading_of(NOW - 300, 0, 0), reading_of(NOW, 120_000, 12_000), None, False),
    ("half a core", reading_of(NOW - 300, 0, 0), reading_of(NOW, 120_000, 15_000), NOW, False),
    ("one of 64 cores", reading_of(NOW - 300, 0, 0, 64), reading_of(NOW, 1_920_000, 30_000, 64), NOW, False),
    ("started anew", reading_of(NOW - 300, 5000, 300), reading_of(NOW, 100, 10), None, True),
]


@pytest.mark.parametrize(
    ("before", "seen", "last", "unknown"), [row[1:] for row in LOADS], ids=[row[0] for row in LOADS]
)
def test_processors(before: Any, seen: Any, last: float | None, unknown: bool) -> None:
    sign = signs.of_processors(before, seen)
    assert (sign.last, bool(sign.unknown)) == (last, unknown)


def test_proc_stat() -> None:
    text = "cpu  10 1 5 80 4 0 2 1 0 0\ncpu0 5 0 2 40 2 0 1 0 0 0\ncpu1 5 1 3 40 2 0 1 1 0 0\nintr 1\n"
    assert signs.processors(text, NOW) == Processors(NOW, total=103, busy=19, cores=2)
    assert signs.processors("", NOW) is None
    assert signs.processors("cpu  many\n", NOW) is None


def test_the_load_is_judged_over_minutes() -> None:
    state = judge_load(State(), reading_of(NOW, 100, 10))
    assert state.load_sign.unknown
    assert judge_load(state, reading_of(NOW + CPU_SECONDS - 1, 90_000, 90_000)) == state
    later = judge_load(state, reading_of(NOW + CPU_SECONDS, 120_100, 120_010))
    assert later.load_sign == Sign(NOW + CPU_SECONDS)


MOMENTS = st.floats(0, 2 * NOW)
SIGNS = st.builds(Sign, st.none() | MOMENTS, st.sampled_from(["", "refused"]))
LOOKS = st.dictionaries(st.sampled_from(["kernels", "spark", "logins", "load", "zeppelin"]), SIGNS)


@given(st.lists(st.tuples(LOOKS, MOMENTS), max_size=5))
def test_no_use_is_forgotten_and_none_is_in_the_future(looks: list[tuple[dict[str, Sign], float]]) -> None:
    state, newest = State(), 0.0
    for look, now in looks:
        newest = max(newest, now)
        before, state = state, after(state, look, now)
        assert all(state.last[name] >= moment for name, moment in before.last.items())
        assert all(moment <= newest for moment in state.last.values())
        signs_of_report = report(state, now)["signs"]
        assert set(signs_of_report) == set(look)
        assert {name: bool(sign["unknown"]) for name, sign in signs_of_report.items()} == {
            name: bool(sign.unknown) for name, sign in look.items()
        }


WORDS = st.sampled_from(["id", "state", "paragraphs", "execution_state"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda kids: st.lists(kids) | st.dictionaries(WORDS, kids),
)


@given(JSON)
def test_no_answer_breaks_a_look(answer: Any) -> None:
    """What is malformed is unknown, or has no use in it: it never raises out of a look."""
    signs.of_kernels(answer, NOW)
    signs.of_notes([answer], NOW)


def test_a_state_is_kept_from_one_look_to_the_next(tmp_path: Path) -> None:
    state = after(judge_load(State(), reading_of(NOW, 100, 10)), {"kernels": Sign(AT_TEN)}, NOW)
    save(state, tmp_path / "deep/state.json")
    loaded = load(tmp_path / "deep/state.json")
    assert (loaded.last, loaded.load, loaded.load_sign) == (state.last, state.load, state.load_sign)
    for damaged in ("", "[]", '{"last": 3}', "\x00"):
        (tmp_path / "state.json").write_text(damaged)
        assert load(tmp_path / "state.json") == State()


def test_reports_are_minutes_apart_whatever_the_clock_does() -> None:
    state = State(reported_at=NOW)
    due = {seconds: report_is_due(state, NOW + seconds) for seconds in (-1, 0, REPORT_SECONDS - 1, REPORT_SECONDS)}
    assert due == {-1: True, 0: False, REPORT_SECONDS - 1: False, REPORT_SECONDS: True}


def test_emr_hears_of_use_and_of_nothing_else() -> None:
    assert is_busy(State(last={"kernels": NOW - 299}), NOW)
    assert not is_busy(State(last={"kernels": NOW - 300}), NOW)
    assert not is_busy(State(signs={"kernels": Sign(unknown="refused")}), NOW)


def process(root: Path, number: int, name: str, parent: int, started: int) -> None:
    stat = root / f"proc/{number}/stat"
    stat.parent.mkdir(parents=True)
    ticks = started * os.sysconf("SC_CLK_TCK")
    stat.write_text(f"{number} ({name}) S {parent} {' '.join('0' * 17)} {ticks} 0 0\n")


def test_logins_are_what_was_typed_and_when_connections_began(tmp_path: Path) -> None:
    (tmp_path / "dev/pts").mkdir(parents=True)
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/stat").write_text(f"cpu  1 1 1 1 1 1 1 1\nbtime {NOW - 20_000:.0f}\n")
    world = World(tmp_path)
    assert reading.logins(world, NOW) == Sign()
    process(tmp_path, 900, "sshd", 1, 19_000)  # the daemon
    process(tmp_path, 901, "python (3)", 900, 19_000)
    assert reading.logins(world, NOW) == Sign()
    process(tmp_path, 902, "sshd", 900, 1_000)
    process(tmp_path, 903, "ssm-session-wor", 17, 2_000)
    assert reading.logins(world, NOW) == Sign(NOW - 18_000)
    (tmp_path / "dev/pts/0").touch()
    os.utime(tmp_path / "dev/pts/0", (NOW - 60, NOW))
    (tmp_path / "dev/pts/ptmx").touch()
    assert reading.logins(world, NOW) == Sign(NOW - 60)


def test_a_machine_without_anything_says_that_it_knows_nothing(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:1"
    world = World(tmp_path, nowhere, nowhere, nowhere)
    for look in (reading.kernels, reading.spark, reading.zeppelin, reading.logins):
        assert look(world, NOW).unknown
    assert reading.load(world, NOW) is None
    assert not reading.has_zeppelin(world)
