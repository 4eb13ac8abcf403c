"""The arguments of an edit as they come in: read, and refused by their names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError

from gridgis.errors import InvalidInput


def text(arguments: Mapping[str, Any], name: str) -> str:
    """Return a text that is not empty."""
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{name} is {value!r}; a text is expected", field=name)
    return value


def texts(arguments: Mapping[str, Any], name: str) -> list[str]:
    """Return a list of texts with at least one in it."""
    value = arguments.get(name)
    if not isinstance(value, list | tuple) or not value or not all(isinstance(v, str) and v for v in value):
        raise InvalidInput(f"{name} is {value!r}; a list of texts is expected", field=name)
    return list(value)


def number(
    arguments: Mapping[str, Any], name: str, low: float, high: float, usual: float | None = None
) -> float:
    """Return a number between two others; `usual` where none is given."""
    value = arguments.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidInput(f"{name} is {value!r}; a number from {low:g} to {high:g} is expected", field=name)
    return float(value)


def count(arguments: Mapping[str, Any], name: str, low: int, high: int) -> int:
    """Return a whole number between two others."""
    value = number(arguments, name, low, high)
    if value != int(value):
        raise InvalidInput(f"{name} is {value:g}; a whole number is expected", field=name)
    return int(value)


def point(arguments: Mapping[str, Any], name: str) -> tuple[float, float]:
    """Return longitude and latitude, given as ``[lon, lat]`` or a GeoJSON Point."""
    value = arguments.get(name)
    if isinstance(value, list | tuple):
        value = {"type": "Point", "coordinates": value}
    lon, lat = shapely.get_coordinates(_geometry(value, name, ("Point",)))[0].tolist()
    return lon, lat


def line(arguments: Mapping[str, Any], name: str) -> shapely.Geometry:
    """Return a GeoJSON LineString."""
    return _geometry(arguments.get(name), name, ("LineString",))


def polygon(arguments: Mapping[str, Any], name: str) -> shapely.Geometry:
    """Return a GeoJSON Polygon or MultiPolygon, which must be valid."""
    found = _geometry(arguments.get(name), name, ("Polygon", "MultiPolygon"))
    if not shapely.is_valid(found):
        raise InvalidInput(f"{name} is no valid polygon: {shapely.is_valid_reason(found)}", field=name)
    return found


def polygons(arguments: Mapping[str, Any], name: str) -> list[shapely.Geometry]:
    """Return a list of polygons with at least one in it."""
    values = arguments.get(name)
    if not isinstance(values, list | tuple) or not values:
        given = "empty" if isinstance(values, list | tuple) else type(values).__name__
        raise InvalidInput(f"{name} is {given}; a list of GeoJSON Polygons is expected", field=name)
    return [polygon({name: value}, name) for value in values]


#: What shapely raises for objects that are no GeoJSON.
_UNREADABLE = (ShapelyError, AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)


def _geometry(value: Any, name: str, kinds: tuple[str, ...]) -> shapely.Geometry:
    expected = f"a GeoJSON {' or '.join(kinds)} in longitude and latitude is expected"
    if not isinstance(value, shapely.Geometry):
        try:
            with np.errstate(invalid="ignore"):  # of NaN, which is refused below
                value = shapely.geometry.shape(value)
        except _UNREADABLE as error:
            raise InvalidInput(f"{name} cannot be read; {expected}", field=name) from error
    found = shapely.force_2d(value)
    numbers = shapely.get_coordinates(found).ravel().tolist()
    if found.geom_type not in kinds:
        raise InvalidInput(f"{name} is a {found.geom_type}; {expected}", field=name)
    if not numbers or not all(map(math.isfinite, numbers)):
        lacking = "has a coordinate that is no finite number" if numbers else "is empty"
        raise InvalidInput(f"{name} {lacking}; {expected}", field=name)
    west, south, east, north = found.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InvalidInput(f"{name} lies outside longitude and latitude; {expected}", field=name)
    return found
