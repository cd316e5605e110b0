"""What AWS charges for the parts of the control plane: published prices for us-east-1, in US dollars, without free tiers."""

from __future__ import annotations

from decimal import Decimal

PER_ALARM_METRIC = Decimal("0.10")
PER_KEY = Decimal("1.00")
PER_SECRET = Decimal("0.40")
PER_INVOCATION = Decimal("0.20") / 1_000_000
PER_GB_SECOND = Decimal("0.0000133334")
PER_READ = Decimal("0.125") / 1_000_000
PER_WRITE = Decimal("0.625") / 1_000_000
PER_LOG_GB = Decimal("0.50")
PER_METRIC_HOUR = Decimal("0.30") / 730
"""A metric costs 0.30 $ a month, by the hours in which something is sent for it."""
PER_API_REQUEST = Decimal("3.50") / 1_000_000
PER_GB_OUT = Decimal("0.09")
PER_TRANSITION = Decimal("0.025") / 1000
PER_S3_WRITE = Decimal("0.005") / 1000
"""PUT, COPY, POST and LIST."""
PER_S3_READ = Decimal("0.0004") / 1000
PER_MAIL = Decimal("0.10") / 1000
PER_TRACE = Decimal("5.00") / 1_000_000
FREE_TRACES = 100_000
"""A month, for every account."""

CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
LAMBDA = "https://aws.amazon.com/lambda/pricing/"
DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
KMS = "https://aws.amazon.com/kms/pricing/"
SECRETS = "https://aws.amazon.com/secrets-manager/pricing/"
XRAY = "https://aws.amazon.com/xray/pricing/"
API_GATEWAY = "https://aws.amazon.com/api-gateway/pricing/"
STEP_FUNCTIONS = "https://aws.amazon.com/step-functions/pricing/"
S3 = "https://aws.amazon.com/s3/pricing/"
SES = "https://aws.amazon.com/ses/pricing/"
