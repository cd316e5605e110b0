"""Whether clusters can be launched with the site's shared Spark configuration. Looked at here, and again at every launch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from botocore.exceptions import ClientError

from chalicelib.jobflows.spark_configuration import malformed
from deployment.place import Place
from deployment.preflight.missing import Missing

_GUIDE = "https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-configure-apps.html"


def check_spark_configuration(place: Place, values: Mapping[str, str]) -> Iterator[Missing]:
    """The file that SharedConfigUri names is there, and has what EMR takes."""
    uri = values.get("SharedConfigUri", "")
    if not uri:
        return
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        content = place.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "NoSuchBucket"):
            raise
        yield Missing(
            f"SharedConfigUri: {uri} is missing, so nothing could be launched.", f"aws s3 cp spark.json {uri}"
        )
        return
    if problem := malformed(content):
        yield Missing(f"SharedConfigUri: {uri} {problem}, so nothing could be launched.", f"Correct it: {_GUIDE}")
