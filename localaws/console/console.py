"""The embedded cloud's own pages, under /_local/ of the AWS endpoint: clock, clusters, executions, faults, mails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import escape
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from localaws.clock import CloudClock
from localaws.console.apps import app_page
from localaws.console.html import page, table
from localaws.emr import Emr, agents
from localaws.emr.cluster import Cluster
from localaws.emr.faults import FAULTS
from localaws.mails import Mail, Mails

PATH = "/_local"

_HOME = f'<p><a href="{PATH}/">The embedded cloud</a></p>'


@dataclass
class Contents:
    """What the console shows. `machines` holds the state machines' ARNs by name; it is filled by the deployment."""

    portal_url: str
    endpoint_url: str
    clock: CloudClock
    emr: Emr
    mails: Mails
    machines: dict[str, str]
    stepfunctions: Callable[[], Any]


class Console:
    """A WSGI app."""

    def __init__(self, contents: Contents) -> None:
        self._cloud = contents
        self._views: dict[str, Callable[..., Any]] = {
            "index": self._index,
            "advance": self._advance,
            "fault": self._add_fault,
            "mails": self._mails,
            "mail": self._mail,
            "mail_html": self._mail_html,
            "execution": self._execution,
            "app": self._app,
            "node": self._node,
            "use": self._use,
        }
        self._urls = Map(
            [
                Rule(f"{PATH}/", endpoint="index", methods=["GET"]),
                Rule(f"{PATH}/clock", endpoint="advance", methods=["POST"]),
                Rule(f"{PATH}/faults", endpoint="fault", methods=["POST"]),
                Rule(f"{PATH}/mails", endpoint="mails", methods=["GET"]),
                Rule(f"{PATH}/mails/<int:number>", endpoint="mail", methods=["GET"]),
                Rule(f"{PATH}/mails/<int:number>/html", endpoint="mail_html", methods=["GET"]),
                Rule(f"{PATH}/apps/<cluster>/<name>", endpoint="app", methods=["GET"]),
                Rule(f"{PATH}/nodes/<cluster>/<path:name>", endpoint="node", methods=["GET"]),
                Rule(f"{PATH}/nodes/<cluster>", endpoint="use", methods=["POST"]),
                Rule(f"{PATH}/executions/<path:arn>", endpoint="execution", methods=["GET"]),
            ]
        )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            view, values = self._urls.bind_to_environ(environ).match()
            response = self._views[view](Request(environ), **values)
        except HTTPException as error:
            response = error
        body: Iterable[bytes] = response(environ, start_response)
        return body

    def _index(self, request: Request) -> Response:
        cloud = self._cloud
        clock = (
            f"<p>{_time(cloud.clock.now())}, {cloud.clock.speed:g} times as fast as real time.</p>"
            '<form method="post" action="/_local/clock"><label>Move it forward by '
            '<input name="minutes" type="number" min="1" max="525600" value="60" required> minutes</label> '
            "<button>Move</button></form>"
        )
        return page(
            "The embedded cloud",
            f'<p>The portal is at <a href="{cloud.portal_url}">{cloud.portal_url}</a>, AWS at {cloud.endpoint_url}. '
            f'<a href="/_local/mails">Mails: {len(cloud.mails.sent)}</a>.</p>'
            f"<h2>Clock</h2>{clock}<h2>EMR clusters</h2>{self._clusters()}{self._faults()}"
            f"<h2>Executions</h2>{self._executions()}",
        )

    def _clusters(self) -> str:
        rows = [
            [
                cluster.id,
                str(escape(cluster.name)),
                cluster.state,
                str(escape(cluster.reason.get("Message", ""))),
                _time(cluster.created),
                _time(cluster.ended),
                _use_button(cluster),
            ]
            for cluster in reversed(list(self._cloud.emr.clusters.values()))
        ]
        return table(["Id", "Name", "State", "Reason", "Created", "Ended", "Use"], rows, "No cluster was launched yet.")

    def _executions(self) -> str:
        states = self._cloud.stepfunctions()
        executions = [
            execution
            for arn in self._cloud.machines.values()
            for execution in states.list_executions(stateMachineArn=arn)["executions"]
        ]
        executions.sort(key=lambda execution: execution["startDate"], reverse=True)
        rows = [
            [
                f'<a href="/_local/executions/{execution["executionArn"]}">{escape(execution["name"])}</a>',
                str(escape(execution["stateMachineArn"].rsplit(":", 1)[-1])),
                execution["status"],
                _time(execution["startDate"]),
                _time(execution.get("stopDate")),
            ]
            for execution in executions
        ]
        return table(["Name", "State machine", "Status", "Started", "Ended"], rows, "No execution was started yet.")

    def _execution(self, request: Request, arn: str) -> Response:
        states = self._cloud.stepfunctions()
        if not any(
            arn.rsplit(":", 1)[0] == machine.replace(":stateMachine:", ":execution:")
            for machine in self._cloud.machines.values()
        ):
            raise NotFound
        events = states.get_execution_history(executionArn=arn)["events"]
        rows = [
            [str(event["id"]), _time(event["timestamp"]), event["type"], str(escape(_state_name(event)))]
            for event in events
        ]
        return page(arn.rsplit(":", 1)[-1], _HOME + table(["", "Time", "Event", "State"], rows, "No event yet."))

    def _app(self, request: Request, cluster: str, name: str) -> Response:
        token = request.args.get("authToken", "")
        return app_page(self._cloud.emr, cluster, name, token, self._cloud.clock.now())

    def _node(self, request: Request, cluster: str, name: str) -> Response:
        """What Jupyter or YARN would answer on that cluster's master."""
        jobflow = self._cloud.emr.clusters.get(cluster)
        if not jobflow or name not in jobflow.node.agent.answers:
            raise NotFound
        return Response(json.dumps(jobflow.node.agent.answers[name]), content_type="application/json")

    def _use(self, request: Request, cluster: str) -> Any:
        """Let a kernel execute on that cluster, or no more."""
        if not (jobflow := self._cloud.emr.clusters.get(cluster)):
            raise NotFound
        jobflow.node.agent.execute(self._cloud.clock.now())
        return redirect(f"{PATH}/", 303)

    def _advance(self, request: Request) -> Any:
        self._cloud.clock.advance(minutes=float(request.form["minutes"]))
        return redirect("/_local/", 303)

    def _faults(self) -> str:
        """The form that injects a fault into the next cluster."""
        options = "".join(f'<option value="{name}">{escape(fault.label)}</option>' for name, fault in FAULTS.items())
        upcoming = ", then ".join(FAULTS[name].label for name in self._cloud.emr.faults) or "none"
        return (
            f"<p>Faults of the next clusters: {escape(upcoming)}.</p>"
            f'<form method="post" action="{PATH}/faults"><label>Fault of the next cluster: <select name="fault">{options}'
            "</select></label> <button>Inject</button></form>"
        )

    def _add_fault(self, request: Request) -> Any:
        if request.form.get("fault") not in FAULTS:
            raise NotFound
        self._cloud.emr.faults.append(request.form["fault"])
        return redirect(f"{PATH}/", 303)

    def _mails(self, request: Request) -> Response:
        rows = [
            [
                _time(mail.sent_at),
                str(escape(mail.to)),
                f'<a href="/_local/mails/{mail.number}">{escape(mail.subject)}</a>',
            ]
            for mail in reversed(self._cloud.mails.sent)
        ]
        return page("Mails", _HOME + table(["Sent", "To", "Subject"], rows, "No mail was sent yet."))

    def _mail(self, request: Request, number: int) -> Response:
        mail = self._find_mail(number)
        frame = f'<h2>HTML</h2><iframe sandbox src="/_local/mails/{number}/html" title="The mail"></iframe>'
        return page(
            mail.subject,
            f'<p><a href="/_local/mails">All mails</a></p><p>To {escape(mail.to)}, {_time(mail.sent_at)}</p>'
            f"<h2>Text</h2><pre>{escape(mail.text or '')}</pre>{frame if mail.html else ''}",
        )

    def _mail_html(self, request: Request, number: int) -> Response:
        headers = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
        return Response(self._find_mail(number).html or "", 200, headers, content_type="text/html; charset=utf-8")

    def _find_mail(self, number: int) -> Mail:
        if not 1 <= number <= len(self._cloud.mails.sent):
            raise NotFound
        return self._cloud.mails.sent[number - 1]


def _use_button(cluster: Cluster) -> str:
    """What lets a person's cluster be used: without, nobody uses it, and it ends for that."""
    if not cluster.is_alive or not agents.address(cluster):
        return ""
    does = "Stop the cell" if cluster.node.agent.is_executing else "Execute a cell"
    return f'<form method="post" action="{PATH}/nodes/{cluster.id}"><button>{does}</button></form>'


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else ""


def _state_name(event: dict[str, Any]) -> str:
    details: dict[str, Any] = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    return str(details.get("name") or details.get("error") or details.get("resource") or "")
