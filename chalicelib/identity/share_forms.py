"""What people fill in to share an object."""

from __future__ import annotations

from typing import Annotated

from chalicelib.core.fields import Form, choice, text
from chalicelib.identity.permissions import ShareLevel

GRANTEES = ("person", "group")
Grantee = Annotated[str, choice(GRANTEES, "Choose a person or a group.")]
Name = Annotated[str, text("Give the user name of the person, or the name of the group.", 200)]
Level = Annotated[str, choice(ShareLevel, "Choose view, change or delete.")]


class NewShare(Form):
    """With whom an object is shared, and for what: to view it, to change it too, or to delete it too."""

    kind: Grantee = "person"
    name: Name
    level: Level = "view"
