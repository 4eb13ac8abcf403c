"""Which counts of people may be shown: none so small, or so easily worked out, that it tells of somebody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence


def publishable(cells: Sequence[int], floor: int) -> list[int | None]:
    """Return the cells of one total with those hidden that must not be told (P02).

    Everything below `floor` is hidden. Where that leaves a single hidden cell, or hidden cells that are
    fewer than `floor` people together, the total less the cells shown would give them back: then the
    smallest shown value is hidden too, wherever it stands. `gridgis.sql.exports` follows the same rule for
    the buildings of a grid.
    """
    small = [cell for cell in cells if cell < floor]
    cut = floor - 1
    if small and (len(small) == 1 or sum(small) < floor):
        cut = min((cell for cell in cells if cell >= floor), default=cut)
    return [None if cell <= cut else cell for cell in cells]


def disclosed(counts: Mapping[str, int], parent_width: int, floor: int) -> dict[str, int]:
    """Return the counts of areas that may be told, by code.

    Parameters
    ----------
    counts
        Every area of the totals that are told, those with nobody in them too.
    parent_width
        Digits that the codes of one total's areas have in common: they are the cells of `publishable`.
    floor
        Fewer people than this are not told.
    """
    families: dict[str, list[str]] = defaultdict(list)
    for code in counts:
        families[code[:parent_width]].append(code)
    told: dict[str, int] = {}
    for codes in families.values():
        cells = publishable([counts[code] for code in codes], floor)
        told.update((code, cell) for code, cell in zip(codes, cells, strict=True) if cell is not None)
    return told
