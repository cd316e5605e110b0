"""Which EMR releases can be chosen, and which one is chosen for those who do not care."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.tables import as_read, find
from chalicelib.core.versions import Check, last_write_wins
from chalicelib.jobflows import supported_releases
from chalicelib.releases.models import Release

if TYPE_CHECKING:
    from chalicelib.releases.forms import NewRelease, ReleaseChoices

_NOTES = "https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-{}-release.html"

FIRST_RELEASES = (
    Release("7.12.0", help_text="Spark 3.5, Java 17. The newest release.", is_experimental=True),
    Release("7.10.0", help_text="Spark 3.5, Java 17, Python 3.9 and 3.11."),
    Release("7.5.0", help_text="Spark 3.5, Java 17. For notebooks that need its packages.", is_deprecated=True),
)
"""What a new deployment offers until an operator changes it."""


def seed() -> list[str]:
    """Store the first releases, leaving those that exist as they are; returns the versions that were added."""
    added = [release for release in FIRST_RELEASES if not find(Release, release.version)]
    for release in added:
        release.changelog_url = _NOTES.format(release.version.replace(".", ""))
        changes.save(release, Effect("release", release.version, release.version, "Added it."))
    return [release.version for release in added]


def get(version: str) -> Release:
    """The release, offered or not.

    Raises:
        NotFound: there is none of this version.
    """
    if not (release := find(Release, version)):
        raise NotFound("There is no such EMR release.")
    return release


def everything() -> list[Release]:
    """All releases, offered or not, the newest first."""
    return _newest_first(Release.scan())


def add(form: NewRelease) -> Release:
    """Offer a release.

    Raises:
        Invalid: there is one of this version already.
    """
    release = Release(form.version, **_choices(form.version, form))
    added = Effect("release", form.version, form.version, "Added it.")
    if not changes.save(release, added, Release.version.does_not_exist()):
        raise Invalid.field("version", f"EMR {form.version} already exists. Change it instead.")
    return release


def change(version: str, form: ReleaseChoices, now: datetime, check: Check = last_write_wins) -> Release:
    """Offer a release otherwise than before; clusters and jobs that have it already keep it. `check` gets the release as it is.

    Raises:
        NotFound: there is none of this version.
        Conflict: somebody else changed it at the same time. So does `check`.
    """
    release = get(version)
    check(release)
    choices = _choices(version, form)
    changed = [name for name, value in choices.items() if value != getattr(release, name)]
    actions = [getattr(Release, name).set(value) for name, value in choices.items()] + [Release.modified_at.set(now)]
    effect = Effect("release", version, version, f"Changed {', '.join(changed) or 'nothing'}.", tuple(changed))
    if not changes.update_if(release, as_read(Release.modified_at, release.modified_at), actions, effect):
        check(get(version))
        raise Conflict(
            f"EMR {version} was changed by somebody else at the same time. Look at it, then repeat your change."
        )
    return release


def _choices(version: str, form: ReleaseChoices) -> dict[str, Any]:
    choices = form.model_dump(exclude={"version"})
    notes = form.changelog_url or _NOTES.format(version.replace(".", ""))
    return choices | {"changelog_url": notes, "help_text": form.help_text or ""}


def offered() -> list[Release]:
    """The active releases on which clusters can start, the newest first. There are a handful, so the whole table is read."""
    return _newest_first(release for release in Release.scan() if release.is_active and _is_supported(release))


def _is_supported(release: Release) -> bool:
    """Earlier versions of the portal offered releases on which no cluster could start."""
    return not supported_releases.refuse(release.version)


def _newest_first(releases: Iterable[Release]) -> list[Release]:
    from natsort import natsorted

    return natsorted(releases, key=lambda release: release.version, reverse=True)


def preselected(releases: list[Release]) -> str:
    """The newest stable release, or failing that the newest one ("" when there is none)."""
    stable = [release for release in releases if not release.is_experimental and not release.is_deprecated]
    return (stable or releases)[0].version if releases else ""


def check(version: str) -> None:
    """Raises Invalid on `emr_release` when this release cannot be chosen, naming those that can."""
    release = find(Release, version)
    if release and (refusal := supported_releases.refuse(version)):
        raise Invalid.field("emr_release", refusal)
    if not release or not release.is_active:
        offers = ", ".join(release.version for release in offered())
        raise Invalid.field("emr_release", f"EMR release {version!r} is not offered. Choose one of: {offers}.")
