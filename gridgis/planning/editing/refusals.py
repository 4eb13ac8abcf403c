"""What an edit is refused for: a reason for programs, a sentence for people, and the place."""

from __future__ import annotations

from collections.abc import Iterable

import shapely

from gridgis.errors import InvalidInput

#: Every reason there is, and what it stands for.
REASONS = {
    "unknown_grid": "no grid of that key is here",
    "unknown_building": "no building of that name is here",
    "locked": "a locked grid would change its ground",
    "no_border": "the line divides nothing, or the grids have no common border there",
    "not_adjacent": "the grids are not joined by common edges",
    "communities": "the grids belong to different communities",
    "community_border": "the border of a community would move",
    "free_land": "free land has no border that could be moved",
    "beyond": "the new border would leave the two grids it parts",
    "building_cut": "a new border would run through a building",
    "pinched": "a grid would touch itself, hanging together by one point",
    "two_parts": "a grid would be in several parts",
    "invalid": "a grid's border would cross itself",
    "sliver": "a grid would be all border and no ground",
    "code_overflow": "the community has no number left for a new grid",
    "too_few_blocks": "the buildings do not make so many parts of equal load",
    "no_free_land": "other grids have the ground",
    "no_change": "nothing would change",
}


class Refused(InvalidInput):
    """An edit that would break an invariant.

    Parameters
    ----------
    reason
        One of `REASONS`.
    sentence
        What is wrong, with the names of the grids and buildings.
    place
        Where, EPSG:4326; its middle is added to the sentence.
    keys, buildings
        The grids and the buildings concerned.
    """

    def __init__(
        self,
        reason: str,
        sentence: str,
        *,
        place: shapely.Geometry | None = None,
        keys: Iterable[str] = (),
        buildings: Iterable[str] = (),
    ) -> None:
        super().__init__(sentence if place is None else f"{sentence} (at {where(place)})")
        self.reason = reason
        self.place = place
        self.keys = sorted(keys)
        self.buildings = sorted(buildings)


def where(place: shapely.Geometry) -> str:
    """Return the middle of a place as longitude and latitude, to a decimetre."""
    lon, lat = shapely.get_coordinates(shapely.point_on_surface(place))[0]
    return f"{lon:.6f}, {lat:.6f}"


def listed(names: Iterable[str], most: int = 5) -> str:
    """Return names as a list for a sentence, the first few of them where there are many."""
    ordered = sorted(names)
    more = len(ordered) - most
    return ", ".join(ordered[:most]) + (f" and {more} more" if more > 0 else "")
