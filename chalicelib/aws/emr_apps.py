"""EMR's links to the web pages of a jobflow's applications: whoever has one sees the page, without a tunnel, for a while.

While the jobflow runs, EMR shows the pages that its master serves; afterwards, for 30 days, those that EMR keeps by itself:
https://docs.aws.amazon.com/emr/latest/APIReference/API_GetOnClusterAppUIPresignedURL.html,
https://docs.aws.amazon.com/emr/latest/APIReference/API_CreatePersistentAppUI.html,
https://docs.aws.amazon.com/emr/latest/APIReference/API_GetPersistentAppUIPresignedURL.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from botocore.exceptions import ClientError

from chalicelib.aws.clients import answering, asking_once, code
from chalicelib.core.errors import Conflict, Unavailable

OnClusterApp = Literal["SparkHistoryServer", "ResourceManager"]
PersistentApp = Literal["SHS", "YTS"]

_SECONDS = 8
"""How long EMR may take for each of at most two answers, so that the page's own function is not ended before."""


def on_cluster(jobflow_id: str, app: OnClusterApp) -> str:
    """A fresh link to a page that the jobflow's master serves.

    Raises:
        Conflict: EMR does not open this page, in its words.
        Unavailable: EMR does not answer, throttles, or needs some more time for the page.
    """
    with _opening():
        return _ready(_client().get_on_cluster_app_ui_presigned_url(ClusterId=jobflow_id, OnClusterAppUIType=app))


def persistent(jobflow_arn: str, app: PersistentApp) -> str:
    """A fresh link to a page that EMR keeps of a jobflow, also after its end.

    Raises:
        Conflict, Unavailable: as `on_cluster` has it.
    """
    with _opening():
        made = _client().create_persistent_app_ui(TargetResourceArn=jobflow_arn)
        return _ready(
            _client().get_persistent_app_ui_presigned_url(
                PersistentAppUIId=made["PersistentAppUIId"], PersistentAppUIType=app
            )
        )


def _ready(answer: Mapping[str, Any]) -> str:
    if not answer.get("PresignedURLReady", True) or not answer.get("PresignedURL"):
        raise Unavailable("EMR is preparing this page, which takes a minute the first time. Please open it again then.")
    return str(answer["PresignedURL"])


@contextmanager
def _opening() -> Iterator[None]:
    with answering("open this page"):
        try:
            yield
        except ClientError as error:
            if code(error) not in ("InvalidRequestException", "ValidationException"):
                raise
            raise Conflict(f"EMR does not open this page: {error.response['Error'].get('Message', '')}") from error


def _client() -> Any:
    return asking_once("emr", seconds=_SECONDS)
