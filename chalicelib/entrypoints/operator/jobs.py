"""Operators' commands about jobs and runs."""

from __future__ import annotations

from functools import partial
from typing import Any

from chalicelib.core.search import Search
from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.identity.access import Scope
from chalicelib.identity.person import Person
from chalicelib.job_changes import deletion, editing, pausing, publication
from chalicelib.job_changes.forms import EditJob
from chalicelib.job_changes.schemas import job_record
from chalicelib.jobs import service as jobs
from chalicelib.runs import backfilling, results, starting
from chalicelib.runs import listing as run_lists
from chalicelib.runs import repair as repairing
from chalicelib.runs import service as runs
from chalicelib.runs.schemas import RESULT, run_record


@command("jobs.list", "job.all", form="Jobs")
def listing(call: Call, form: forms.Jobs) -> dict[str, Any]:
    """List jobs, latest first."""
    if form.owner:
        page = jobs.listing(Person(form.owner, ""), form.limit, form.cursor, search=Search(form.q or ""))
    else:
        page = jobs.listing(call.person, form.limit, form.cursor, Scope.ALL, search=Search(form.q or ""))
    return page.as_json(partial(job_record, call.person))


@command("jobs.show", "job.view", form="OneJob")
def show(call: Call, form: forms.OneJob) -> dict[str, Any]:
    """Show a job."""
    return job_record(call.person, jobs.get(call.person, form.job))


@command("jobs.run", "job.run", form="RunJob", several="job")
def run(call: Call, form: forms.RunJob) -> dict[str, Any]:
    """Start an unscheduled run of a job, and return it."""
    job = jobs.get(call.person, form.job, "job.run")
    return run_record(
        starting.run_now(call.person, job, form.parameters, form.idempotency_key, call.now, slot=form.slot)
    )


def _begun_before(call: Call, form: forms.Backfill, _: str) -> dict[str, Any]:
    return {"runs": int(jobs.get(call.person, form.job, "job.run").backfill_total)}


@command("jobs.backfill", "job.run", form="Backfill", again=_begun_before)
def backfill(call: Call, form: forms.Backfill) -> dict[str, Any]:
    """Run past slots of a job; returns how many."""
    job = jobs.get(call.person, form.job, "job.run")
    return {"runs": backfilling.begin(call.person, job, form, call.now)}


@command("jobs.stop-backfill", "job.run", form="OneJob", again=lambda call, form, _: {"stopped": 0})
def stop_backfill(call: Call, form: forms.OneJob) -> dict[str, Any]:
    """Stop a job's backfill; returns how many slots do not run."""
    job = jobs.get(call.person, form.job, "job.run")
    return {"stopped": backfilling.stop(job, call.person.username)}


@command("jobs.pause", "job.edit", form="PauseJob", several="job", again=lambda call, form, _: show(call, form))
def pause(call: Call, form: forms.PauseJob) -> dict[str, Any]:
    """Stop a job's scheduled runs until it is resumed."""
    return job_record(call.person, pausing.pause(call.person, form.job, call.now, form.reason or ""))


@command("jobs.resume", "job.edit", form="OneJob", several="job", again=lambda call, form, _: show(call, form))
def resume(call: Call, form: forms.OneJob) -> dict[str, Any]:
    """Resume a job's scheduled runs from its next slot on."""
    return job_record(call.person, pausing.resume(call.person, form.job, call.now))


@command("jobs.snooze", "job.edit", form="SnoozeJob", several="job", again=lambda call, form, _: show(call, form))
def snooze(call: Call, form: forms.SnoozeJob) -> dict[str, Any]:
    """Skip a job's slots until a given time."""
    return job_record(call.person, pausing.snooze(call.person, form.job, form.until, call.now))


@command("jobs.edit", "job.edit", form="EditJob", again=lambda call, form, _: show(call, form))
def edit(call: Call, form: forms.EditOneJob) -> dict[str, Any]:
    """Change a job. Fields that are left out stay as they are."""
    named = form.model_fields_set - {"job"}
    changes = EditJob.model_construct(named, **{name: getattr(form, name) for name in named})
    return job_record(call.person, editing.edit(call.person, form.job, changes, call.now))


@command(
    "jobs.delete", "job.delete", form="DeleteJob", several="job", again=lambda call, form, _: {"deleted": form.job}
)
def delete(call: Call, form: forms.DeleteJob) -> dict[str, Any]:
    """Delete a job; its runs and their results are kept. Its owner is told, and the reason."""
    deletion.delete(call.person, form.job, call.now, reason=form.reason or "")
    return {"deleted": form.job}


@command("jobs.withdraw", "job.publish", form="OneJob", several="job", again=lambda call, form, _: show(call, form))
def withdraw(call: Call, form: forms.OneJob) -> dict[str, Any]:
    """Make a job's results private, those of all its runs."""
    return job_record(call.person, publication.make_private(call.person, form.job, call.now))


@command("runs.list", "job.view", form="Runs")
def run_listing(call: Call, form: forms.Runs) -> dict[str, Any]:
    """List a job's runs, latest first."""
    job = jobs.get(call.person, form.job)
    filters = {"status": form.status} if form.status else {}
    return run_lists.of_job(job, form.limit, form.cursor, Search(form.q or "", filters)).as_json(run_record)


@command("runs.show", "run.view", form="OneRun")
def run_show(call: Call, form: forms.OneRun) -> dict[str, Any]:
    """Show a run."""
    return run_record(runs.get(call.person, form.run))


@command("runs.results", "run.view", form="RunFiles")
def run_results(call: Call, form: forms.RunFiles) -> dict[str, Any]:
    """List a run's files with links that work for fifteen minutes."""
    run = runs.get(call.person, form.run)
    runs.note_reading(call.person, run)
    files = results.listing(run, form.limit, form.cursor)
    return files.as_json(lambda file: RESULT.of(file, url=results.link(run, file.name), link=None))


@command("runs.log", "run.view", form="OneRun")
def run_log(call: Call, form: forms.OneRun) -> dict[str, Any]:
    """Show the end of a run's log, with a link to all of it."""
    run = runs.get(call.person, form.run)
    runs.note_reading(call.person, run)
    return {"run": run.id, "end": results.log_tail(run), "url": results.log_link(run)}


@command("runs.cancel", "run.cancel", form="CancelRun", several="run", again=lambda call, form, _: run_show(call, form))
def cancel(call: Call, form: forms.CancelRun) -> dict[str, Any]:
    """Stop a run and its cluster."""
    return run_record(runs.cancel(call.person, form.run, call.now, form.reason or ""))


@command("runs.repair", "run.repair", form="RepairRun", several="run")
def repair(call: Call, form: forms.RepairRun) -> dict[str, Any]:
    """Run a failed run again with its job's newest notebook."""
    return run_record(repairing.repair(call.person, form.run, form.parameters, form.idempotency_key, call.now))


@command(
    "runs.withdraw", "run.withdraw", form="OneRun", several="run", again=lambda call, form, _: run_show(call, form)
)
def run_withdraw(call: Call, form: forms.OneRun) -> dict[str, Any]:
    """Make a public run private."""
    return run_record(runs.withdraw(call.person, form.run))
