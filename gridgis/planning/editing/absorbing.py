"""Small grids given to the neighbour with which they share the longest border."""

from __future__ import annotations

from collections.abc import Collection

from gridgis.geometry.measurement import area_m2
from gridgis.planning.editing.borders import common_edges, shared_m
from gridgis.planning.editing.fabric import Change, Fabric
from gridgis.planning.editing.merging import joined
from gridgis.planning.editing.refusals import Refused
from gridgis.planning.editing.surgery import Surgery


def absorb(fabric: Fabric, keys: Collection[str]) -> Change:
    """Give grids to neighbours in their community, the smallest first.

    Raises
    ------
    Refused
        ``not_adjacent`` where a grid has no neighbour in its community that is not locked, and what the
        proof refuses.
    """
    surgery = Surgery(fabric)
    left = set(keys)
    while left:
        key = min(left, key=lambda k: (surgery.held(k).polygon.area, k))
        neighbour = _nearest(surgery, key)
        whole = joined(surgery, [key, neighbour])
        if neighbour in left:  # two that both want to go are one that wants to
            left.add(whole)
        left -= {key, neighbour}
    return surgery.change()


def absorb_below(fabric: Fabric, community: str, below_m2: float) -> Change:
    """Give every grid of a community that is smaller than an area, and not locked, to a neighbour.

    Raises
    ------
    Refused
        ``no_change`` where none is as small, and as `absorb`.
    """
    surgery = Surgery(fabric)
    keys = [key for key in fabric.of(community) if key not in fabric.locked]
    while small := _smallest(surgery, keys, below_m2):
        neighbour = _nearest(surgery, small)
        whole = joined(surgery, [small, neighbour])
        keys = [key for key in keys if key not in {small, neighbour}] + [whole]
    return surgery.change()


def _smallest(surgery: Surgery, keys: list[str], below_m2: float) -> str | None:
    areas = area_m2([surgery.held(key).polygon for key in keys], surgery.fabric.srid)
    small, key = min(zip(areas.tolist(), keys, strict=True), default=(below_m2, ""))
    return key if small < below_m2 else None


def _nearest(surgery: Surgery, key: str) -> str:
    """Return the neighbour in the community with the longest common border."""
    held = surgery.held(key)
    common = {
        other: shared_m(edges, surgery.fabric.srid)
        for other, edges in common_edges(surgery, key).items()
        if surgery.held(other).community == held.community and other not in surgery.fabric.locked
    }
    if not common:
        raise Refused(
            "not_adjacent",
            f"grid {key} has no neighbour in community {held.community} that could take it",
            place=held.polygon,
            keys=[key],
        )
    return max(sorted(common), key=lambda other: common[other])
