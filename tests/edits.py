"""A made-up city to edit at random, and everything that must hold of it afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import shapely

from gridgis.planning.editing.fabric import Buildings, Change, Fabric
from gridgis.planning.editing.operations import perform
from gridgis.planning.editing.refusals import Refused
from gridgis.planning.editing.rings import rings_of
from gridgis.sample.city import CitySpec, round_city
from gridgis.sample.generation import PRESENT, Amounts, layers
from tests.sample.cities import PROFILE, tree

#: How often each operation is tried, out of their sum.
OFTEN = {
    "split": 40, "merge": 18, "move_vertex": 16, "move_edge": 12, "transfer_ground": 5, "absorb": 2,
    "transfer_building": 2, "snap_to_roads": 2, "split_by_roads": 2, "split_into": 0.7, "renumber": 0.3,
}  # fmt: skip


def district(grids: int = 1600) -> CitySpec:
    """Forty communities in as much ground as grids of that number usually have."""
    return round_city(
        "某市", "110101", tree("110101", [10] * 4), centre=(116.41, 39.91), area_km2=grids * 0.026,
        grids=grids, metric_srid=4548,
    )  # fmt: skip


def made(spec: CitySpec, buildings: int, seed: int = 1) -> Fabric:
    """A city as a fabric."""
    amounts = Amounts(buildings=buildings, components=0, incidents=0, days=0, track_workers=0)
    city = {layer.name: layer for layer in islice(layers(spec, amounts, seed, PRESENT, PROFILE), 5)}
    shapes = {name: layer.shapes.geometries(0, len(layer)) for name, layer in city.items() if layer.shapes}
    tables = {name: layer.table.to_pandas() for name, layer in city.items()}
    codes, divisions, houses = tables["grids"]["code"], tables["divisions"], tables["buildings"]
    return Fabric(
        [(code, code[:12], polygon) for code, polygon in zip(codes, shapes["grids"], strict=True)],
        outlines={
            code: outline
            for code, level, outline in zip(
                divisions["code"], divisions["level"], shapes["divisions"], strict=True
            )
            if level == "community"
        },
        buildings=Buildings(
            houses["source_id"].to_numpy(dtype=object),
            shapes["buildings"],
            {"households": houses["households"].fillna(0).to_numpy(dtype=np.float64)},
        ),
        roads=shapes["roads"],
        srid=spec.metric_srid,
    )


class Walk:
    """Random edits of a fabric, one after the other."""

    def __init__(self, fabric: Fabric, seed: int) -> None:
        self.fabric = fabric
        self.rng = np.random.default_rng(seed)
        self.refused: Counter[tuple[str, str]] = Counter()

    def names(self, operations: int) -> Iterator[str]:
        """Yield so many names of operations, as often as `OFTEN` says."""
        often = np.array([*OFTEN.values()])
        yield from self.rng.choice([*OFTEN], operations, p=often / often.sum()).tolist()

    def changes(self, operations: int) -> Iterator[tuple[str, Change]]:
        """Try operations, and yield the name and the change of those that are not refused."""
        for name in self.names(operations):
            change = self.edited(name, *self.proposal(name))
            if change:
                yield name, change

    def edited(self, name: str, operation: str, arguments: dict[str, Any]) -> Change | None:
        """Make an edit, or count it as refused."""
        try:
            change = perform(self.fabric, operation, arguments)
        except Refused as refusal:
            self.refused[name, refusal.reason] += 1
            return None
        self.fabric.apply(change)
        return change

    def proposal(self, name: str) -> tuple[str, dict[str, Any]]:
        """Return an operation on a grid picked at random, whether it makes sense or not."""
        keys = list(self.fabric.grids)
        key = keys[self.rng.integers(len(keys))]
        held = self.fabric.grids[key]
        neighbours = [
            other
            for other in self.fabric.near(held.polygon.bounds)
            if other != key and shapely.touches(self.fabric.grids[other].polygon, held.polygon)
        ]
        other = neighbours[self.rng.integers(len(neighbours))] if neighbours else key
        arguments = getattr(self, f"_{name}", self._keyed)(key, other)
        return name.split("_", maxsplit=1)[0] if name.startswith("transfer") else name, arguments

    def _keyed(self, key: str, _: str) -> dict[str, Any]:
        return {"key": key, "keys": [key], "within_m": 15.0, "n": 2}

    def _split(self, key: str, _: str) -> dict[str, Any]:
        polygon = self.fabric.grids[key].polygon
        west, south, east, north = polygon.bounds
        middle = shapely.get_coordinates(polygon.point_on_surface())[0]
        middle += self.rng.normal(0, 0.15, 2) * (east - west, north - south)
        heading = self.rng.uniform(0, np.pi)
        reach = (east - west) * self.rng.uniform(0.3, 1.5, 2)  # some end inside
        along = np.array([np.cos(heading), np.sin(heading)])
        bend = middle + self.rng.normal(0, 0.1, 2) * (east - west)
        return {
            "key": key,
            "line": shapely.LineString([middle - reach[0] * along, bend, middle + reach[1] * along]),
        }

    def _merge(self, key: str, other: str) -> dict[str, Any]:
        return {"keys": [key, other]}

    def _move_vertex(self, key: str, _: str) -> dict[str, Any]:
        ring = rings_of(self.fabric.grids[key].polygon)[0]
        vertex = ring[self.rng.integers(len(ring))]
        return {"vertex": vertex, "to": tuple((vertex + self.rng.normal(0, 1.5e-4, 2)).tolist())}

    def _move_edge(self, key: str, other: str) -> dict[str, Any]:
        common = shapely.intersection(*(self.fabric.grids[k].polygon for k in (key, other)))
        line = shapely.line_merge(common) if common.geom_type != "Point" else shapely.LineString([(0, 0)] * 2)
        line = shapely.get_geometry(line, 0) if line.geom_type != "LineString" else line
        if line is None or line.geom_type != "LineString":
            line = shapely.LineString([(0, 0), (0, 1)])
        first, last = np.sort(self.rng.uniform(0, 1, 2))
        places = shapely.line_interpolate_point(line, [first, (first + last) / 2, last], normalized=True)
        path = shapely.get_coordinates(places)
        path[1] += self.rng.normal(0, 1.5e-4, 2)
        return {"keys": [key, other], "path": shapely.LineString(path)}

    def _transfer_ground(self, key: str, other: str) -> dict[str, Any]:
        common = shapely.intersection(*(self.fabric.grids[k].polygon for k in (key, other)))
        blob = shapely.buffer(shapely.centroid(common), self.rng.uniform(1e-4, 6e-4), quad_segs=2)
        return {"polygon": blob, "to": other}

    def _transfer_building(self, key: str, other: str) -> dict[str, Any]:
        rows = self.fabric.buildings.within(self.fabric.grids[key].polygon)
        ids = self.fabric.buildings.ids
        row = rows[self.rng.integers(len(rows))] if len(rows) else 0
        return {"building": str(ids[row]), "to": other}

    def _renumber(self, key: str, _: str) -> dict[str, Any]:
        return {"community": self.fabric.grids[key].community}


def not_whole(fabric: Fabric) -> list[str]:
    """The buildings that no one grid has, to a centimetre."""
    shrunk = shapely.buffer(fabric.buildings.polygons, -1e-7, join_style="mitre")
    polygons = np.array([held.polygon for held in fabric.grids.values()], dtype=object)
    building, _ = shapely.STRtree(polygons).query(shrunk, predicate="covered_by")
    return [*fabric.buildings.ids[np.bincount(building, minlength=len(shrunk)) != 1]]


def not_once(fabric: Fabric, points: int, seed: int) -> int:
    """How many of some random points in communities are not inside exactly one grid."""
    whole = shapely.union_all([*fabric.outlines.values()])
    west, south, east, north = whole.bounds
    places = np.random.default_rng(seed).uniform((west, south), (east, north), (points, 2))
    places = shapely.points(places)
    shapely.prepare(whole)
    places = places[shapely.contains_properly(whole, places)]
    polygons = np.array([held.polygon for held in fabric.grids.values()], dtype=object)
    point, _ = shapely.STRtree(polygons).query(places, predicate="within")
    return int((np.bincount(point, minlength=len(places)) != 1).sum())
