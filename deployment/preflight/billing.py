"""Whether the bill can be told apart by the clusters' tags.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from deployment.place import Place
from deployment.preflight.missing import Missing

TAGS = ("Environment", "Owner", "Type", "Record")
"""The tags of clusters by which docs/costs.md compares costs with the bill."""
ANYWHERE = "us-east-1"
"""Cost Explorer has one endpoint for all regions."""


def check_cost_tags(place: Place, values: Mapping[str, str]) -> Iterator[Missing]:
    """The tags are switched on as cost-allocation tags. AWS knows a tag a day after the first cluster that bore it."""
    explorer = place.session.client("ce", region_name=ANYWHERE)
    listed = explorer.list_cost_allocation_tags(TagKeys=list(TAGS), MaxResults=100)["CostAllocationTags"]
    states = {tag["TagKey"]: tag["Status"] for tag in listed}
    if off := [name for name in TAGS if states.get(name) == "Inactive"]:
        statuses = " ".join(f"TagKey={name},Status=Active" for name in off)
        yield Missing(
            f"The bill cannot be told apart by {', '.join(off)}: not switched on as cost-allocation tags.",
            f"aws ce update-cost-allocation-tags-status --region {ANYWHERE} --cost-allocation-tags-status {statuses}",
            blocks=False,
        )
    elif not states:
        yield Missing(
            f"AWS does not know the clusters' tags {', '.join(TAGS)} yet, so they cannot be switched on for the bill.",
            f"make check STAGE={place.stage}   (a day after the first cluster)",
            blocks=False,
        )
