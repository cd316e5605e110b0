"""Why a run did not succeed: a pure decision from what is known of it. Every text gets a diagnosis, and none makes it fail.

Some sources count for more than others: EMR's reason for ending a cluster before the notebook was done, then the
error the notebook stopped with, and the log only where that error does not say what happened.
"""

from __future__ import annotations

import re

from chalicelib.diagnosis import cluster_symptoms, fallbacks, foreign_symptoms, notebook_symptoms
from chalicelib.diagnosis.facts import WRAPPERS, Facts, cause
from chalicelib.diagnosis.symptoms import Diagnosis, Recognised, of_kind, recognise
from chalicelib.diagnosis.traceback import passes_through

NOT_TAKEN = ("", "STEP_FAILURE", "ALL_STEPS_COMPLETED")
"""EMR's codes for clusters that ended because the notebook did."""
SILENT = {
    *WRAPPERS,
    "DeadKernelError",
    "Py4JNetworkError",
    "Py4JError",
    "",
}
"""Errors that do not say what happened; the log may."""
JAVA_GONE = re.compile(
    r"Py4JNetworkError|Java side is empty|JAVA_GATEWAY_EXITED|Java gateway process exited|SparkContext was shut down"
    r"|Yarn application has already ended|stopped SparkContext"
)
SESSION_STOPPED = re.compile(r"^AttributeError: 'NoneType' object has no attribute '(?:sc|setCallSite)'")
"""What PySpark raises after spark.stop()."""
CONNECTION_LOST = ("ConnectionRefusedError", "ConnectionResetError")
"""About Spark only where the connection was py4j's, by which Python talks to Spark."""
OWN_ERRORS = frozenset({
    "ArithmeticError", "AssertionError", "AttributeError", "IndexError", "IndentationError", "KeyError", "LookupError",
    "NameError", "NotImplementedError", "OverflowError", "RecursionError", "RuntimeError", "StopIteration", "SyntaxError",
    "TypeError", "UnboundLocalError", "ValueError", "ZeroDivisionError",
})  # fmt: skip
"""Python's own errors about the code. Their texts are whatever the code says, so nothing is concluded from them."""
IN_THE_LOG = [*foreign_symptoms.IN_THE_LOG, *of_kind(
    notebook_symptoms.SYMPTOMS,
    "executor_out_of_memory", "driver_out_of_memory", "spot_reclaimed", "disk_full", "executor_lost",
)]  # fmt: skip


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
    diagnosis = _of_cluster(facts, facts.message, "")
    return fallbacks.never_ready(facts, diagnosis.paragraph if diagnosis else "AWS may have had too few machines.")


def diagnose_cluster(reason: str, code: str = "", error_code: str = "") -> Diagnosis:
    """Why a person's cluster could not be launched, or ended before it should have: by EMR's message, its code, and the first
    of its ErrorDetails."""
    said = ": ".join(part for part in (error_code or code, reason) if part)
    evidence = (("emr", said),) if said else ()
    if idle := recognise([cluster_symptoms.UNUSED, cluster_symptoms.IDLE], reason):
        evidence = () if idle.symptom is cluster_symptoms.UNUSED else evidence  # it is not EMR who said so
        return idle.symptom.diagnosis(idle.match, "", evidence, cluster_symptoms.OF_CLUSTER)
    recognised = _recognised_of_cluster(reason, code, error_code)
    if recognised:
        return recognised.symptom.diagnosis(recognised.match, "", evidence, cluster_symptoms.OF_CLUSTER)
    return fallbacks.cluster_ended(evidence)


def _of_cluster(facts: Facts, message: str, code: str) -> Diagnosis | None:
    """What EMR's message or code says; None when that is nothing we know."""
    recognised = _recognised_of_cluster(message, code, facts.error_code)
    if not recognised:
        return None
    evidence = facts.by_emr or (("emr", message),)
    return recognised.symptom.diagnosis(recognised.match, facts.where, evidence, cluster_symptoms.OF_RUN)


def _recognised_of_cluster(message: str, code: str, error_code: str) -> Recognised | None:
    recognised = recognise(cluster_symptoms.ERROR_CODES, error_code)
    for symptoms in (cluster_symptoms.MESSAGES, cluster_symptoms.CODES):
        recognised = recognised or recognise(symptoms, message) or recognise(symptoms, code)
    return recognised


def _without_word(facts: Facts) -> Diagnosis:
    """The step is over, and the runner left no outcome: it was killed, or never began."""
    for source, text in (("log", facts.log), ("step", facts.step_message)):
        if recognised := recognise(IN_THE_LOG, text):
            return recognised.symptom.diagnosis(
                recognised.match, "The notebook", ((source, recognised.line), *facts.by_step)
            )
    return fallbacks.without_word(facts)


def _of_notebook(facts: Facts) -> Diagnosis:
    if made_elsewhere := recognise(foreign_symptoms.SYMPTOMS, "\n".join((facts.raised, facts.failing_import))):
        return _recognised(facts, made_elsewhere, "notebook")
    errors = facts.errors
    gone = any(JAVA_GONE.search(error) for error in errors) or _lost_spark(facts)
    telling = [error for error in errors if _error_name(error) not in OWN_ERRORS and not gone]
    if recognised := recognise(notebook_symptoms.SYMPTOMS, "\n".join((*telling, cause(facts) if telling else ""))):
        return _recognised(facts, recognised, "notebook")
    if (gone or facts.error in SILENT) and (recognised := recognise(IN_THE_LOG, facts.log)):
        return _recognised(facts, recognised, "log")
    if facts.error == "DeadKernelError":
        return fallbacks.kernel_died(facts)
    if gone:
        return fallbacks.spark_stopped(facts)
    return fallbacks.raised(facts) if facts.error else fallbacks.not_run(facts)


def _lost_spark(facts: Facts) -> bool:
    if facts.error in CONNECTION_LOST:
        return passes_through(facts.traceback, "py4j")
    return bool(SESSION_STOPPED.search(facts.raised)) and passes_through(facts.traceback, "pyspark")


def _error_name(text: str) -> str:
    """The error's class, as texts of errors begin with it."""
    return text.lstrip().partition(":")[0].strip().rpartition(".")[2]


def _recognised(facts: Facts, recognised: Recognised, source: str) -> Diagnosis:
    symptom, match, line = recognised
    if symptom.kind == "executor_lost":
        spot = recognise(of_kind(cluster_symptoms.MESSAGES, "spot_reclaimed"), facts.message)
        if spot:
            return spot.symptom.diagnosis(
                spot.match, facts.where, ((source, line), *facts.by_emr), cluster_symptoms.OF_RUN
            )
    return symptom.diagnosis(match, facts.where, ((source, line), *facts.by_notebook))
