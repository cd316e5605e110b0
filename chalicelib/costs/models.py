"""What a machine costs an hour, stored because AWS answers slowly and changes prices seldom."""

from __future__ import annotations

from decimal import Decimal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import TableModel, TableName, TimeAttribute


class Price(TableModel):
    """The last known prices of one instance type in this region, US dollars an hour as decimal texts; None is unknown."""

    class Meta:
        table_name = TableName("prices")

    instance_type = UnicodeAttribute(hash_key=True)
    on_demand = UnicodeAttribute(null=True)
    """EC2's price on demand, without EMR's charge."""
    emr = UnicodeAttribute(null=True)
    """EMR's charge, which is the same on demand and on spot."""
    listed_at = TimeAttribute(null=True)
    spot = UnicodeAttribute(null=True)
    """The mean of the region's zones, without EMR's charge."""
    spot_at = TimeAttribute(null=True)

    @property
    def hour_on_demand(self) -> Decimal | None:
        """EC2 and EMR together."""
        return Decimal(self.on_demand) + Decimal(self.emr) if self.on_demand and self.emr else None

    @property
    def hour_on_spot(self) -> Decimal | None:
        """EC2 and EMR together."""
        return Decimal(self.spot) + Decimal(self.emr) if self.spot and self.emr else None
