"""Executing a note in Zeppelin itself, through its REST API: for what only Zeppelin can run, such as %spark (Scala).

https://zeppelin.apache.org/docs/0.11.1/usage/rest_api/notebook.html. The note is imported, and its paragraphs are run one
after the other until one fails: of Zeppelin's versions not all stop there by themselves when told to run all. EMR's
Zeppelin lets in whoever can reach localhost:8890.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import outcome
import urllib3
from execution import Terminated
from outcome import FAILED, SUCCEEDED, Outcome

from zeppelin import conversion, display
from zeppelin.note import Note, Paragraph

log = logging.getLogger("atmo")

EMR_ZEPPELIN = Path("/usr/lib/zeppelin")
# Zeppelin starts with its cluster, perhaps later than the first step.
START_SECONDS = 300
ANSWER_SECONDS = 60
FIRST_POLL, LAST_POLL = 0.1, 2.0
MISSED_ANSWERS = 6
OVER = ("FINISHED", "ERROR", "ABORT")
EXCEPTION = re.compile(r"^(?:[\w$]+\.)*([A-Z]\w*(?:Exception|Error)\b): ?(.*)$", re.MULTILINE)


class ZeppelinFailed(Exception):
    """Zeppelin did not do what it was asked; the message is for the user."""


class OutOfTime(Exception):
    """The run's deadline has come."""


def address() -> str | None:
    """Where Zeppelin is, as EMR installs it or as ATMO_ZEPPELIN_URL says; None where there is none."""
    return os.environ.get("ATMO_ZEPPELIN_URL") or ("http://localhost:8890" if EMR_ZEPPELIN.is_dir() else None)


class Zeppelin:
    """What is used of the REST API. Every failure is ZeppelinFailed."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/") + "/api"
        self.pool = urllib3.PoolManager(retries=False, timeout=ANSWER_SECONDS)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The `body` of Zeppelin's answer."""
        try:
            answer = self.pool.request(
                method,
                self.url + path,
                body=None if body is None else json.dumps(body).encode(),
                headers={"Content-Type": "application/json"},
            )
        except urllib3.exceptions.HTTPError as error:
            raise ZeppelinFailed(f"Zeppelin does not answer: {error}") from error
        try:
            document = json.loads(answer.data)
        except ValueError:
            document = {}
        if answer.status >= 300:
            raise ZeppelinFailed(f"Zeppelin answered {answer.status}: {document.get('message') or 'no reason given'}.")
        return document.get("body")

    def answers(self) -> bool:
        try:
            self.call("GET", "/version")
        except ZeppelinFailed:
            return False
        return True


