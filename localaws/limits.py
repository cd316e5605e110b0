# ruff: noqa: E501
"""AWS's published limits and refusals that the embedded cloud plays, so that they show on a laptop and in tests.

docs/embedded-cloud.md has this list as a table, which `docs/limits.py` writes; a test holds that each row's test exists.
"""

from __future__ import annotations

from dataclasses import dataclass

_DOCS = "https://docs.aws.amazon.com"
_EMR_API = f"{_DOCS}/emr/latest/APIReference"
_EMR = f"{_DOCS}/emr/latest/ManagementGuide"
_DYNAMODB = f"{_DOCS}/amazondynamodb/latest/developerguide/ServiceQuotas.html"
_STATES = f"{_DOCS}/step-functions/latest/dg/service-quotas.html"
_GATEWAY = f"{_DOCS}/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"


@dataclass(frozen=True)
class Published:
    """What is limited or refused, how, where AWS or people who met it say so, what plays it, and the test that shows it."""

    what: str
    refusal: str
    source: str
    where: str
    test: str


_LAUNCH = "test_emr_refuses_a_launch_beyond_its_limits"
_TAGS = f"{_EMR}/emr-plan-tags-restrictions.html"

PUBLISHED = (
    Published("EMR: a cluster's or step's name: 256 characters", "`ValidationException`", f"{_EMR_API}/API_RunJobFlow.html", "localaws/emr/limits.py", _LAUNCH),
    Published("EMR: a step's argument, `LogUri`, a role's name: 10,280 characters", "`ValidationException`", f"{_EMR_API}/API_HadoopJarStepConfig.html", "localaws/emr/limits.py", _LAUNCH),
    Published("EMR: steps of a cluster, at launch and later: 256", "`ValidationException`", f"{_EMR_API}/API_RunJobFlow.html", "localaws/emr/limits.py", "test_emr_refuses_tags_and_steps_that_come_later_as_well"),
    Published("EMR: bootstrap actions: 16", "`ValidationException`", f"{_EMR}/emr-plan-bootstrap.html", "localaws/emr/limits.py", _LAUNCH),
    Published("EMR: tags of a cluster: 50; key 1 to 128 characters, value up to 256", "`ValidationException`", f"{_DOCS}/AWSEC2/latest/UserGuide/Using_Tags.html", "localaws/emr/limits.py", _LAUNCH),
    Published("EMR: characters of a tag: letters, digits, white space and `_ . : / = + - @`; not `aws:` in front", "`ValidationException`", _TAGS, "localaws/emr/limits.py", _LAUNCH),
    Published("EMR: a release that does not exist", "`ValidationException`", f"{_DOCS}/emr/latest/ReleaseGuide/emr-release-components.html", "localaws/emr/catalogue.py", _LAUNCH),
    Published("EMR: an application that the release does not have", "`ValidationException`", f"{_DOCS}/emr/latest/ReleaseGuide/emr-release-components.html", "localaws/emr/catalogue.py", _LAUNCH),
    Published("EMR: an instance type that does not exist", "`ValidationException`", "https://github.com/boto/botocore/issues/1147", "localaws/emr/catalogue.py", _LAUNCH),
    Published("EMR: an instance type that the subnet's availability zone does not have", "ends with `VALIDATION_ERROR`", "https://github.com/aquasecurity/cloudsploit/pull/951", "localaws/emr/placement.py", "test_a_type_that_no_zone_of_the_subnets_has"),
    Published("EMR: a subnet that does not exist, or lacks the tag of EMR's managed policies", "ends with `VALIDATION_ERROR`", f"{_EMR}/emr-managed-iam-policies.html", "localaws/emr/network.py", "test_an_untagged_subnet_ends_the_cluster"),
    Published("EMR: active clusters of an account and region: 500", "`ValidationException`", f"{_DOCS}/general/latest/gr/emr.html", "localaws/emr/clusters.py", "test_an_account_has_so_many_active_clusters"),
    Published("EMR: `IdleTimeout`: 60 seconds to 7 days", "`ValidationException`", f"{_EMR_API}/API_AutoTerminationPolicy.html", "localaws/emr/validation.py", _LAUNCH),
    Published("EMR: calls of each operation: a burst, then a rate", "`ThrottlingException`, `Rate exceeded`", f"{_DOCS}/general/latest/gr/emr.html", "localaws/emr/rates.py", "test_a_call_beyond_the_limit_is_answered_as_emr_does"),
    Published("EMR by Step Functions: a throttled call", "`Emr.EmrException`, `Rate exceeded (Service: Emr, ...)`", "https://github.com/gchq/sleeper/issues/4381", "moto", "test_step_functions_reports_a_throttled_call_as_emr_exception"),
    Published("EMR: a launch that is throttled and has worked", "`Rate exceeded`, and a cluster", "https://github.com/aws/aws-sdk-ruby/issues/825", "tests/support/faults.py", "test_a_throttled_launch_that_has_worked_leaves_one_cluster"),
    Published("EMR: a new cluster that lists do not have yet (`cloud.emr.runtime.listing_lag`)", "not listed", f"{_EMR_API}/API_ListClusters.html", "localaws/emr/operations.py", "test_new_clusters_may_be_listed_late"),
    Published("S3: a key: 1,024 bytes", "`KeyTooLongError`", f"{_DOCS}/AmazonS3/latest/userguide/object-keys.html", "localaws/s3.py", "test_an_s3_key_has_at_most_1024_bytes"),
    Published("S3: tags of an object: 10", "`BadRequest`", f"{_DOCS}/AmazonS3/latest/userguide/object-tagging.html", "moto", "test_an_object_has_at_most_ten_tags"),
    Published("DynamoDB: an item: 400 KB", "`ValidationException`", _DYNAMODB, "moto", "test_dynamodb_refuses"),
    Published("DynamoDB: a transaction: 100 items", "`ValidationException`", _DYNAMODB, "moto", "test_dynamodb_refuses"),
    Published("DynamoDB: a transaction: 4 MB", "`ValidationException`", _DYNAMODB, "localaws/service_limits.py", "test_dynamodb_refuses"),
    Published("DynamoDB: a transaction that names an item twice", "`ValidationException`", f"{_DOCS}/amazondynamodb/latest/APIReference/API_TransactWriteItems.html", "moto", "test_dynamodb_refuses"),
    Published("DynamoDB: keys of a BatchGetItem: 100", "`ValidationException`", _DYNAMODB, "moto", "test_dynamodb_refuses"),
    Published("Step Functions: an execution's name: 1 to 80 characters, none of ``<>{}[]?*\"#%\\^|~`$&,;:/``, blank or control", "`InvalidName`", f"{_DOCS}/step-functions/latest/apireference/API_StartExecution.html", "localaws/service_limits.py", "test_an_execution_that_step_functions_refuses"),
    Published("Step Functions: an execution's input: 256 KiB", "`InvalidExecutionInput`", _STATES, "localaws/service_limits.py", "test_an_execution_that_step_functions_refuses"),
    Published("Step Functions: the answer to a task token: 256 KiB", "`InvalidOutput`", _STATES, "localaws/service_limits.py", "test_an_answer_to_a_token_has_256_kib"),
    Published("Step Functions: a JSONata expression that yields nothing", "`States.QueryEvaluationError`", f"{_DOCS}/step-functions/latest/dg/transforming-data.html", "moto", "test_an_expression_that_yields_nothing_fails_its_state"),
    Published("Lambda: a response: 6,291,556 bytes (moto refuses from 6,000,000 on)", "`Function.ResponseSizeTooLarge`", f"{_DOCS}/lambda/latest/dg/gettingstarted-limits.html", "moto", "test_a_response_of_lambda_has_a_largest_size"),
    Published("API Gateway: a request: 10 MB", "413", _GATEWAY, "localaws/gateway.py", "test_the_gateway_takes_ten_megabytes"),
    Published("API Gateway: a response's time: 29 seconds", "504", _GATEWAY, "localaws/gateway.py", "test_the_gateway_waits_so_long_for_an_answer"),
    Published("API Gateway with Lambda: a response: 6,291,556 bytes", "502", f"{_DOCS}/lambda/latest/dg/gettingstarted-limits.html", "localaws/gateway.py", "test_the_gateway_passes_no_response_that_lambda_does_not"),
    Published("EventBridge: a rule's pattern: 2,048 characters", "`ValidationException`", f"{_DOCS}/eventbridge/latest/userguide/eb-quota.html", "localaws/service_limits.py", "test_eventbridge_refuses"),
    Published("EventBridge: targets of a rule: 5", "`LimitExceededException`", f"{_DOCS}/eventbridge/latest/userguide/eb-quota.html", "localaws/service_limits.py", "test_eventbridge_refuses"),
    Published("Systems Manager: a standard parameter: 4 KB", "`ValidationException`", f"{_DOCS}/systems-manager/latest/userguide/parameter-store-advanced-parameters.html", "localaws/service_limits.py", "test_a_secret_s_size"),
    Published("Secrets Manager: a secret: 65,536 bytes", "`InvalidParameterException`", f"{_DOCS}/secretsmanager/latest/userguide/reference_limits.html", "localaws/service_limits.py", "test_a_secret_s_size"),
    Published("SES: in the sandbox, mail to an address that is not verified (`cloud.mails.sandbox`)", "`MessageRejected`", f"{_DOCS}/ses/latest/dg/request-production-access.html", "localaws/mails.py", "test_the_sandbox_of_ses_sends_to_verified_addresses"),
    Published("IAM: a role's inline policies: 10,240 characters, a managed policy: 6,144", "the deployment fails", f"{_DOCS}/IAM/latest/UserGuide/reference_iam-quotas.html", "localaws/service_limits.py", "test_policies_stay_within_iams_limits"),
)  # fmt: skip
