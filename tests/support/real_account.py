"""What a role allows although no test makes its function use it, each with the reason and its source."""

from __future__ import annotations

from tests.support.grants import Grant

BY_LAMBDA = {
    "logs:CreateLogStream": "Lambda writes a function's log with its role. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    "logs:PutLogEvents": "Lambda writes a function's log with its role. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    "xray:PutTraceSegments": "Lambda traces with the function's role. https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
    "xray:PutTelemetryRecords": "Lambda traces with the function's role. https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
    "sqs:SendMessage": "Lambda sends dead letters with the function's role. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
    "s3:ListBucket": "Without it S3 answers 403 for a missing object, and not 404. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html",
}
"""By the action: what AWS itself does with a role, whatever the function calls."""
OF_FUNCTIONS: dict[Grant, str] = {}


def only_there(grant: Grant) -> str:
    """Why a grant that no test uses is needed in an account of AWS; "" when nobody knows."""
    return BY_LAMBDA.get(grant.action, "") or OF_FUNCTIONS.get(grant, "")
