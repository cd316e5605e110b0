"""The fields of operators' commands about people: their groups, shares, accounts and tokens, and what they own."""

from __future__ import annotations

from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.fields import Form
from chalicelib.entrypoints.operator.names import ClusterId, JobId, Level, ObjectId, TokenId
from chalicelib.ownership.forms import Disable, Group, UserName


class Grant(Form):
    """A person into a group (`person`, `group`); or an object (`object`) to either of them, for a level."""

    person: UserName | None = None
    group: Group | None = None
    object: ObjectId | None = None

    def grantee(self) -> tuple[str, str]:
        """With whom an object is shared: ("person" or "group", name).

        Raises:
            Invalid: both are named, or neither.
        """
        if bool(self.person) == bool(self.group):
            raise Invalid.field("person", "Name either a person or a group to share the object with.")
        return ("person", self.person) if self.person else ("group", str(self.group))

    def membership(self) -> tuple[str, str]:
        """Who is put into which group.

        Raises:
            Invalid: naming what is missing.
        """
        fields = {"person": self.person, "group": self.group}
        if missing := [FieldError(name, "This field is required.") for name, value in fields.items() if not value]:
            raise Invalid(missing)
        return str(self.person), str(self.group)


class GrantLevel(Grant):
    """The level counts for objects only."""

    level: Level = "view"


class OnePerson(Form):
    """Somebody by user name."""

    person: UserName


class OwnerTransfer(Form):
    """To whom a job, a cluster, or everything that a person owns is transferred: one of the three."""

    to: UserName
    job: JobId | None = None
    cluster: ClusterId | None = None
    person: UserName | None = None


class DisablePerson(OnePerson, Disable):
    """Whose account to disable, and whether its clusters end with it."""


class OneToken(OnePerson):
    """An API token of a person; `users.show` lists them."""

    token: TokenId


class MaybePerson(Form):
    """Somebody by user name, or nobody in particular."""

    person: UserName | None = None
