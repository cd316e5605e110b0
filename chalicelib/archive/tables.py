"""Which tables an export has, and the format of each one's items: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynamodb.models import Model

from chalicelib.audit.models import AuditEntry
from chalicelib.budgets.models import Spending
from chalicelib.clusters.models import Cluster
from chalicelib.core.idempotency import UsedKey
from chalicelib.core.reserved_names import Name
from chalicelib.costs.models import ReceiptLine
from chalicelib.identity.models import Token, User
from chalicelib.identity.share_models import Share
from chalicelib.jobs.models import Job
from chalicelib.keys.models import SSHKey
from chalicelib.mail.models import Mail
from chalicelib.mail.webhooks.models import Delivery
from chalicelib.notebooks.models import NotebookVersion
from chalicelib.releases.models import Release
from chalicelib.runs.models import Run
from chalicelib.site_settings.models import Setting
from chalicelib.usage_limits.models import LimitRequest, Usage

Item = dict[str, Any]
"""A record as DynamoDB has it: by attribute, with types."""

FORMATS: dict[type[Model], int] = {
    NotebookVersion: 1, User: 1, Token: 1, SSHKey: 1, Release: 1, Setting: 1, Name: 1, Share: 1, Usage: 1, LimitRequest: 1,
    Spending: 1, Job: 1, Run: 1, Cluster: 1, ReceiptLine: 1, Mail: 1, Delivery: 1, AuditEntry: 1, UsedKey: 1,
}  # fmt: skip
"""By the model, in the order in which they are imported. Whoever changes what items mean, so that what reads them today could not
read those of yesterday, counts the table's format up and gives `upgraded` a step."""

LEFT_OUT = {
    "sessions": "People sign in again.",
    "failures": "Failed attempts to sign in count for a minute.",
    "links": "Links in mails are signed by the deployment's own key.",
    "prices": "They are fetched again each day.",
    "arrived-objects": "Objects that arrived and have no run yet are about one deployment's buckets.",
    "reconciliations": "What sweeps found is about one deployment's clusters.",
}
"""The tables that no export has, with the reason."""


def name_of(model: type[Model]) -> str:
    """The table's name without the deployment's."""
    name: str = vars(model.Meta)["table_name"].name
    return name


def hash_key(model: type[Model]) -> str:
    """The attribute by which DynamoDB tells that an item is there."""
    return next(attribute.attr_name for attribute in model.get_attributes().values() if attribute.is_hash_key)


def upgraded(model: type[Model], written: int, item: Item) -> Item | None:
    """An item of an export in today's format; None when only a later version of atmo can read it."""
    return item if written == FORMATS[model] else None


def of_notebook(model: type[Model], item: Mapping[str, Any]) -> tuple[str, int] | None:
    """The job and the number of the notebook that an item names a version of, if it does."""
    if model is Job:
        return item["id"]["S"], int(item.get("notebook_number", {"N": "1"})["N"])
    if model is Run:
        return item["job_id"]["S"], int(item.get("notebook_number", {"N": "1"})["N"])
    return None
