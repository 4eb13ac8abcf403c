"""Codes for buildings that come without one: minted from the footprint, so never twice for two buildings.

``B`` + district 6 digits + 12 characters of Crockford's base 32 (no I, L, O, U). The same footprint always
gives the same code, on any machine and in any order of loading, and nothing has to be counted.
"""

from __future__ import annotations

import hashlib
import re

from gridgis.codes.components import check_district
from gridgis.codes.digits import characters
from gridgis.codes.explanation import Explanation, Part
from gridgis.errors import CodeError

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MARK_CHARACTERS = 12
_WHAT = "building code"


def mint(district: str, footprint: bytes) -> str:
    """Return the code of a building.

    Parameters
    ----------
    district
        Code of the district it stands in, 6 digits.
    footprint
        WKB of its *normalised* footprint in the stored CRS (EPSG:4326), so that the vertex a ring begins
        with does not matter.

    Returns
    -------
    str
        19 characters, 60 bits of them from the footprint: among a million buildings of a district two
        share a code with a probability below 1 in a million.

    Raises
    ------
    CodeError
        `district` is no district code, or the footprint is empty.
    """
    check_district(district, f"district of a {_WHAT}")
    if not footprint:
        raise CodeError(f"{_WHAT}: the footprint is empty; its WKB is expected")
    number = int.from_bytes(hashlib.blake2b(footprint, digest_size=8).digest(), "big")
    mark = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_MARK_CHARACTERS)))
    return f"B{district}{mark}"


def is_minted(code: str) -> bool:
    """Tell whether a building's code has the form of `mint`, rather than coming from its source."""
    return re.fullmatch(f"B[0-9]{{6}}[{_ALPHABET}]{{{_MARK_CHARACTERS}}}", code) is not None


def explain(code: object) -> Explanation:
    """Return what each group of a minted building code says.

    Raises
    ------
    CodeError
        It has another form.
    """
    text = characters(code, _WHAT)
    if not is_minted(text):
        raise CodeError(f"{_WHAT} {text!r} is not B, 6 digits and 12 of {_ALPHABET}")
    parts = (
        Part(1, 1, "B", "建筑物", "building"),
        Part(2, 7, text[1:7], "所在区代码", "district it was minted in"),
        Part(8, len(text), text[7:], "由轮廓计算的标识", "mark computed from the footprint"),
    )
    return Explanation(text, "建筑物代码（本系统编制）", f"{_WHAT} (minted here)", parts)
