"""Which EMR releases clusters can start on: those on whose nodes emr/bootstrap.sh works.

It needs Amazon Linux 2023 and its Python 3.11, which EMR has on its nodes since 7.1, and notebooks are tested on Spark 3.5, which
EMR 7 has: https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-release-7x.html. EMR 6 is Amazon Linux 2: no cluster ever
started there.
"""

from __future__ import annotations

from chalicelib.jobflows.unbuildable import UnbuildableRequest

MAJOR, OLDEST = 7, (7, 1, 0)


class UnsupportedRelease(UnbuildableRequest):
    """The bootstrap does not work on this release."""


def refuse(version: str) -> str:
    """Why no cluster starts on this release (7.10.0), as a sentence; "" for one that is supported."""
    numbers = tuple(int(number) for number in version.split(".") if number.isdecimal())
    if numbers >= OLDEST and numbers[0] == MAJOR:
        return ""
    oldest = ".".join(map(str, OLDEST))
    return f"Clusters cannot start on EMR {version}: they need Python 3.11 and Spark 3.5. Choose {oldest} or a later {MAJOR}."


def check(version: str) -> None:
    """Raises UnsupportedRelease for a release that clusters cannot start on."""
    if refusal := refuse(version):
        raise UnsupportedRelease(refusal)
