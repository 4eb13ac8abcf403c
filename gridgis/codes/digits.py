"""What every code has in common: it is text, of a known width, made of ASCII digits."""

from __future__ import annotations

import re

from gridgis.errors import CodeError

_ASCII_DIGITS = frozenset("0123456789")


def digits(code: object, what: str, widths: tuple[int, ...]) -> str:
    """Return `code` when it is text of ASCII digits in one of `widths`.

    Parameters
    ----------
    code
        The value as it was given; anything but text is refused, since a number has lost its zeros.
    what
        Name of the code in the message, e.g. ``"grid code"``.
    widths
        Accepted numbers of digits.

    Raises
    ------
    CodeError
        Saying which position holds what, or which widths would be accepted.
    """
    text = characters(code, what)
    for position, character in enumerate(text, start=1):
        if character not in _ASCII_DIGITS:
            hint = "; read the column as text" if re.fullmatch(r"\d+(\.\d+)?([eE]\+?\d+)?", text) else ""
            raise CodeError(f"{what} {text!r}: position {position} is {character!r}, not a digit 0-9{hint}")
    if len(text) not in widths:
        accepted = " or ".join(str(width) for width in widths)
        raise CodeError(f"{what} {text!r} has {len(text)} digits; {accepted} are accepted")
    return text


def characters(code: object, what: str) -> str:
    """Return `code` when it is text and not empty.

    Raises
    ------
    CodeError
        It is a number, nothing, or an empty text.
    """
    if not isinstance(code, str):
        raise CodeError(f"{what} {code!r} is not text but {type(code).__name__}; codes are text")
    if not code:
        raise CodeError(f"{what} is empty")
    return code


def wrong(what: str, code: str, first: int, last: int, accepted: str) -> CodeError:
    """Return the error about positions `first` to `last` (from 1, both included) of `code`."""
    place = f"digits {first}-{last} are" if last > first else f"digit {first} is"
    return CodeError(f"{what} {code!r}: {place} {code[first - 1 : last]!r}; {accepted}")


def numbered(what: str, value: int, width: int) -> str:
    """Return the running number `value` in `width` digits.

    Raises
    ------
    CodeError
        `value` is below 1 or needs more digits.
    """
    highest = 10**width - 1
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= highest:
        raise CodeError(f"{what} {value!r} is outside {1:0{width}d}-{highest}")
    return f"{value:0{width}d}"
