"""Which column of a file is which field of a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gridgis.errors import InvalidInput
from gridgis.formats.fields import Layer

#: Columns of a table that hold the place, where the file has no geometry of its own.
LON = ("lon", "lng", "long", "longitude", "经度", "x", "point_x", "gps_longitude")
LAT = ("lat", "latitude", "纬度", "y", "point_y", "gps_latitude")
WKT = ("wkt", "geometry", "geom", "the_geom", "坐标")


@dataclass(frozen=True, slots=True)
class Matching:
    """Which column of a file is which field.

    Attributes
    ----------
    columns
        Field -> column.
    lon, lat, wkt
        Columns of the place in a table; empty where there is none.
    unmatched
        Columns that are no field: they are not loaded.
    absent
        Fields that no column provides.
    """

    columns: dict[str, str]
    lon: str
    lat: str
    wkt: str
    unmatched: tuple[str, ...]
    absent: tuple[str, ...]


def matched(layer: Layer, columns: tuple[str, ...], renames: Mapping[str, str]) -> Matching:
    """Find the fields among a file's columns, by name, by alias and by a Shapefile's cut name.

    Parameters
    ----------
    columns
        As the file names them.
    renames
        Column -> field, given by the user; ``lon``, ``lat`` and ``wkt`` are fields here too.

    Raises
    ------
    InvalidInput
        A rename names a column or a field that is not there.
    """
    targets = {f.name for f in layer.fields} | {"lon", "lat", "wkt"}
    for column, target in renames.items():
        if column not in columns:
            raise InvalidInput(f"--map {column}={target}: the file has no column {column!r}; it has "
                               f"{', '.join(columns)}", field="map")  # fmt: skip
        if target not in targets:
            raise InvalidInput(f"--map {column}={target}: {layer.name} have no field {target!r}; they have "
                               f"{', '.join(sorted(targets))}", field="map")  # fmt: skip
    found = {target: column for column, target in renames.items()}
    free = [column for column in columns if column not in renames]
    wanted = {f.name: (f.name, f.name[:10], *f.aliases) for f in layer.fields}
    if layer.kinds:
        wanted |= {"wkt": WKT, "lon": LON, "lat": LAT}
    for exact in (True, False):  # a field's own name is taken before any alias of another
        for target, names in wanted.items():
            if target not in found and (column := _first(free, names[:1] if exact else names)):
                found[target] = column
                free.remove(column)
    place = {name: found.pop(name, "") for name in ("lon", "lat", "wkt")}
    absent = tuple(f.name for f in layer.fields if f.name not in found)
    return Matching(found, place["lon"], place["lat"], place["wkt"], tuple(free), absent)


def _first(columns: list[str], names: tuple[str, ...]) -> str:
    for name in names:
        for column in columns:
            if _key(column) == _key(name):
                return column
    return ""


def _key(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")
