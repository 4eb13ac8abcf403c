"""Shapes of personal data in free text: identity numbers and telephone numbers (REQUIREMENTS P07)."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

#: An 18-digit identity number, a mobile number, a landline number with its area code: RE2, no look-around.
_SHAPES = (
    r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]",
    r"(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}",
    r"0\d{2,3}[- ]?[2-9]\d{6,7}",
)
_PATTERN = rf"(^|[^0-9A-Za-z])(?:{'|'.join(_SHAPES)})($|[^0-9A-Za-z])"
MASK = "***"


def holds_personal(text: pa.Array) -> pa.Array:
    """Return for each text whether a number in it has the shape of an identity or a telephone number."""
    return pc.fill_null(pc.match_substring_regex(text, _PATTERN), False)


def masked(text: pa.Array) -> pa.Array:
    """Return the texts with such numbers replaced by `MASK`."""
    once = pc.replace_substring_regex(text, _PATTERN, rf"\1{MASK}\2")
    # two numbers parted by one character: that character ended the first match and cannot begin the second
    return pc.replace_substring_regex(once, _PATTERN, rf"\1{MASK}\2")
