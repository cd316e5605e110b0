"""Every AWS call that is made for a record, named by who makes it; and one of them made to fail."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from localaws.cloud import LocalCloud
from localaws.lambdas import Invocation
from localaws.stepfunctions.rest import at_rest
from tests.support.faults import Death, Params
from tests.support.wiretap import Call, Really, tapped

MACHINE = "the machine"


@dataclass(frozen=True, order=True)
class Place:
    """The n-th call (from 1) of an operation that `who` makes in a stage of the record's life.

    `who` is the machine, the n-th run of one of its tasks or of an event's handler in that stage, or what a person does.
    """

    stage: str
    who: str
    operation: str
    number: int

    def __str__(self) -> str:
        return f"{self.stage}, {self.who}: {self.operation} {self.number}"


class SdkClientException(ClientError):
    """What Step Functions reports when a service's answer does not reach it; it names errors by their classes."""


def refused(code: str, message: str, status: int, operation: str, kind: type[ClientError] = ClientError) -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}}
    return kind(answer | {"ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r"}}, operation)  # type: ignore[arg-type]


def _throttled(place: Place, really: Really) -> Any:
    code = "TooManyRequestsException" if place.operation.startswith("Invoke") else "ThrottlingException"
    raise refused(code, "Rate exceeded", 400, place.operation)


def _broken(place: Place, really: Really) -> Any:
    code = "ServiceException" if place.operation.startswith("Invoke") else "InternalFailure"
    raise refused(code, "Internal failure, please try again", 500, place.operation)


def _answer_lost(place: Place, really: Really) -> Any:
    really()
    if place.who == MACHINE:
        raise refused("SdkClientException", "Read timed out", 0, place.operation, SdkClientException)
    raise ReadTimeoutError(endpoint_url="https://aws")


def _asked_twice(place: Place, really: Really) -> Any:
    """The answer is lost and the SDK, unseen by us, asks again."""
    really()
    return really()


def _dies_before(place: Place, really: Really) -> Any:
    raise Death(str(place))


def _dies_after(place: Place, really: Really) -> Any:
    really()
    raise Death(str(place))


OF_CALLS: dict[str, Callable[[Place, Really], Any]] = {
    "throttled": _throttled,
    "fails with a 5xx": _broken,
    "times out after having worked": _answer_lost,
    "is made twice by the SDK": _asked_twice,
}
OF_LAMBDA: dict[str, Callable[[Place, Really], Any]] = {
    "our Lambda dies before it": _dies_before,
    "our Lambda dies after it": _dies_after,
}
FAULTS = OF_CALLS | OF_LAMBDA


class Calls:
    """Watches one cloud. Records are known by a word of the test's choosing: their cluster's identifier.

    `made` has each record's calls in order, `planned` the fault for a place, `struck` the faults that happened. Counting
    begins anew when `stage` is set, so that a call's place does not depend on what went wrong in an earlier stage.
    """

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._here = threading.local()
        self._lock = threading.Lock()
        self._words: dict[str, str] = {}
        self._counted: Counter[tuple[str, str, str]] = Counter()
        self.stage = ""
        self._in_flight = 0
        self._last = time.monotonic()
        self.made: dict[str, list[Place]] = defaultdict(list)
        self.planned: dict[tuple[str, Place], str] = {}
        self.struck: set[tuple[str, Place]] = set()
        self.before: Callable[[str, str], None] = lambda word, who: None

    @contextmanager
    def watching(self) -> Iterator[Calls]:
        """Watch, until the end of the block."""
        invoke = self._cloud.functions.invoke
        with tapped(self._call), pytest.MonkeyPatch.context() as patch:
            patch.setattr(self._cloud.functions, "invoke", lambda name, event: self._invoke(invoke, name, event))
            yield self

    @contextmanager
    def acting(self, word: str, who: str) -> Iterator[None]:
        """What this thread calls is for this record."""
        before = getattr(self._here, "acting", None)
        self._here.acting = (word, who)
        self._here.numbers = Counter()
        try:
            yield
        finally:
            self._here.acting = before

    def quiet(self, seconds: float) -> bool:
        """Whether nobody called AWS for so many real seconds, and every state machine waits.

        The one alone says little on a busy machine, where a thread may not get its turn for long.
        """
        with self._lock:
            calm = self._in_flight == 0 and time.monotonic() - self._last > seconds
        return calm and at_rest(self._cloud.account, self._cloud.region, self._words)

    def word_of_jobflow(self, jobflow_id: str) -> str:
        """The record that a jobflow was launched for, "" if it is nobody's here."""
        cluster = self._cloud.emr.clusters.get(jobflow_id)
        return self._words.get(cluster.tags.get("Record", ""), "") if cluster else ""

    def _invoke(self, really: Callable[..., Invocation], name: str, event: Params) -> Invocation:
        word, task = self._task_of(name, event)
        if not word:
            return really(name, event)
        with self._lock:
            self._counted[self.stage, word, task] += 1
            who = f"{task} {self._counted[self.stage, word, task]}"
        self.before(word, who)
        try:
            with self.acting(word, who):
                return really(name, event)
        except Death as death:
            error = {"errorType": "Runtime.ExitError", "errorMessage": "Error: Runtime exited", "stackTrace": []}
            return Invocation(name, event, None, error | {"of": str(death)}, 0.0)

    def _task_of(self, name: str, event: Params) -> tuple[str, str]:
        if "cluster_id" in event:
            return self._words.get(event["cluster_id"], ""), " ".join([event["task"], event.get("until", "")]).strip()
        detail = event.get("detail", {})
        if "clusterId" in detail:
            return self.word_of_jobflow(detail["clusterId"]), f"event {detail['state']}"
        return "", ""

    def _call(self, call: Call, really: Really) -> Any:
        with self._lock:
            self._in_flight += 1
        try:
            return self._answer(really, call.operation, call.params)
        finally:
            with self._lock:
                self._in_flight -= 1
                self._last = time.monotonic()

    def _answer(self, really: Really, operation: str, params: Params) -> Any:
        word, place = self._place(operation, params)
        if not word:
            return really()
        with self._lock:
            self.made[word].append(place)
            fault = self.planned.pop((word, place), "")
            if fault:
                self.struck.add((word, place))
        return FAULTS[fault](place, really) if fault else really()

    def _place(self, operation: str, params: Params) -> tuple[str, Place]:
        word, who = getattr(self._here, "acting", None) or (self._of_machine(operation, params), MACHINE)
        if operation == "StartExecution" and word:
            self._words[params["name"]] = word
        if operation == "Invoke":
            operation += f" {json.loads(params['Payload'])['task']}" if word else ""
        with self._lock:
            if who == MACHINE:
                self._counted[self.stage, word, operation] += 1
                return word, Place(self.stage, who, operation, self._counted[self.stage, word, operation])
        self._here.numbers[operation] += 1
        return word, Place(self.stage, who, operation, self._here.numbers[operation])

    def _of_machine(self, operation: str, params: Params) -> str:
        """The record that a call of Step Functions itself is about."""
        if operation == "Invoke":
            event = json.loads(params.get("Payload") or "{}")
            return self._words.get(event.get("cluster_id", ""), "")
        if operation == "RunJobFlow":
            tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
            return self._words.get(tags.get("Record", ""), "")
        if operation == "TerminateJobFlows":
            return self.word_of_jobflow(params["JobFlowIds"][0])
        return ""
