"""The demo people who can sign in to the embedded cloud's portal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Someone the local OpenID provider knows."""

    username: str
    name: str
    groups: tuple[str, ...] = ()
    about: str = ""

    @property
    def email(self) -> str:
        return f"{self.username}@example.org"


PEOPLE = {
    person.username: person
    for person in (
        Person("alice", "Alice Example", about="Launches clusters, schedules notebooks."),
        Person("bob", "Bob Example", about="The same, with clusters and jobs of his own."),
        Person(
            "maintainer",
            "Mina Maintainer",
            ("cluster-maintainers", "job-maintainers"),
            about="Sees and helps with everybody's clusters and jobs.",
        ),
        Person("admin", "Ada Admin", ("admins",), about="Administers releases and people."),
    )
}


def by_email(address: str) -> Person | None:
    """The person with this mail address, if there is one."""
    return next((person for person in PEOPLE.values() if person.email == address), None)
