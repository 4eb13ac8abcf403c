"""Every edit by its name: how it is done, and which grids must be at hand for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gridgis.errors import InvalidInput
from gridgis.planning.editing.arguments import line, text, texts
from gridgis.planning.editing.fabric import Bounds, Change, Fabric
from gridgis.planning.editing.merging import merge
from gridgis.planning.editing.splitting import split, split_by_roads

Arguments = Mapping[str, Any]


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


_OPERATIONS = {
    "split": _Operation(
        lambda fabric, given: split(fabric, text(given, "key"), line(given, "line")),
        lambda given: Reach(keys=(text(given, "key"),)),
    ),
    "split_by_roads": _Operation(
        lambda fabric, given: split_by_roads(fabric, text(given, "key")),
        lambda given: Reach(keys=(text(given, "key"),)),
    ),
    "merge": _Operation(
        lambda fabric, given: merge(fabric, texts(given, "keys")),
        lambda given: Reach(keys=tuple(texts(given, "keys"))),
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
