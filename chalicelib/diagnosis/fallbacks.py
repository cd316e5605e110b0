"""The words for what no line of an error names: cancelled, too slow, ended without a word, an error of the notebook's own."""

from __future__ import annotations

from chalicelib.diagnosis.cluster_symptoms import ADMINS, AGAIN, OF_CLUSTER, OF_RUN
from chalicelib.diagnosis.facts import Facts, Lines, cause
from chalicelib.diagnosis.notebook_symptoms import DRIVER_MEMORY
from chalicelib.diagnosis.symptoms import MAX_LINE, Diagnosis, cut, plain

SAVED_OUTPUT = "Whatever the notebook had saved by then is kept with the run."
NOT_STORED = "Could not write s3://"
"""The runner's words for results that it may not store (emr/storage.py)."""
KINDS = (
    "cancelled", "timeout", "internal_error", "stopped", "results_not_stored", "killed", "not_started",
    "driver_out_of_memory", "kernel_died", "spark_stopped", "notebook_error", "not_run",
)  # fmt: skip
"""The kinds of diagnosis that these make."""


RUN_AGAIN = AGAIN.format(**OF_RUN)


def cluster_ended(evidence: Lines) -> Diagnosis:
    """A person's cluster ended, or was refused, for a reason that nothing here knows."""
    return Diagnosis(
        "stopped", "aws", "EMR ended it",
        "EMR ended the cluster, and gave no reason that atmo knows." + OF_CLUSTER["saved"],
        AGAIN.format(**OF_CLUSTER) + " If it ends like this again, show your admins the line below.", evidence,
    )  # fmt: skip


def cancelled(facts: Facts) -> Diagnosis:
    who = facts.cancelled_by or "Somebody"
    happened = f"{who} cancelled the run, which ended its cluster. {SAVED_OUTPUT}"
    return Diagnosis(
        "cancelled", "person", f"Cancelled by {who}", happened, "Run the job again when you want its results."
    )


def too_slow(facts: Facts) -> Diagnosis:
    limit = facts.timeout or "its time limit"
    at = "It" if facts.where == "The notebook" else facts.where
    return Diagnosis(
        "timeout", "notebook", f"Still running after {limit}",
        f"The run took longer than {limit}, the job's timeout, and was stopped. {at} was running at that point. {SAVED_OUTPUT}",
        "If it needs that long, raise the job's timeout. If it usually takes less, check in the log how long each cell took, "
        "and whether its input has grown. More workers make Spark faster, but not plain Python.",
        facts.cell_times,
    )  # fmt: skip


def never_ready(facts: Facts, why: str) -> Diagnosis:
    limit = facts.timeout or "its time limit"
    return Diagnosis(
        "timeout", "aws", "Its cluster was not ready in time",
        f"The cluster was not ready within {limit}, the job's timeout, so the notebook was not run. {why}",
        "Run the job again. If this happens often, show your admins the lines below.", facts.by_emr,
    )  # fmt: skip


def refused(facts: Facts) -> Diagnosis:
    return Diagnosis(
        "internal_error", "aws", "The cluster could not be launched",
        "EMR did not launch the cluster. The notebook was not run.",
        "Run the job again. If it fails again, show your admins the line below.", (("emr", facts.reason),),
    )  # fmt: skip


def stopped(facts: Facts) -> Diagnosis:
    return Diagnosis(
        "stopped", "aws", "Its cluster ended while it was running",
        f"The cluster ended before the notebook was finished, and EMR gave no specific reason. {SAVED_OUTPUT}",
        RUN_AGAIN, (*facts.by_emr, *facts.complaints),
    )  # fmt: skip


def without_word(facts: Facts) -> Diagnosis:
    """The runner left no outcome, and nothing says why."""
    lines = (*facts.by_step, *facts.by_emr, *facts.complaints)
    if NOT_STORED in facts.log or NOT_STORED in facts.step_message:
        happened = "The notebook ran, but the cluster's role could not store its results in S3."
        return Diagnosis("results_not_stored", "cluster", "Its results could not be stored", happened, ADMINS, lines)
    if facts.log:
        return Diagnosis(
            "killed", "notebook", "It was killed without an error",
            "The notebook's process was killed without an error message, most often because the master node ran out of memory. "
            "Whatever it had saved up to a minute before is kept with the run.",
            DRIVER_MEMORY, lines,
        )  # fmt: skip
    return Diagnosis(
        "not_started", "cluster", "The notebook was not started",
        "The program that runs notebooks did not start on the cluster, so the notebook was not run.",
        "Run the job again. If it fails again, show your admins the lines below.", lines,
    )  # fmt: skip


def kernel_died(facts: Facts) -> Diagnosis:
    by_linux = bool((facts.reported or {}).get("oom_kills"))
    how = "Linux killed it because the machine had no memory left" if by_linux else "it ended without an error message"
    return Diagnosis(
        "driver_out_of_memory" if by_linux else "kernel_died", "notebook",
        "The notebook ran out of memory" if by_linux else "Python ended without an error",
        f"{facts.where} was running when Python stopped: {how}. Most often, more data was brought into Python than fits in "
        "the master node's memory; a library that crashes or a notebook that ends Python itself looks the same.",
        DRIVER_MEMORY, (*facts.by_notebook, *facts.complaints),
    )  # fmt: skip


def spark_stopped(facts: Facts) -> Diagnosis:
    return Diagnosis(
        "spark_stopped", "notebook", "Spark stopped while the notebook was running",
        f"{facts.where} could not reach Spark: its driver, a Java process on the master node, did not start or had ended. "
        "The usual reason is too little memory; another is that the notebook stopped the session itself.",
        f"See the end of the log for what Spark said last. {DRIVER_MEMORY}", (*facts.by_notebook, *facts.complaints),
    )  # fmt: skip


def raised(facts: Facts) -> Diagnosis:
    """An error of the notebook's own."""
    what = cut(plain(cause(facts)), MAX_LINE)
    inner = " in a function that ran on the workers" if facts.error == "PythonException" else ""
    return Diagnosis(
        "notebook_error", "notebook", f"{facts.where} raised {cut(plain(facts.error), 80)}",
        f"{facts.where} raised an error{inner}, and the notebook stopped there: {what}",
        "Open the notebook, run it up to this cell with the same parameters, and fix the cell. The output of the cells before "
        "it is kept with the run.",
        (*facts.by_notebook, ("notebook", what)),
    )  # fmt: skip


def not_run(facts: Facts) -> Diagnosis:
    """The runner refused what it was given, or could not read it."""
    said = facts.raised or facts.reason or "no reason was given"
    where = "The notebook was not run" if facts.where == "The notebook" else f"{facts.where} failed"
    return Diagnosis(
        "not_run", "notebook", "The notebook could not be run", f"{where}: {cut(plain(said), MAX_LINE)}",
        "Fix the problem, upload the notebook again, and run the job.", (("notebook", said), *facts.complaints),
    )  # fmt: skip
