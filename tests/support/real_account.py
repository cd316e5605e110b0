"""What a role allows although no test makes its function use it, each with the reason and its source."""

from __future__ import annotations

BY_LAMBDA = {
    "logs:CreateLogStream": "Lambda writes a function's log with its role. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    "logs:PutLogEvents": "Lambda writes a function's log with its role. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    "xray:PutTraceSegments": "Lambda traces with the function's role. https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
    "xray:PutTelemetryRecords": "Lambda traces with the function's role. https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
    "sqs:SendMessage": "Lambda sends dead letters with the function's role. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
    "s3:ListBucket": "Without it S3 answers 403 for a missing object, and not 404. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html",
    "iam:CreateServiceLinkedRole": "EMR makes its clean-up role with the first launch of an account. https://docs.aws.amazon.com/emr/latest/ManagementGuide/using-service-linked-roles-cleanup.html",
} | dict.fromkeys(
    ("xray:GetSamplingRules", "xray:GetSamplingTargets"),
    "Step Functions traces with the machine's role. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
) | dict.fromkeys(
    (f"logs:{name}" for name in (
        "CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries",
        "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups",
    )),
    "Step Functions logs with the machine's role. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
)  # fmt: skip
"""By the action: what AWS itself does with a role, whatever is called."""
ON_RESOURCES = {
    (
        "ses:SendEmail",
        "configuration-set/*",
    ): "An identity may have a configuration set by default. https://docs.aws.amazon.com/ses/latest/dg/managing-configuration-sets-default-adding.html",
    (
        "lambda:InvokeFunction",
        ":*",
    ): "Step Functions may name a version. https://docs.aws.amazon.com/step-functions/latest/dg/lambda-iam.html",
}
"""By the action and the end of the resource."""


def only_there(action: str, resource: str) -> str:
    """Why a grant that no test uses is needed in an account of AWS; "" when nobody knows."""
    on = (reason for (name, end), reason in ON_RESOURCES.items() if name == action and resource.endswith(end))
    return BY_LAMBDA.get(action, "") or next(on, "")
