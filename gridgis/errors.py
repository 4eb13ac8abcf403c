"""What can go wrong, in the words of the domain; knows nothing of HTTP or SQL."""

from __future__ import annotations


class GridgisError(Exception):
    """Something the caller can understand and mend; its text is shown to people as it is.

    Parameters
    ----------
    message
        One sentence: what is wrong, with the value, and what would be accepted.
    field
        Name of the input the message is about, where there is one.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(GridgisError):
    """A value that cannot be accepted as it stands."""


class CodeError(InvalidInput):
    """A code whose digits are wrong; the message names which."""


class NotFound(GridgisError):
    """Nothing by that name exists, or none the caller may see."""


class Conflict(GridgisError):
    """The request is well formed but contradicts what is stored."""


class NotAllowed(GridgisError):
    """The caller is known (or not) and may not do this."""


class Unavailable(GridgisError):
    """A part the product stands on is missing or down: the database, a disk, a program."""
