"""The lifecycle of one embedded cluster, in a thread of its own: its states over seconds, its steps really executed."""

from __future__ import annotations

import logging
import threading

from localaws.emr import catalogue, fleets
from localaws.emr.cluster import STATE_REASONS, Cluster, Termination
from localaws.emr.faults import FAILING_SCRIPT, FAULTS, PHASES_BEFORE_FAULT, Phase
from localaws.emr.node import BootstrapFailed
from localaws.emr.steps import Step, command

WITHOUT_PYTHON = "echo 'bootstrap: this release has no python3.11; atmo needs EMR 7.1 or later' >&2; exit 1"
"""What emr/bootstrap.sh comes to on a node of an earlier release."""

log = logging.getLogger("localaws.emr")


class _Terminating(Exception):
    """The cluster was asked to end."""


class Lifecycle:
    """Takes a cluster from its launch to its end."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def run(self) -> None:
        """Returns when the cluster has ended."""
        try:
            self.cluster.publish("STARTING")
            for step in self.cluster.steps:
                self.cluster.publish_step(step)
            self._pause()
            self._inject("starting")
            self._validate()
            self._wait_for_spot()
            self._enter("BOOTSTRAPPING")
            self._bootstrap()
            self._inject("bootstrapping")
            self._pause()
            self.cluster.ready = self.cluster.runtime.clock.now()
            self._run_steps()
        except _Terminating:
            pass
        except Exception as error:
            log.exception("the lifecycle of %s failed", self.cluster.id)
            self.cluster.fail("INTERNAL_ERROR", f"An internal error occurred: {error}")
        self._terminate()

    def _validate(self) -> None:
        if self.cluster.problem:
            self.cluster.fail("VALIDATION_ERROR", self.cluster.problem)
            self._check_termination()

    def _wait_for_spot(self) -> None:
        """Wait until there is spot capacity or the fleets' timeout is over."""
        instances, delay = self.cluster.request["Instances"], self.cluster.runtime.spot_delay
        timeout = fleets.spot_timeout(instances)
        if timeout is not None and delay > 0:
            self._wait_for_capacity(min(timeout, delay))
        if timeout is not None and delay >= timeout and fleets.ends_without_spot(instances):
            self.cluster.fail("INSTANCE_FLEET_TIMEOUT", "The timeout for provisioning spot instances was exceeded")
        self._check_termination()
        self.cluster.market = "ON_DEMAND" if timeout is not None and delay >= timeout else "SPOT"

    def _wait_for_capacity(self, seconds: float) -> None:
        """EMR repeats its event about insufficient capacity for as long as it lasts; here every few phases of real time."""
        clock = self.cluster.runtime.clock
        deadline = clock.seconds() + seconds
        while (left := deadline - clock.seconds()) > 0:
            self.cluster.publish_shortage()
            self.cluster.changed.wait(min(left, 3 * self.cluster.runtime.phase_seconds * clock.speed))
            self.cluster.changed.clear()
            self._check_termination()

    def _run_steps(self) -> None:
        ran_steps = failed = False
        while True:
            step = next((step for step in list(self.cluster.steps) if step.state == "PENDING"), None)
            if step is not None:
                failed = not self._execute(step)
                ran_steps = True
            elif not self.cluster.keeps_alive:
                self.cluster.terminate(Termination("ALL_STEPS_COMPLETED", "Steps completed"))
                self._check_termination()
            else:
                self._wait_for_steps(ran_steps, failed)

    def _wait_for_steps(self, ran_steps: bool, failed: bool) -> None:
        how = "after last step failed" if failed else "after last step completed" if ran_steps else "to run steps"
        self._enter("WAITING", f"Cluster ready {how}.", ran_steps)
        if not self.cluster.changed.wait(self.cluster.idle_timeout):
            self.cluster.terminate(
                Termination("USER_REQUEST", "Terminated by auto-termination policy after being idle")
            )
        self.cluster.changed.clear()
        self._check_termination()

    def _execute(self, step: Step) -> bool:
        """Run a step to its end. Returns whether it completed; one that fails may end the cluster."""
        self._acquire_slot()
        try:
            self._enter("RUNNING")
            self.cluster.set_step_state(step, "RUNNING")
            self.cluster.publish_step(step)
            self._inject_later()
            code = self.cluster.node.run(step.id, command(step))
        finally:
            self.cluster.runtime.step_slots.release()
        self._upload_logs(step)
        if self.cluster.termination:
            self.cluster.set_step_state(step, "INTERRUPTED")
            raise _Terminating
        self.cluster.set_step_state(step, "COMPLETED" if code == 0 else "FAILED")
        if code != 0:
            step.failure = self._failure(step)
        self.cluster.publish_step(step)
        if code != 0 and step.on_failure in ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"):
            self.cluster.terminate(Termination("STEP_FAILURE", "Shut down as step failed", with_errors=True))
            self._check_termination()
        if code != 0 and step.on_failure == "CANCEL_AND_WAIT":
            self.cluster.cancel_pending()
        return code == 0

    def _acquire_slot(self) -> None:
        while not self.cluster.runtime.step_slots.acquire(timeout=0.1):
            self._check_termination()
        if self.cluster.termination:
            self.cluster.runtime.step_slots.release()
            raise _Terminating

    def _terminate(self) -> None:
        end = self.cluster.termination or Termination("INTERNAL_ERROR", "The cluster's thread ended", with_errors=True)
        reason = {"Code": end.code, "Message": end.message}
        with self.cluster.lock:
            self.cluster.state, self.cluster.reason = "TERMINATING", reason
        self.cluster.cancel_pending()
        self.cluster.halted.wait(self.cluster.runtime.phase_seconds)
        with self.cluster.lock:
            self.cluster.state, self.cluster.ended = end.state, self.cluster.runtime.clock.now()
        self.cluster.publish(end.state, end.code, end.message)

    def _bootstrap(self) -> None:
        for number, action in enumerate(self.cluster.request.get("BootstrapActions", []), 1):
            script = action["ScriptBootstrapAction"]
            try:
                self.cluster.node.bootstrap(number, script["Path"], script.get("Args", []))
                if not catalogue.has_python(self.cluster.request["ReleaseLabel"]):
                    self.cluster.node.script(number, WITHOUT_PYTHON, [])
                if self.cluster.fault == "bootstrap":
                    self.cluster.node.script(number, FAILING_SCRIPT, [])
            except BootstrapFailed as error:
                self.cluster.fail("BOOTSTRAP_FAILURE", str(error))
                self._check_termination()

    def _inject(self, phase: Phase) -> None:
        """Let the cluster's fault happen, if it has one for this phase."""
        if self.cluster.fault and FAULTS[self.cluster.fault].phase == phase:
            self.cluster.inject(self.cluster.fault)
            self._check_termination()

    def _inject_later(self) -> None:
        """The same for a fault in the middle of a step, once the step has had time to begin."""

        def inject() -> None:
            if not self.cluster.stop_requested.wait(PHASES_BEFORE_FAULT * self.cluster.runtime.phase_seconds):
                self.cluster.inject(self.cluster.fault)

        if self.cluster.fault and FAULTS[self.cluster.fault].phase == "running":
            threading.Thread(target=inject, daemon=True).start()

    def _enter(self, state: str, message: str | None = None, ran_steps: bool = False) -> None:
        self._check_termination()
        with self.cluster.lock:
            unchanged = self.cluster.state == state
            self.cluster.state, self.cluster.reason = state, {"Message": message or STATE_REASONS[state]}
        if not unchanged:
            self.cluster.publish(state, None, self.cluster.reason["Message"], ran_steps)

    def _pause(self) -> None:
        """Wait for a phase, which lasts real seconds at any speed of the clock, so that people and tests see it."""
        self.cluster.stop_requested.wait(self.cluster.runtime.phase_seconds)
        self._check_termination()

    def _check_termination(self) -> None:
        if self.cluster.termination:
            raise _Terminating

    def _failure(self, step: Step) -> dict[str, str]:
        errors = (self.cluster.node.logs(step.id) / "stderr").read_text(errors="replace").strip().splitlines()
        details = {"Reason": "Unknown Error", "Message": errors[-1][:1000] if errors else ""}
        if uri := self.cluster.request.get("LogUri"):
            details["LogFile"] = f"{uri.rstrip('/')}/{self.cluster.id}/steps/{step.id}/stderr.gz"
        return details

    def _upload_logs(self, step: Step) -> None:
        if uri := self.cluster.request.get("LogUri"):
            try:
                self.cluster.node.upload_logs(f"{uri.rstrip('/')}/{self.cluster.id}", step.id)
            except Exception:
                log.exception("the logs of %s stay on the node", step.id)
