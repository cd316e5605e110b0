"""Why a notebook is not run."""


class Refused(Exception):
    """This cannot be run; the message says why and what to do, for the user."""
