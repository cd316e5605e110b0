"""EMR's API: which calls it answers, and how it refuses the others.

Every call passes through `Emr.call` and every event through `Emr.deliver`; tests replace either to throttle calls, fail
them or lose events.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from werkzeug.wrappers import Request, Response

from localaws.clock import CloudClock
from localaws.emr.cluster import Cluster, Runtime
from localaws.emr.clusters import Clusters
from localaws.emr.errors import EmrError, invalid
from localaws.emr.limits import check_lengths
from localaws.emr.links import Link
from localaws.emr.operations import OPERATIONS
from localaws.emr.protocol import Params, encode_time, with_datetimes
from localaws.emr.rates import Rates
from localaws.emr.steps import new_id
from localaws.eventbridge import EventBus


class Emr:
    """The embedded EMR. `clusters` holds them by id, oldest first; `rates` counts calls and can throttle them.

    `runtime` is what clusters share: how long phases last, how long spot capacity takes, which faults come next.
    """

    def __init__(
        self,
        account: str,
        region: str,
        clock: CloudClock,
        bus: EventBus,
        folder: Path,
        phase_seconds: float,
        steps_at_once: int,
        throttling: bool = False,
    ) -> None:
        self._bus = bus
        self._model = ServiceModel(Loader().load_service_model("emr", "service-2"))
        self.runtime = Runtime(clock, phase_seconds, threading.BoundedSemaphore(steps_at_once), self._publish)
        self._clusters = Clusters(account, region, folder, self.runtime)
        self.rates = Rates(clock, throttling)
        self.call: Callable[[str, Params], Params] = self.answer
        self.deliver: Callable[[Params], None] = lambda event: self._bus.deliver(event)

    @property
    def clusters(self) -> dict[str, Cluster]:
        return self._clusters.by_id

    def tags_of(self, cluster_id: str) -> dict[str, str] | None:
        """The tags of the cluster with this id; None where there is none."""
        cluster = self.clusters.get(cluster_id)
        return cluster.tags if cluster else None

    @property
    def links(self) -> dict[str, Link]:
        return self._clusters.links

    @property
    def spot_delay(self) -> float:
        """Cloud seconds that clusters launched from now on wait for spot capacity; 0, the default, for none."""
        return self.runtime.spot_delay

    @spot_delay.setter
    def spot_delay(self, seconds: float) -> None:
        self.runtime.spot_delay = seconds

    @property
    def faults(self) -> list[str]:
        """The faults of the next clusters, by their names in FAULTS, one each; empty unless somebody appends some."""
        return self.runtime.faults

    def wsgi(self, environ: Params, start_response: Any) -> Iterable[bytes]:
        """EMR's JSON protocol."""
        request = Request(environ)
        operation = request.headers["X-Amz-Target"].rsplit(".", 1)[-1]
        try:
            body, status = self.call(operation, json.loads(request.get_data() or b"{}")), 200
        except EmrError as error:
            body, status = {"__type": error.code, "Message": str(error)}, error.status
        text = json.dumps(body, default=encode_time)
        headers = {"x-amzn-RequestId": new_id("r")}
        return Response(text, status, headers, content_type="application/x-amz-json-1.1")(environ, start_response)

    def answer(self, operation: str, params: Params) -> Params:
        """EMR's answer to a call.

        Raises:
            EmrError: EMR would refuse it.
        """
        if operation not in OPERATIONS:
            raise EmrError("UnknownOperationException", f"The embedded EMR has no {operation}")
        if not self.rates.admit(operation):
            raise EmrError("ThrottlingException", "Rate exceeded")
        shape = self._model.operation_model(operation).input_shape
        if shape is not None:
            report = ParamValidator().validate(with_datetimes(params), shape)
            if report.has_errors():
                raise invalid(report.generate_report())
            check_lengths(shape, params)
        return OPERATIONS[operation](self._clusters, params)

    def close(self) -> None:
        """Kill every step and end every cluster's thread, without events."""
        self._clusters.close()

    def _publish(self, detail_type: str, detail: Params) -> None:
        self.deliver(self._bus.event("aws.emr", detail_type, detail))
