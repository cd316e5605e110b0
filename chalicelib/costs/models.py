"""What a machine costs an hour, stored because AWS answers slowly and changes prices seldom; and what each month has cost."""

from __future__ import annotations

from decimal import Decimal

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import TableModel, TableName, TimeAttribute


class Price(TableModel):
    """The last known prices of one instance type in this region, US dollars an hour as decimal texts; None is unknown.

    A type of EBS volume is one of them, too, such as "ebs gp3", of which only `gb_month` and `listed_at` are known.
    """

    class Meta:
        table_name = TableName("prices")

    instance_type = UnicodeAttribute(hash_key=True)
    on_demand = UnicodeAttribute(null=True)
    """EC2's price on demand, without EMR's charge."""
    emr = UnicodeAttribute(null=True)
    """EMR's charge, which is the same on demand and on spot."""
    gb_month = UnicodeAttribute(null=True)
    """What EBS charges for a gigabyte that is there for a whole month."""
    listed_at = TimeAttribute(null=True)
    """When AWS's price list said so."""
    spot = UnicodeAttribute(null=True)
    """The mean of the region's zones, without EMR's charge."""
    spot_at = TimeAttribute(null=True)
    """When EC2's history of spot prices said so."""

    @property
    def hour_on_demand(self) -> Decimal | None:
        """EC2 and EMR together."""
        return Decimal(self.on_demand) + Decimal(self.emr) if self.on_demand and self.emr else None

    @property
    def hour_on_spot(self) -> Decimal | None:
        """EC2 and EMR together."""
        return Decimal(self.spot) + Decimal(self.emr) if self.spot and self.emr else None


class _ByOwner(GlobalSecondaryIndex["ReceiptLine"]):
    class Meta:
        index_name = "by_owner"
        projection = AllProjection()

    owner_month = UnicodeAttribute(hash_key=True)
    record_id = UnicodeAttribute(range_key=True)


class ReceiptLine(TableModel):
    """What one cluster or run cost in one month, such as "2026-11": US dollars as decimal texts. `owner` is whose it was at its
    end; `job_id` is None for a cluster. Lines of one record add up to its receipt."""

    class Meta:
        table_name = TableName("receipts")

    month = UnicodeAttribute(hash_key=True)
    record_id = UnicodeAttribute(range_key=True)
    owner = UnicodeAttribute()
    owner_month = UnicodeAttribute()
    job_id = UnicodeAttribute(null=True)
    name = UnicodeAttribute()
    emr_release = UnicodeAttribute()
    seconds = NumberAttribute()
    ec2 = UnicodeAttribute()
    emr = UnicodeAttribute()
    ebs = UnicodeAttribute()
    ended_at = TimeAttribute()
    estimated = UnicodeAttribute(null=True)
    """Only of a record's last month, and where it was known: what an hour was said to cost, for as long as it lasted."""
    receipt_amount = UnicodeAttribute(null=True)
    """Beside `estimated`: the whole of the receipt, of all its months."""
    owner_groups: ListAttribute[str] = ListAttribute(null=True)
    """The groups that its owner was in when it was launched; None where no group had a budget then."""

    by_owner = _ByOwner()

    @property
    def amount(self) -> Decimal:
        return Decimal(self.ec2) + Decimal(self.emr) + Decimal(self.ebs)
