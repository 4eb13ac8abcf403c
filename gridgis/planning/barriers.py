"""What parts neighbours (rivers, railways, expressways), and what joins them again (bridges, ferries).

Zones hang together by the pairs of neighbours left here, so none reaches across a barrier but by a bridge.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.geometry.adjacency import Adjacency

Objects = NDArray[Any]

#: Kinds of lines that join; a line of any other kind parts.
JOINING = frozenset({"bridge", "crossing", "ferry", "tunnel", "underpass"})


NO_LINES: Objects = np.array([], dtype=object)


class Lines(NamedTuple):
    """Lines in EPSG:4326.

    Attributes
    ----------
    roads
        Zones had better not be crossed by them; water may be among them.
    cuts
        Nothing reaches across them.
    joins
        They reach across: a bridge from bank to bank, a ferry from landing to landing.
    """

    roads: Objects = NO_LINES
    cuts: Objects = NO_LINES
    joins: Objects = NO_LINES


#: No line at all.
ALONE = Lines()


def lines_of(roads: ArrayLike, barriers: ArrayLike, kinds: ArrayLike) -> Lines:
    """Return roads and barriers by what they do: barriers of the `JOINING` kinds join, all others part."""
    shapes = np.asarray(barriers, dtype=object)
    joins = np.isin(np.asarray(kinds, dtype=object).astype(str), list(JOINING))
    return Lines(np.asarray(roads, dtype=object), shapes[~joins], shapes[joins])


def between(neighbours: Adjacency, polygons: Objects, lines: Objects) -> NDArray[np.bool_]:
    """Return for each pair whether a line crosses the way from one unit's middle to the other's."""
    found = np.zeros(len(neighbours.one), dtype=np.bool_)
    if len(lines) and len(found):
        middle = shapely.get_coordinates(shapely.point_on_surface(polygons))
        ways = shapely.linestrings(np.stack((middle[neighbours.one], middle[neighbours.other]), axis=1))
        found[shapely.STRtree(lines).query(ways, predicate="intersects")[0]] = True
    return found


def reached(neighbours: Adjacency, polygons: Objects, lines: Lines, *, afar: bool) -> Adjacency:
    """Return the pairs that reach each other: not across a cut, unless a join touches both.

    Parameters
    ----------
    neighbours, polygons
        Units (EPSG:4326) and the pairs of them that share an edge.
    afar
        Whether a join also makes neighbours of the units its ends lie in, or nearest to, when these share no
        edge; a zone then can be of several parts.
    """
    kept = ~between(neighbours, polygons, lines.cuts)
    linked: set[tuple[int, int]] = set()
    tree = shapely.STRtree(polygons)
    for join in lines.joins:
        touched = tree.query(join, predicate="intersects")
        kept |= np.isin(neighbours.one, touched) & np.isin(neighbours.other, touched)
        points = shapely.get_coordinates(join)
        one, other = sorted(int(unit) for unit in tree.nearest(shapely.points(points[[0, -1]])))
        if afar and one != other:
            linked.add((one, other))
    linked -= set(zip(neighbours.one[kept].tolist(), neighbours.other[kept].tolist(), strict=True))
    extra = np.array(sorted(linked), dtype=neighbours.one.dtype).reshape(-1, 2)
    return Adjacency(
        np.concatenate((neighbours.one[kept], extra[:, 0])),
        np.concatenate((neighbours.other[kept], extra[:, 1])),
        np.concatenate((neighbours.shared_m[kept], np.zeros(len(extra)))),
    )
