"""The life of one of the embedded EMR's clusters, in a thread of its own: its states over seconds, its steps really executed."""

from __future__ import annotations

import logging
import threading

from localaws.emr import fleets as emr_fleets
from localaws.emr.cluster import WORDS, Cluster, End
from localaws.emr.faults import BROKEN_SCRIPT, RUNNING_PHASES, TROUBLES, Phase
from localaws.emr.node import BootstrapFailed
from localaws.emr.steps import Step, command

log = logging.getLogger("localaws.emr")


class _Ending(Exception):
    """The cluster was told to end."""


class Life:
    """What a cluster goes through from its launch to its end."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def live(self) -> None:
        """The cluster's whole life; returns when it has ended."""
        try:
            self.cluster.announce("STARTING")
            for step in self.cluster.steps:
                self.cluster.announce_step(step)
            self._pause()
            self._befall("starting")
            self._await_spot()
            self._enter("BOOTSTRAPPING")
            self._bootstrap()
            self._befall("bootstrapping")
            self._pause()
            self.cluster.ready = self.cluster.around.clock.now()
            self._work()
        except _Ending:
            pass
        except Exception as error:
            log.exception("%s broke down", self.cluster.id)
            self.cluster.fail("INTERNAL_ERROR", f"An internal error occurred: {error}")
        self._terminate()

    def _await_spot(self) -> None:
        """Until there is spot capacity, or until the fleets' patience is over."""
        instances, waits = self.cluster.request["Instances"], self.cluster.around.spot_waits
        patience = emr_fleets.spot_patience(instances)
        if patience is not None and waits > 0:
            self._wait_in_want(min(patience, waits))
        if patience is not None and waits >= patience and emr_fleets.ends_without_spot(instances):
            self.cluster.fail("INSTANCE_FLEET_TIMEOUT", "The timeout for provisioning spot instances was exceeded")
        self._stop_if_told()
        self.cluster.market = "ON_DEMAND" if patience is not None and waits >= patience else "SPOT"

    def _wait_in_want(self, seconds: float) -> None:
        """EMR says again and again that it lacks machines; here after every few phases of real time."""
        clock = self.cluster.around.clock
        give_up = clock.seconds() + seconds
        while (left := give_up - clock.seconds()) > 0:
            self.cluster.announce_shortage()
            self.cluster.changed.wait(min(left, 3 * self.cluster.around.phase_seconds * clock.speed))
            self.cluster.changed.clear()
            self._stop_if_told()

    def _work(self) -> None:
        worked = failed = False
        while True:
            step = next((step for step in list(self.cluster.steps) if step.state == "PENDING"), None)
            if step is not None:
                failed = not self._execute(step)
                worked = True
            elif not self.cluster.keeps_alive:
                self.cluster.end(End("ALL_STEPS_COMPLETED", "Steps completed"))
                self._stop_if_told()
            else:
                self._wait_for_steps(worked, failed)

    def _wait_for_steps(self, worked: bool, failed: bool) -> None:
        how = "after last step failed" if failed else "after last step completed" if worked else "to run steps"
        self._enter("WAITING", f"Cluster ready {how}.", worked)
        if not self.cluster.changed.wait(self.cluster.idle_timeout):
            self.cluster.end(End("USER_REQUEST", "Terminated by auto-termination policy after being idle"))
        self.cluster.changed.clear()
        self._stop_if_told()

    def _execute(self, step: Step) -> bool:
        """Run a step to its end; whether it completed. One that fails may end the cluster."""
        self._take_slot()
        try:
            self._enter("RUNNING")
            self.cluster.move_step(step, "RUNNING")
            self.cluster.announce_step(step)
            self._befall_later()
            code = self.cluster.node.run(step.id, command(step))
        finally:
            self.cluster.around.slots.release()
        self._upload_logs(step)
        if self.cluster.ending:
            self.cluster.move_step(step, "INTERRUPTED")
            raise _Ending
        self.cluster.move_step(step, "COMPLETED" if code == 0 else "FAILED")
        if code != 0:
            step.failure = self._failure(step)
        self.cluster.announce_step(step)
        if code != 0 and step.on_failure in ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"):
            self.cluster.end(End("STEP_FAILURE", "Shut down as step failed", errors=True))
            self._stop_if_told()
        if code != 0 and step.on_failure == "CANCEL_AND_WAIT":
            self.cluster.cancel_pending()
        return code == 0

    def _take_slot(self) -> None:
        while not self.cluster.around.slots.acquire(timeout=0.1):
            self._stop_if_told()
        if self.cluster.ending:
            self.cluster.around.slots.release()
            raise _Ending

    def _terminate(self) -> None:
        end = self.cluster.ending or End("INTERNAL_ERROR", "The cluster's thread ended", errors=True)
        reason = {"Code": end.code, "Message": end.message}
        with self.cluster.lock:
            self.cluster.state, self.cluster.reason = "TERMINATING", reason
        self.cluster.cancel_pending()
        self.cluster.halted.wait(self.cluster.around.phase_seconds)
        with self.cluster.lock:
            self.cluster.state, self.cluster.ended = end.state, self.cluster.around.clock.now()
        self.cluster.announce(end.state, end.code, end.message)

    def _bootstrap(self) -> None:
        for number, action in enumerate(self.cluster.request.get("BootstrapActions", []), 1):
            script = action["ScriptBootstrapAction"]
            try:
                self.cluster.node.bootstrap(number, script["Path"], script.get("Args", []))
                if self.cluster.trouble == "bootstrap":
                    self.cluster.node.script(number, BROKEN_SCRIPT, [])
            except BootstrapFailed as error:
                self.cluster.fail("BOOTSTRAP_FAILURE", str(error))
                self._stop_if_told()

    def _befall(self, phase: Phase) -> None:
        """What was put ahead of the cluster for this phase, if anything."""
        if self.cluster.trouble and TROUBLES[self.cluster.trouble].phase == phase:
            self.cluster.strike(self.cluster.trouble)
            self._stop_if_told()

    def _befall_later(self) -> None:
        """The same in the middle of a step, when it has had time to begin."""

        def strike() -> None:
            if not self.cluster.told.wait(RUNNING_PHASES * self.cluster.around.phase_seconds):
                self.cluster.strike(self.cluster.trouble)

        if self.cluster.trouble and TROUBLES[self.cluster.trouble].phase == "running":
            threading.Thread(target=strike, daemon=True).start()

    def _enter(self, state: str, message: str | None = None, worked: bool = False) -> None:
        self._stop_if_told()
        with self.cluster.lock:
            known = self.cluster.state == state
            self.cluster.state, self.cluster.reason = state, {"Message": message or WORDS[state]}
        if not known:
            self.cluster.announce(state, None, self.cluster.reason["Message"], worked)

    def _pause(self) -> None:
        """A phase lasts real seconds at any speed of the clock, so that people and tests see it."""
        self.cluster.told.wait(self.cluster.around.phase_seconds)
        self._stop_if_told()

    def _stop_if_told(self) -> None:
        if self.cluster.ending:
            raise _Ending

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
