"""The grids and divisions as layers: what the land was divided into, with codes, in order of code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely

from gridgis.planning.numbering import sequence_numbers
from gridgis.sample.divisions import Land
from gridgis.sample.fabric import Fabric
from gridgis.sample.layers import POLYGON, Layer, Outlines, Shapes
from gridgis.sample.names import short

_LEVELS = ("province", "city", "district", "street", "community")


@dataclass(frozen=True)
class Grids:
    """The grids, numbered.

    Attributes
    ----------
    codes
        (grids,) text of 15 digits, by face.
    order
        Faces in order of code.
    polygons
        (grids,) shapely polygons, EPSG:4326, by face.
    area_m2
        (grids,) in the metric CRS.
    """

    codes: np.ndarray
    order: np.ndarray
    polygons: np.ndarray
    area_m2: np.ndarray


def number_grids(land: Land, fabric: Fabric) -> Grids:
    """Return the grids with their codes: community, then west to east, rows from north to south."""
    polygons, metric = fabric.polygons(), fabric.polygons_m()
    community = np.array([c.code for c in land.communities])[land.community_of]
    number = sequence_numbers(metric, community)
    codes = np.char.add(community, np.char.zfill(number.astype("U3"), 3))
    return Grids(codes, np.argsort(codes, kind="stable"), polygons, shapely.area(metric))


def grids_layer(land: Land, fabric: Fabric, grids: Grids) -> Layer:
    """Return the grids as a layer, in order of code."""
    names = [short(c.name) for c in land.communities]
    codes = grids.codes[grids.order]
    table = pa.table(
        {
            "code": pa.array(codes),
            "name": pa.array(
                [f"{names[land.community_of[f]]}{grids.codes[f][12:]}网格" for f in grids.order]
            ),
        }
    )
    size = np.diff(fabric.ring_start)[grids.order]
    start = np.concatenate([[0], np.cumsum(size)])
    picked = np.repeat(fabric.ring_start[grids.order] - start[:-1], size) + np.arange(start[-1])
    shapes = Shapes(start, fabric.lonlat[fabric.ring_points[picked]], POLYGON)
    return Layer("grids", table, shapes, ("Polygon",))


def divisions_layer(land: Land, grids: Grids) -> Layer:
    """Return the divisions as a layer, parents first, each outline the exact union of its grids.

    The province has no outline here: the sample is one city of it.
    """
    places = land.spec.places
    outlines = _outlines(land, grids.polygons)
    order = sorted(range(len(places)), key=lambda i: (_LEVELS.index(places[i].level), places[i].code))
    table = pa.table(
        {
            name: pa.array([getattr(places[i], name) or None for i in order], pa.string())
            for name in ("code", "name", "level", "parent_code")
        }
    )
    rows = np.array([outlines.get(places[i].code) for i in order], object)
    return Layer("divisions", table, Outlines(rows), ("MultiPolygon",))


def _outlines(land: Land, polygons: np.ndarray) -> dict[str, shapely.MultiPolygon]:
    """Return every division's outline by code, joined level by level from the grids upwards."""
    parent = {p.code: p.parent_code for p in land.spec.places}
    outlines: dict[str, shapely.MultiPolygon] = {}
    groups: dict[str, list[shapely.Geometry]] = {}
    for face, community in enumerate(land.community_of):
        groups.setdefault(land.communities[community].code, []).append(polygons[face])
    for level in reversed(_LEVELS[1:]):
        above: dict[str, list[shapely.Geometry]] = {}
        for place in land.spec.at_level(level):
            union = shapely.coverage_union_all(groups[place.code])
            outlines[place.code] = (
                union if union.geom_type == "MultiPolygon" else shapely.MultiPolygon([union])
            )
            above.setdefault(parent[place.code], []).append(union)
        groups = above
    return outlines