class ServerExecution:
    """One note; `result` is where the executed note is kept, as Zeppelin itself describes its paragraphs."""

    part = "paragraph"

    def __init__(
        self, note: Note, folder: Path, url: str, when_told_to_stop: Callable[[], None] = lambda: None
    ) -> None:
        self.note, self.result, self.zeppelin = note, folder / "notebook.json", Zeppelin(url)
        self.when_told_to_stop = when_told_to_stop
        self.document = conversion.cleared(note)
        self.running: tuple[Paragraph, str] | None = None
        self.deadline = 0.0

    def run(self, seconds: float, limit: float) -> Outcome:
        """Execute for at most `seconds`, what is left of the `limit` the user knows."""
        self.deadline = time.monotonic() + seconds
        try:
            return self._run_all()
        except ZeppelinFailed as error:
            return Outcome(FAILED, self._number(), message=str(error))
        except OutOfTime:
            self._stop()
            return outcome.timed_out(self._place(), limit)
        except Terminated:
            # Whoever stops us may not wait for Zeppelin's answers: first what there is.
            self.when_told_to_stop()
            self._stop()
            return outcome.terminated(self._place())

    def to_keep(self) -> Path:
        """Where the note is after each paragraph."""
        return self.result

    def write_executed(self) -> Any:
        """Write the executed note; returns the notebook for its page."""
        self._write()
        return conversion.page_of_note(self.note, self.document)

    def _run_all(self) -> Outcome:
        self._wait_for_zeppelin()
        folder, ids = self._import()
        for paragraph, identifier in zip(self.note.paragraphs, ids, strict=True):
            if not paragraph.runs:
                continue
            self.running = paragraph, f"{folder}/{identifier}"
            ended = self._run(paragraph, folder, identifier)
            self._note(paragraph, ended)
            self._write()
            if ended["status"] != "FINISHED":
                return replace(failed_in(paragraph.number, ended), **self._place())
        return Outcome(SUCCEEDED)

    def _wait_for_zeppelin(self) -> None:
        give_up = time.monotonic() + START_SECONDS
        while not self.zeppelin.answers():
            if time.monotonic() > give_up:
                raise ZeppelinFailed(f"Zeppelin does not answer at {self.zeppelin.url}.")
            self._pause(LAST_POLL)

    def _import(self) -> tuple[str, list[str]]:
        """Give Zeppelin the note; returns its id there and those of its paragraphs."""
        noted = self.zeppelin.call("POST", "/notebook/import", importable(self.note, uuid4().hex))
        folder = quote(str(noted))
        paragraphs = self.zeppelin.call("GET", f"/notebook/{folder}")["paragraphs"]
        if len(paragraphs) < len(self.note.paragraphs):
            raise ZeppelinFailed("Zeppelin did not import all paragraphs of the note.")
        return folder, [quote(str(paragraph["id"])) for paragraph in paragraphs[: len(self.note.paragraphs)]]

    def _run(self, paragraph: Paragraph, folder: str, identifier: str) -> dict[str, Any]:
        """Run a paragraph; returns how Zeppelin describes it when it is over."""
        started, pause = time.monotonic(), FIRST_POLL
        self.zeppelin.call("POST", f"/notebook/job/{folder}/{identifier}", {"params": paragraph.forms})
        while (described := self._look(folder, identifier)).get("status") not in OVER:
            self._pause(pause)
            pause = min(pause * 1.5, LAST_POLL)
        log.info("paragraph %d: %.1f s", paragraph.number, time.monotonic() - started)
        return described

    def _look(self, folder: str, identifier: str) -> dict[str, Any]:
        """How Zeppelin describes a paragraph. A server that is busy may miss some questions in a row."""
        missed = 0
        while True:
            try:
                return dict(self.zeppelin.call("GET", f"/notebook/{folder}/paragraph/{identifier}"))
            except ZeppelinFailed:
                missed += 1
                if missed == MISSED_ANSWERS:
                    raise
            self._pause(FIRST_POLL * 2**missed)

    def _pause(self, seconds: float) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime
        time.sleep(min(seconds, left))

    def _note(self, paragraph: Paragraph, described: dict[str, Any]) -> None:
        """Put onto the note what Zeppelin says of one paragraph."""
        results = ("results", "status", "dateStarted", "dateFinished", "errorMessage")
        entry = self.document["paragraphs"][paragraph.number - 1]
        entry |= {name: described[name] for name in results if described.get(name) is not None}

    def _write(self) -> None:
        """All or nothing, as it may be read at any time."""
        new = self.result.with_suffix(".new")
        new.write_text(json.dumps(self.document, indent=2), "utf-8")
        new.replace(self.result)

    def _stop(self) -> None:
        """End the running paragraph, and keep what it has put out."""
        if self.running is None:
            return
        paragraph, place = self.running
        try:
            self.zeppelin.call("DELETE", f"/notebook/job/{place}")
            self._note(paragraph, self._look(*place.split("/")) | {"status": "ABORT"})
        except (ZeppelinFailed, OutOfTime) as error:
            log.warning("The paragraph's output is not known: %s", error or "there is no time left")

    def _place(self) -> dict[str, Any]:
        return {
            "cell": self._number(),
            "cells_not_run": self.note.left_after(self.running[0]) if self.running else None,
        }

    def _number(self) -> int | None:
        return self.running[0].number if self.running else None


def importable(note: Note, unique: str) -> dict[str, Any]:
    """The note as Zeppelin is given it: under a name that nobody has, with paragraphs that can be told apart.

    An import keeps the paragraphs' ids and forgets the note's default interpreter, so both are put onto the paragraphs.
    """
    document = conversion.cleared(note)
    for paragraph, entry in zip(note.paragraphs, document["paragraphs"], strict=True):
        entry["id"] = f"paragraph_{unique}_{paragraph.number}"
        if paragraph.runs and not paragraph.named:
            entry["text"] = f"%{paragraph.interpreter}\n{paragraph.text}"
    return document | {"name": f"/atmo/{unique}", "path": f"/atmo/{unique}"}


def failed_in(number: int, described: dict[str, Any]) -> Outcome:
    """The outcome of a note in which a paragraph ended with an error, from how Zeppelin describes the paragraph."""
    results = described.get("results") or {}
    texts = [str(message.get("data", "")) for message in results.get("msg", [])] or [
        described.get("errorMessage") or ""
    ]
    text = display.ANSI.sub("", "\n".join(texts)).strip()
    if described["status"] == "ABORT" and not text:
        text = "The paragraph was stopped in Zeppelin."
    exception = EXCEPTION.search(text)
    lines = [line for line in text.splitlines() if line.strip()]
    message = (
        exception.group(2) if exception else (lines or ["The paragraph failed without a message; see the log."])[0]
    )
    return Outcome(
        FAILED,
        number,
        error=exception.group(1) if exception else None,
        message=message[: outcome.MAX_MESSAGE],
        traceback=text[-outcome.MAX_TRACEBACK :] or None,
    )
