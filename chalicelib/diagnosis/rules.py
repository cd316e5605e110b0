"""Why a run did not succeed: a pure decision of what is known of it. Every text gets a diagnosis, none makes it stumble.

Who says it counts for more than where it stands: EMR's reason for ending a cluster before the notebook was done, then the
error the notebook stopped with, and the log only where that error does not say what happened.
"""

from __future__ import annotations

import re

from chalicelib.diagnosis import cluster_symptoms, fallbacks, notebook_symptoms
from chalicelib.diagnosis.facts import WRAPPERS, Facts, cause
from chalicelib.diagnosis.symptoms import Diagnosis, Symptom, of_kind, recognise

NOT_TAKEN = ("", "STEP_FAILURE", "ALL_STEPS_COMPLETED")
"""EMR's codes for clusters that ended because the notebook did."""
SILENT = {
    *WRAPPERS,
    "DeadKernelError",
    "Py4JNetworkError",
    "Py4JError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "",
}
"""Errors that do not say what happened; the log may."""
JAVA_GONE = re.compile(
    r"Py4JNetworkError|(?:py4j.{0,300}|^)Connection(?:Refused|Reset)Error|Java side is empty|JAVA_GATEWAY_EXITED"
    r"|SparkContext was shut down",
    re.M,
)
IN_THE_LOG = of_kind(
    notebook_symptoms.SYMPTOMS,
    "executor_out_of_memory", "driver_out_of_memory", "spot_reclaimed", "disk_full", "executor_lost",
)  # fmt: skip


def diagnose(facts: Facts) -> Diagnosis | None:
    """What happened; None for a run that succeeded or was not run at all."""
    if facts.status in ("SUCCEEDED", "SKIPPED"):
        return None
    if facts.status == "CANCELLED":
        return fallbacks.cancelled(facts)
    if facts.status == "TIMED_OUT":
        return _timed_out(facts)
    if not facts.launched:
        return _of_cluster(facts, facts.reason, "") or fallbacks.refused(facts)
    if facts.stopped or (facts.reported is None and facts.code not in NOT_TAKEN):
        return _of_cluster(facts, facts.message, facts.code) or fallbacks.stopped(facts)
    return _without_word(facts) if facts.reported is None else _of_notebook(facts)


def _timed_out(facts: Facts) -> Diagnosis:
    if facts.begun:
        return fallbacks.too_slow(facts)
    found = _of_cluster(facts, facts.message, "")
    return fallbacks.never_ready(facts, found.paragraph if found else "AWS may have lacked machines.")


def _of_cluster(facts: Facts, message: str, code: str) -> Diagnosis | None:
    """What EMR's message or code says; None when that is nothing we know."""
    found = recognise(cluster_symptoms.MESSAGES, message) or recognise(cluster_symptoms.MESSAGES, code)
    found = found or recognise(cluster_symptoms.CODES, message) or recognise(cluster_symptoms.CODES, code)
    return found[0].told(found[1], facts.where, facts.by_emr or (("emr", message),)) if found else None


def _without_word(facts: Facts) -> Diagnosis:
    """The step is over, and the runner left no outcome: it was killed, or never began."""
    for source, text in (("log", facts.log), ("step", facts.step_message)):
        if found := recognise(IN_THE_LOG, text):
            return found[0].told(found[1], "The notebook", ((source, found[2]), *facts.by_step))
    return fallbacks.without_word(facts)


def _of_notebook(facts: Facts) -> Diagnosis:
    text = "\n".join((facts.raised, facts.traceback, cause(facts)))
    if found := recognise(notebook_symptoms.SYMPTOMS, text):
        return _recognised(facts, found, "notebook")
    gone = bool(JAVA_GONE.search(text))
    if (gone or facts.error in SILENT) and (found := recognise(IN_THE_LOG, facts.log)):
        return _recognised(facts, found, "log")
    if facts.error == "DeadKernelError":
        return fallbacks.kernel_died(facts)
    if gone:
        return fallbacks.spark_stopped(facts)
    return fallbacks.raised(facts) if facts.error else fallbacks.not_run(facts)


def _recognised(facts: Facts, found: tuple[Symptom, re.Match[str], str], source: str) -> Diagnosis:
    symptom, match, line = found
    if symptom.kind == "executor_lost":
        spot = recognise(of_kind(cluster_symptoms.MESSAGES, "spot_reclaimed"), facts.message)
        if spot:
            return spot[0].told(spot[1], facts.where, ((source, line), *facts.by_emr))
    return symptom.told(match, facts.where, ((source, line), *facts.by_notebook))
