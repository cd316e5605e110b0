"""What is filled in to transfer things, and to put people into groups."""

from __future__ import annotations

from typing import Annotated

from chalicelib.audit.forms import Because, Reason
from chalicelib.core.fields import Form, text
from chalicelib.site_settings.forms import Switch

UserName = Annotated[str, text("Give the user name of a person who has signed in here before.", 200)]
Group = Annotated[str, text("Give the name of a group, such as admins or job-maintainers.", 200)]


class Transfer(Form):
    """Who something is transferred to, by user name."""

    to: UserName


class Disable(Because):
    """Whether an account's clusters end with it, and why it is disabled."""

    end_clusters: Switch = False


class Membership(Form):
    """One of this site's groups, which somebody is added to."""

    group: Group


class Stop(Form):
    """Whose clusters and runs to end, everybody's without a person, and why: their owners are told. Without `confirm` nothing is
    done but to say what would be."""

    person: UserName | None = None
    reason: Reason | None = None
    confirm: Switch = False
