"""Every edit by its name: how it is done, and which grids must be at hand for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gridgis.errors import InvalidInput
from gridgis.planning.editing.absorbing import absorb, absorb_below
from gridgis.planning.editing.arguments import count, line, number, point, polygon, polygons, text, texts
from gridgis.planning.editing.dividing import redraw, split_into
from gridgis.planning.editing.drawing import draw
from gridgis.planning.editing.fabric import Bounds, Change, Fabric
from gridgis.planning.editing.merging import merge
from gridgis.planning.editing.moving import move_edge, move_vertex
from gridgis.planning.editing.renumbering import renumber
from gridgis.planning.editing.rings import SNAP
from gridgis.planning.editing.snapping import FURTHEST_M, snap_to_roads
from gridgis.planning.editing.splitting import split, split_by_roads
from gridgis.planning.editing.transferring import transfer_building, transfer_ground

Arguments = Mapping[str, Any]

#: A drawn polygon reaches no further: a hundred kilometres, more than any community.
_WIDEST_DEG = 1.0


@dataclass(frozen=True, slots=True)
class Reach:
    """What an edit may touch.

    The fabric must hold the grids of `keys` and of the whole `communities`, those that meet `bounds`, those
    that hold `buildings`; and then every grid, of whatever community, whose bounding box meets the bounding
    box of one of them, with the buildings and roads there.

    Attributes
    ----------
    keys
        Of grids.
    bounds
        West, south, east, north, EPSG:4326; already widened by what counts as the same point.
    communities, buildings
        Codes.
    """

    keys: tuple[str, ...] = ()
    bounds: Bounds | None = None
    communities: tuple[str, ...] = ()
    buildings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Operation:
    do: Callable[[Fabric, Arguments], Change]
    reach: Callable[[Arguments], Reach]


def _key(given: Arguments) -> Reach:
    return Reach(keys=(text(given, "key"),))


def _keys(given: Arguments) -> Reach:
    return Reach(keys=tuple(texts(given, "keys")))


def _community(given: Arguments) -> Reach:
    return Reach(communities=(text(given, "community"),))


def _about(*bounds: float) -> Bounds:
    west, south, east, north = bounds
    if max(east - west, north - south) > _WIDEST_DEG:
        raise InvalidInput(
            f"polygon is {east - west:g} by {north - south:g} degrees; at most {_WIDEST_DEG:g} are accepted,"
            " since all in it is looked at",
            field="polygon",
        )
    return west - SNAP, south - SNAP, east + SNAP, north + SNAP


def _vertex(given: Arguments) -> Reach:
    there = point(given, "vertex")
    return Reach(bounds=_about(*there, *there))


def _transfer(fabric: Fabric, given: Arguments) -> Change:
    if "building" in given:
        return transfer_building(fabric, text(given, "building"), text(given, "to"))
    return transfer_ground(fabric, polygon(given, "polygon"), text(given, "to"))


def _transferred(given: Arguments) -> Reach:
    to = (text(given, "to"),)
    if "building" in given:
        return Reach(keys=to, buildings=(text(given, "building"),))
    return Reach(keys=to, bounds=_about(*polygon(given, "polygon").bounds))


def _absorb(fabric: Fabric, given: Arguments) -> Change:
    if "below_m2" in given:
        return absorb_below(fabric, text(given, "community"), number(given, "below_m2", 0, 1e7))
    return absorb(fabric, texts(given, "keys"))


_OPERATIONS = {
    "split": _Operation(lambda fabric, given: split(fabric, text(given, "key"), line(given, "line")), _key),
    "split_by_roads": _Operation(lambda fabric, given: split_by_roads(fabric, text(given, "key")), _key),
    "split_into": _Operation(
        lambda fabric, given: split_into(
            fabric,
            text(given, "key"),
            count(given, "n", 2, 99),
            text({"load": "households"} | {**given}, "load"),
        ),
        _key,
    ),
    "merge": _Operation(lambda fabric, given: merge(fabric, texts(given, "keys")), _keys),
    "move_vertex": _Operation(
        lambda fabric, given: move_vertex(fabric, point(given, "vertex"), point(given, "to")), _vertex
    ),
    "move_edge": _Operation(
        lambda fabric, given: move_edge(fabric, *_pair(given), line(given, "path")), _keys
    ),
    "transfer": _Operation(_transfer, _transferred),
    "draw": _Operation(
        lambda fabric, given: draw(fabric, polygon(given, "polygon"), text(given, "community")),
        lambda given: Reach(bounds=_about(*polygon(given, "polygon").bounds)),
    ),
    "snap_to_roads": _Operation(
        lambda fabric, given: snap_to_roads(
            fabric, texts(given, "keys"), number(given, "within_m", 0.1, FURTHEST_M)
        ),
        _keys,
    ),
    "absorb": _Operation(_absorb, lambda given: (_community if "below_m2" in given else _keys)(given)),
    "renumber": _Operation(lambda fabric, given: renumber(fabric, text(given, "community")), _community),
    "redraw": _Operation(
        lambda fabric, given: redraw(fabric, text(given, "community"), polygons(given, "polygons")),
        _community,
    ),
}

NAMES = tuple(_OPERATIONS)


def perform(fabric: Fabric, operation: str, arguments: Arguments) -> Change:
    """Return what an edit would change; nothing is changed until `Fabric.apply`.

    Parameters
    ----------
    fabric
        With at least the grids that `reach` names.
    operation
        One of `NAMES`.
    arguments
        Keys as texts, geometries as GeoJSON (EPSG:4326) or shapely's; what each operation takes is listed in
        docs/planning.md.

    Raises
    ------
    Refused
        The edit would break an invariant; says which, where, and for which grids.
    InvalidInput
        There is no such operation, or an argument is not what it takes.
    """
    return _named(operation).do(fabric, arguments)


def reach(operation: str, arguments: Arguments) -> Reach:
    """Return which grids must be in the fabric for an edit.

    Raises
    ------
    InvalidInput
        There is no such operation, or an argument is not what it takes.
    """
    return _named(operation).reach(arguments)


def _named(operation: str) -> _Operation:
    if operation not in _OPERATIONS:
        raise InvalidInput(
            f"there is no operation {operation!r}; there are {', '.join(NAMES)}", field="operation"
        )
    return _OPERATIONS[operation]


def _pair(given: Arguments) -> tuple[str, str]:
    keys = texts(given, "keys")
    if len(keys) != 2 or keys[0] == keys[1]:
        raise InvalidInput(f"keys is {keys}; two different grids are expected", field="keys")
    return keys[0], keys[1]
