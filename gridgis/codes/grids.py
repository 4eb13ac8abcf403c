"""Grid codes: community 12 digits + sequence, normally 3 (STANDARDS section 4).

A city with another width gives a *pattern*, a picture of its code: twelve ``C`` for the community and two to
four ``S`` for the sequence. A published code is never used again, so new grids are numbered after the
highest sequence ever given, whatever has been retired since.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gridgis.codes import divisions
from gridgis.codes.digits import digits, wrong
from gridgis.codes.explanation import Explanation, Part
from gridgis.errors import CodeError

PATTERN = "C" * 12 + "S" * 3
COMMUNITY_DIGITS = 12

_WHAT = "grid code"


@dataclass(frozen=True, slots=True)
class GridCode:
    """A grid code taken apart."""

    community: str
    sequence: int
    pattern: str = PATTERN

    @property
    def street(self) -> str:
        """Code of the street the grid lies in."""
        return self.community[: divisions.WIDTHS["street"]]

    @property
    def district(self) -> str:
        """Code of the district the grid lies in; its components' identifiers begin with it."""
        return self.community[: divisions.WIDTHS["district"]]

    def __str__(self) -> str:
        return build(self.community, self.sequence, self.pattern)


def highest_sequence(pattern: str = PATTERN) -> int:
    """Return the last sequence number a pattern has room for: 999 for three digits.

    Raises
    ------
    CodeError
        The pattern is not twelve ``C`` and two to four ``S``.
    """
    if not re.fullmatch("C{12}S{2,4}", pattern):
        raise CodeError(
            f"grid code pattern {pattern!r} must be twelve C (community) and two to four S (sequence)"
        )
    return int("9" * (len(pattern) - COMMUNITY_DIGITS))


def build(community: object, sequence: int, pattern: str = PATTERN) -> str:
    """Return the code of grid number `sequence` of a community.

    Raises
    ------
    CodeError
        `community` is no 12-digit community code, or the sequence does not fit the pattern.
    """
    owner, highest = _community(community), highest_sequence(pattern)
    if sequence > highest:
        raise _used_up(owner, sequence, highest)
    if sequence < 1:
        raise CodeError(f"grid sequence {sequence} of community {owner}: numbers begin at 1")
    return f"{owner}{sequence:0{len(pattern) - COMMUNITY_DIGITS}d}"


def parse(code: object, pattern: str = PATTERN) -> GridCode:
    """Take a grid code apart. Whether the community exists is for the caller to look up.

    Raises
    ------
    CodeError
        Naming the digits that are wrong and what would be accepted there.
    """
    highest = highest_sequence(pattern)
    text = digits(code, _WHAT, (len(pattern),))
    community, sequence = text[:COMMUNITY_DIGITS], int(text[COMMUNITY_DIGITS:])
    for name, width in divisions.WIDTHS.items():
        first = (0, *divisions.WIDTHS.values())[divisions.LEVELS.index(name)]
        if not int(community[first:width]):
            raise wrong(_WHAT, text, first + 1, width, f"the {name} is not numbered 0")
    if not sequence:
        accepted = f"a sequence is {1:0{len(pattern) - COMMUNITY_DIGITS}d}-{highest}"
        raise wrong(_WHAT, text, COMMUNITY_DIGITS + 1, len(text), accepted)
    return GridCode(community, sequence, pattern)


def is_grid_code(code: object, pattern: str = PATTERN) -> bool:
    """Tell whether `code` is a well-formed grid code."""
    try:
        parse(code, pattern)
    except CodeError:
        return False
    return True


def next_sequence(community: str, ever_used: Iterable[int], pattern: str = PATTERN) -> int:
    """Return the sequence number of a community's next new grid: one above the highest ever used.

    Parameters
    ----------
    community
        Code of the community, for the message.
    ever_used
        Sequence numbers of all grids the community ever had, retired ones included.
    pattern
        Picture of the city's grid codes.

    Raises
    ------
    CodeError
        The numbers are used up; gaps left by retired grids are never filled.
    """
    sequence = max(ever_used, default=0) + 1
    highest = highest_sequence(pattern)
    if sequence > highest:
        raise _used_up(community, sequence, highest)
    return sequence


def mint(community: str, ever_used: Iterable[str], count: int = 1, pattern: str = PATTERN) -> list[str]:
    """Return the codes of `count` new grids of a community.

    Parameters
    ----------
    community
        Code of the community.
    ever_used
        Grid codes ever published, retired ones included; those of other communities are ignored.
    count
        How many codes are needed.
    pattern
        Picture of the city's grid codes.

    Raises
    ------
    CodeError
        Fewer than `count` numbers are left, or a used code is malformed.
    """
    used = [parse(code, pattern).sequence for code in ever_used if code.startswith(community)]
    first = max(used, default=0) + 1
    return [build(community, sequence, pattern) for sequence in range(first, first + count)]


def explain(code: object, names: Mapping[str, str] | None = None, pattern: str = PATTERN) -> Explanation:
    """Return what each digit group of a grid code says; `names` are those of divisions, by code.

    Raises
    ------
    CodeError
        As `parse`.
    """
    grid = parse(code, pattern)
    text = str(grid)
    sequence = Part(
        COMMUNITY_DIGITS + 1,
        len(text),
        text[COMMUNITY_DIGITS:],
        f"社区内第{grid.sequence}号网格",
        f"grid {grid.sequence} of the community",
    )
    return Explanation(
        text, "单元网格标识码", "unit-grid code", (*divisions.explain(grid.community, names).parts, sequence)
    )


def _community(code: object) -> str:
    text = digits(code, "community code", (COMMUNITY_DIGITS,))
    if divisions.level(text) != "community":
        raise wrong("community code", text, 10, COMMUNITY_DIGITS, "a community is 001-999")
    return text


def _used_up(community: str, sequence: int, highest: int) -> CodeError:
    return CodeError(
        f"community {community} needs grid number {sequence}; its numbers end at {highest} and retired ones"
        " are never used again: split the community into two, or merge grids"
    )
