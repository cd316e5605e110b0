"""Whether SES sends the deployment's mails. https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from deployment.place import Place
from deployment.preflight.missing import Missing

PRODUCTION = (
    "aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL --website-url <your site> "
    "--use-case-description <what for>"
)


def check_mail(place: Place, values: Mapping[str, str]) -> Iterator[Missing]:
    """The sender or its domain is verified, SES sends, and to everybody."""
    ses, sender = place.session.client("sesv2"), values.get("MailFrom", "")
    if not any(_is_verified(ses, identity) for identity in (sender, sender.partition("@")[2])):
        yield Missing(
            f"SES has not verified {sender}, so no mail leaves.",
            f"aws sesv2 create-email-identity --email-identity {sender}   (then follow the link in the mail that comes)",
        )
    account = ses.get_account()
    if not account.get("SendingEnabled", True):
        yield Missing("SES has paused sending for this account.", "See its reputation page in the console of SES.")
    if not account.get("ProductionAccessEnabled"):
        sentence = "SES keeps this account in its sandbox: mails reach verified addresses only."
        yield Missing(sentence, PRODUCTION, blocks=False)


def _is_verified(ses: Any, identity: str) -> bool:
    try:
        return bool(ses.get_email_identity(EmailIdentity=identity)["VerifiedForSendingStatus"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        return False
