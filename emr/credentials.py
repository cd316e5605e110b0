"""Credentials for this run's objects in S3, from the deployment's function, fetched again before they end; and its parameters.

The cluster's own role reaches no notebooks and no results, its own neither: docs/security.md.
"""

from __future__ import annotations

import json
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session
from storage import StorageError


class RunCredentials:
    """What the function, named by its ARN, gives for this run's token. Each fetch is one call by the cluster's own role."""

    def __init__(self, function: str, run: str, token: str) -> None:
        self._function = function
        self._region = function.split(":")[3]
        self._parameters: dict[str, Any] | None = None
        self._keys: tuple[list[str], str] = ([], "")
        self._payload = json.dumps({"run": run, "token": token})
        self._client = boto3.client(
            "lambda",
            region_name=self._region,
            config=Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=35),
        )

    def session(self) -> Any:
        """A session of boto3 with these credentials, which are fetched when they are first needed."""
        session = get_session()
        session._credentials = DeferredRefreshableCredentials(refresh_using=self.fetch, method="atmo-run")  # type: ignore[attr-defined]
        return boto3.Session(botocore_session=session, region_name=self._region)

    def fetch(self) -> dict[str, str]:
        """Raises StorageError when there are none."""
        try:
            answer = self._client.invoke(FunctionName=self._function, Payload=self._payload)
            said = json.loads(answer["Payload"].read())
        except (BotoCoreError, ClientError, ValueError) as error:
            raise StorageError(f"Could not get credentials for this run from {self._function}: {error}") from error
        said = said if isinstance(said, dict) else {}
        if "credentials" not in said:
            reason = said.get("refused") or said.get("errorMessage") or "it did not say why"
            raise StorageError(f"Could not get credentials for this run from {self._function}: {reason}")
        self._parameters = said.get("parameters") or {}
        self._keys = (said.get("keys") or [], said.get("keys_file") or "")
        return dict(said["credentials"])

    def parameters(self) -> dict[str, Any]:
        """The run's parameters. Raises StorageError when they cannot be had."""
        if self._parameters is None:
            self.fetch()
        return self._parameters or {}

    def keys(self) -> tuple[list[str], str]:
        """The keys of the objects that the run is for, and the address of the file that has all, "" where these are all. Raises
        StorageError when they cannot be had."""
        self.parameters()
        return self._keys
