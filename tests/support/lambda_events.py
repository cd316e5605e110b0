"""Events as AWS documents them, whole, and not only with what we read of them."""

from __future__ import annotations

from typing import Any

HEADERS = {
    "Accept": "text/html,application/xhtml+xml", "CloudFront-Viewer-Country": "DE", "User-Agent": "Mozilla/5.0",
    "Host": "abc.execute-api.us-east-1.amazonaws.com", "Via": "1.1 abc.cloudfront.net (CloudFront)",
    "X-Amzn-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c8", "X-Forwarded-For": "192.0.2.1, 192.0.2.2",
    "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https",
}  # fmt: skip


def request(path: str, method: str = "GET", body: str | None = None, **headers: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html, the input format."""
    every = {**HEADERS, **headers}
    identity = dict.fromkeys(("accessKey", "accountId", "caller", "cognitoIdentityId", "user", "userArn"))
    return {
        "resource": path, "path": path, "httpMethod": method, "headers": every,
        "multiValueHeaders": {name: [value] for name, value in every.items()},
        "queryStringParameters": None, "multiValueQueryStringParameters": None, "pathParameters": None, "stageVariables": None,
        "requestContext": {
            "resourceId": "2gxmpl", "resourcePath": path, "httpMethod": method, "extendedRequestId": "JJbxmplHYosFVYQ=",
            "requestTime": "10/Mar/2020:00:03:59 +0000", "path": f"/portal{path}", "accountId": "123456789012",
            "protocol": "HTTP/1.1", "stage": "portal", "domainPrefix": "70ixmpl4fl", "requestTimeEpoch": 1583798639428,
            "requestId": "77375676-xmpl-4b79-853a-f982474efe18", "apiId": "70ixmpl4fl",
            "identity": {**identity, "sourceIp": "192.0.2.1", "userAgent": "Mozilla/5.0"},
            "domainName": "70ixmpl4fl.execute-api.us-east-1.amazonaws.com",
        },
        "body": body, "isBase64Encoded": False,
    }  # fmt: skip


def scheduled(rule: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html"""
    return {
        "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event", "source": "aws.events",
        "account": "123456789012", "time": "2015-10-08T16:53:06Z", "region": "us-east-1",
        "resources": [f"arn:aws:events:us-east-1:123456789012:rule/{rule}"], "detail": {},
    }  # fmt: skip


def cluster_state(jobflow: str, state: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-manage-cloudwatch-events.html, EMR Cluster State Change."""
    detail = {
        "severity": "INFO", "stateChangeReason": '{"code":""}', "name": "somebody's", "clusterId": jobflow, "state": state,
        "message": f"Amazon EMR cluster {jobflow} (somebody's) is {state}.",
    }  # fmt: skip
    return _emr("EMR Cluster State Change", detail)


def step_state(jobflow: str, step: str, state: str) -> dict[str, Any]:
    """The same page, EMR Step Status Change."""
    detail = {
        "severity": "ERROR", "actionOnFailure": "TERMINATE_CLUSTER", "stepId": step, "name": "notebook", "clusterId": jobflow,
        "state": state, "message": f"Step {step} (notebook) in Amazon EMR cluster {jobflow} is {state}.",
    }  # fmt: skip
    return _emr("EMR Step Status Change", detail)


def _emr(kind: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": "0", "id": "999cccaa-eaaa-0000-1111-123456789012", "detail-type": kind, "source": "aws.emr",
        "account": "123456789012", "time": "2016-12-16T20:43:05Z", "region": "us-east-1", "resources": [], "detail": detail,
    }  # fmt: skip
