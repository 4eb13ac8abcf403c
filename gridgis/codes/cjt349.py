"""The 20-digit grid codes of CJ/T 349 for digital communities (STANDARDS section 4), kept for exchange.

Object 6 + district 6 + street 3 + community 3 + sequence 2. Merged communities are numbered from 601; the
sequence is 00 when the community is not divided. The split is partly inferred: nobody here has read the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gridgis.codes import divisions
from gridgis.codes.digits import digits, wrong
from gridgis.codes.explanation import Explanation, Part
from gridgis.errors import CodeError

_WHAT = "CJ/T 349 code"
WIDTH = 20
FIRST_MERGED_COMMUNITY = 601


@dataclass(frozen=True, slots=True)
class CommunityGrid:
    """A 20-digit code taken apart."""

    object_code: str
    community: str  # 12 digits: district, street and community
    sequence: int

    @property
    def is_merged(self) -> bool:
        """Whether the community was made by merging others."""
        return int(self.community[9:]) >= FIRST_MERGED_COMMUNITY

    @property
    def is_divided(self) -> bool:
        """Whether the community has more than this one grid."""
        return self.sequence > 0

    def __str__(self) -> str:
        return build(self.object_code, self.community, self.sequence)


def build(object_code: str, community: str, sequence: int = 0) -> str:
    """Return the 20-digit code of a community's grid; sequence 0 is the undivided community.

    Raises
    ------
    CodeError
        The object code has not 6 digits, the community not 12, or the sequence is outside 0-99.
    """
    digits(object_code, f"object part of a {_WHAT}", (6,))
    digits(community, f"community part of a {_WHAT}", (12,))
    if not 0 <= sequence <= 99:
        raise CodeError(
            f"{_WHAT}: sequence {sequence} is outside 0-99; split community {community} or merge grids"
        )
    code = f"{object_code}{community}{sequence:02d}"
    parse(code)
    return code


def parse(code: object) -> CommunityGrid:
    """Take a 20-digit code apart.

    Raises
    ------
    CodeError
        Naming the digits that are wrong and what would be accepted there.
    """
    text = digits(code, _WHAT, (WIDTH,))
    for first, last, name in ((7, 8, "province"), (9, 10, "city"), (11, 12, "district")):
        if not int(text[first - 1 : last]):
            raise wrong(_WHAT, text, first, last, f"a {name} is 01-99")
    for first, last, name in ((13, 15, "street"), (16, 18, "community")):
        if not int(text[first - 1 : last]):
            raise wrong(_WHAT, text, first, last, f"a {name} is 001-999")
    return CommunityGrid(text[:6], text[6:18], int(text[18:]))


def explain(code: object, names: Mapping[str, str] | None = None) -> Explanation:
    """Return what each digit group of a 20-digit code says; `names` are those of divisions, by code.

    Raises
    ------
    CodeError
        As `parse`.
    """
    grid = parse(code)
    text = str(grid)
    merged = (
        (Part(16, 18, text[15:18], "合并社区（601起编）", "a merged community (numbered from 601)"),)
        if grid.is_merged
        else ()
    )
    places = divisions.explain(grid.community, names).shifted(6)
    kept = places[:-1] if merged else places
    sequence = (
        Part(19, 20, text[18:], f"社区内第{grid.sequence}号网格", f"grid {grid.sequence} of the community")
        if grid.is_divided
        else Part(19, 20, text[18:], "社区未再划分", "the community is not divided")
    )
    first = Part(1, 6, text[:6], "对象代码", "object code")
    return Explanation(text, "数字社区网格代码（CJ/T 349）", _WHAT, (first, *kept, *merged, sequence))
