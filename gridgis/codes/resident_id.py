"""A person's identity number, known here for one purpose: to be refused as a key."""

from __future__ import annotations

import re
from datetime import date

from gridgis.errors import CodeError

_CHECK_CHARACTERS = "10X98765432"


def is_resident_id(text: str) -> bool:
    """Tell whether a text is an 18-character resident identity number (GB 11643).

    It is one when positions 7-14 are a date since 1900 and the check character (ISO 7064, MOD 11-2) fits;
    of other 18-digit numbers fewer than 1 in 10,000 look like this.
    """
    text = text.strip().upper()
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", text) or text[6:8] not in ("19", "20"):
        return False
    try:
        date.fromisoformat(f"{text[6:10]}-{text[10:12]}-{text[12:14]}")
    except ValueError:
        return False
    weighted = sum(int(digit) * pow(2, 17 - position, 11) for position, digit in enumerate(text[:17]))
    return text[17] == _CHECK_CHARACTERS[weighted % 11]


def refuse_resident_id(text: str, what: str) -> None:
    """Raise when a text that is to be the key `what` is a person's identity number.

    Raises
    ------
    CodeError
        Without repeating the number.
    """
    if is_resident_id(text):
        raise CodeError(f"the {what} is a person's identity number; give the code of an organisation")
