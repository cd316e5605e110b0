"""The whole embedded cloud as one context manager."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend

from deployment.releases import seed_releases
from deployment.sam import chalice_config
from localaws import dynamodb, environment, s3, transport
from localaws.authorization import Authorization
from localaws.clock import CloudClock
from localaws.console import console
from localaws.deploy import CLIENT_ID, Target, deploy
from localaws.emr import Emr
from localaws.emr.agents import Agents
from localaws.eventbridge import EventBus
from localaws.lambdas import Functions
from localaws.mails import Mails
from localaws.oidc import provider as oidc
from localaws.portal import Portal
from localaws.prices import Prices
from localaws.router import Router, WsgiApp
from localaws.server import AwsServer
from localaws.stepfunctions import interpreter, rest

PROJECT = Path(__file__).resolve().parent.parent
REGION = "us-east-1"

_last_port = 0


class LocalCloud:
    """AWS as far as atmo uses it, deployed to, in this process; `with` starts and ends it.

    One at a time: handlers read their settings from this process's environment. Port 0 takes a free port, for the AWS
    endpoint the one of this process's earlier cloud, because clients made then live on.

    Args:
        aws_port, portal_port: where to listen on 127.0.0.1.
        speed: how many times faster than real time the cloud's clock runs.
        phase_seconds: real seconds that a cluster spends in STARTING, in BOOTSTRAPPING and in TERMINATING.
        steps_at_once: how many EMR steps execute at the same time; others stay PENDING.
        throttling: whether EMR limits calls as the real one does; `cloud.emr.rates` counts them in any case.
        agents: whether the agents on people's clusters report by themselves; `localaws.emr.agents.look` lets one look by hand.
        ticking: whether scheduled rules fire by themselves; `cloud.events.tick("dispatch")` fires one by hand.
        folder: where nodes' files and logs go; a temporary folder by default.
        parameters: the deployment's CloudFormation parameters, where they should differ from the local ones.

    Raises (on entering):
        OSError: a port is in use.
        DeploymentFailed: the template cannot be deployed.
    """

    def __init__(
        self,
        *,
        aws_port: int = 0,
        portal_port: int = 0,
        speed: float = 1.0,
        phase_seconds: float = 0.1,
        steps_at_once: int = 2,
        throttling: bool = False,
        ticking: bool = True,
        agents: bool = False,
        project: Path = PROJECT,
        folder: Path | None = None,
        parameters: dict[str, str] | None = None,
    ) -> None:
        self.account = DEFAULT_ACCOUNT_ID
        self.region = REGION
        self.clock = CloudClock(speed)
        self.oidc_secret = secrets.token_urlsafe(32)
        self._aws_port = aws_port or _last_port
        self._portal_port = portal_port
        self._phase_seconds = phase_seconds
        self._steps_at_once = steps_at_once
        self._throttling = throttling
        self._ticking = ticking
        self._agents = agents
        self._project = project
        self._folder = folder
        self._parameters = parameters or {}
        self._exit = ExitStack()
        self._clients: dict[str, Any] = {}

    @property
    def endpoint_url(self) -> str:
        """The AWS endpoint, for every service."""
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def portal_url(self) -> str:
        return f"http://127.0.0.1:{self.portal_port}"

    @property
    def local_url(self) -> str:
        """The embedded cloud's own pages: mails, clusters, executions, the clock."""
        return f"{self.endpoint_url}/_local/"

    @property
    def oidc_issuer(self) -> str:
        return self.provider.issuer

    def client(self, service: str) -> Any:
        """A boto3 client of this cloud."""
        if service not in self._clients:
            self._clients[service] = boto3.Session().client(service)
        return self._clients[service]

    def __enter__(self) -> LocalCloud:
        with ExitStack() as undo:
            self._start(undo)
            self._exit = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    def _start(self, undo: ExitStack) -> None:
        global _last_port
        moto_api_backend.reset()
        self.folder = self._folder or Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="atmo-")))
        for leftover in ("nodes", "mails"):
            shutil.rmtree(self.folder / leftover, ignore_errors=True)
        undo.callback(environment.restore, dict(os.environ))
        environment.isolate(self.region)
        self.functions = Functions(self.account, self.region, self.clock)
        self.events = EventBus(self.account, self.region, self.clock, self.functions)
        self.emr = Emr(
            self.account,
            self.region,
            self.clock,
            self.events,
            self.folder / "nodes",
            self._phase_seconds,
            self._steps_at_once,
            self._throttling,
        )
        self.authorization = Authorization(self.account, self.region, self.emr.tags_of)
        self.mails = Mails(self.clock, self.folder / "mails")
        self.prices = Prices(self.region, self.clock)
        self.machines: dict[str, str] = {}
        server = AwsServer(self._aws_port)
        undo.callback(server.close)
        self.aws_port = _last_port = server.port
        os.environ.update(AWS_ENDPOINT_URL=self.endpoint_url, MOTO_PORT=str(self.aws_port))
        portal = Portal(self._portal_port, chalice_config(self._project))
        undo.callback(portal.close)
        self.portal_port = portal.port
        self.provider = oidc.Provider(self.endpoint_url, self.portal_url, CLIENT_ID, self.oidc_secret, self.clock)
        pages: dict[str, WsgiApp] = {oidc.PATH: self.provider, console.PATH: console.Console(self._contents())}
        app = Router(self.emr.wsgi, self.prices.wsgi, pages)
        transport.install(self.aws_port, app)
        self._install()
        server.start(app)
        undo.callback(interpreter.stop_executing, self.region)
        undo.callback(self.functions.close)
        undo.callback(self.emr.close)
        undo.callback(self.events.close)
        self._deploy()
        portal.start()
        if self._ticking:
            self.events.start_ticking()
        if self._agents:
            agents = Agents(lambda: self.emr.clusters, self.clock)
            undo.callback(agents.close)
            agents.start()

    def _contents(self) -> console.Contents:
        return console.Contents(
            portal_url=self.portal_url,
            endpoint_url=self.endpoint_url,
            clock=self.clock,
            emr=self.emr,
            mails=self.mails,
            machines=self.machines,
            stepfunctions=lambda: self.client("stepfunctions"),
        )

    def _install(self) -> None:
        boto3.setup_default_session()
        interpreter.install(self.clock)
        dynamodb.install()
        s3.install()
        self.functions.install()
        self.authorization.install()
        self.events.install()
        self.mails.install()
        from chalicelib.core import clock

        clock.use(self.clock.now)

    def _deploy(self) -> None:
        deploy(
            Target(
                project=self._project,
                region=self.region,
                portal_url=self.portal_url,
                oidc_issuer=self.oidc_issuer,
                oidc_secret=self.oidc_secret,
                parameters=self._parameters,
            )
        )
        self.authorization.read_roles()
        os.environ.update(self.functions.environment())
        environment.clear_caches()
        self.machines.update(interpreter.start_executing(self.account, self.region))
        self.clock.settled = lambda: rest.at_rest(self.account, self.region)
        for function in self.functions.deployed():
            if function.function_name.endswith("-operator"):
                seed_releases(function.function_name, self.client("lambda"))
