"""A community divided into grids of about equal households, from building blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.geometry.crs import geometries_to_metric
from gridgis.planning.barriers import Lines
from gridgis.planning.blocks import Blocks, block_units, building_blocks
from gridgis.planning.constraints import Obstacle
from gridgis.planning.design import Progress, Weights
from gridgis.planning.fields import Field, fields, grouped, known_obstacles
from gridgis.planning.measures import Measure, measures
from gridgis.planning.numbering import sequence_numbers
from gridgis.planning.partition import Units, pieces, tally

Objects = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Ground:
    """A community ready to be divided: its blocks, their graph, and how many grids there will be."""

    community: str
    blocks: Blocks
    units: Units
    parts: list[Field]
    obstacles: list[Obstacle]

    @property
    def zones(self) -> int:
        """How many grids there will be."""
        return sum(part.zones for part in self.parts)

    def search(self, *, seed: int, weights: Weights, tolerance: float, effort: float) -> Iterator[Progress]:
        """Yield better and better divisions; see `fields.grouped`."""
        return grouped(self.units, self.parts, seed=seed, weights=weights, tolerance=tolerance, effort=effort)


@dataclass(frozen=True, slots=True)
class Divided:
    """The grids of a community, in the order of their numbers.

    Attributes
    ----------
    polygons
        EPSG:4326; they tile the outline.
    households, buildings
        What each holds.
    measures
        The figures of the division, each with its reason; their zones are places in `polygons`.
    """

    community: str
    polygons: Objects
    households: NDArray[np.float64]
    buildings: NDArray[np.int64]
    measures: list[Measure]
    obstacles: list[Obstacle]


def ground(
    community: str,
    outline: shapely.Geometry,
    buildings: Objects,
    households: NDArray[np.float64],
    lines: Lines,
    *,
    target: float,
    tolerance: float,
    srid: int,
) -> Ground:
    """Prepare a community: one grid for each `target` households, at least one for each island.

    Parameters
    ----------
    community
        Its code, for messages.
    outline, buildings, lines
        EPSG:4326; buildings with their point on surface in the outline, lines at least those that meet it.
        Barriers make islands of their own.
    households
        Of each building.
    """
    blocks = building_blocks(outline, buildings, srid)
    load = np.bincount(blocks.block, households, minlength=len(blocks.polygons)).astype(np.float64)
    units = block_units(blocks.polygons, load, lines, srid)
    names = np.array([f"{community}, block {k + 1}" for k in range(len(load))], dtype=object)
    islands = int(pieces(units, np.zeros(len(load), dtype=np.int32)).max()) + 1
    wanted = max(round(float(load.sum()) / target), islands)
    parts = fields(units, names, np.full(len(load), community, dtype=object), min(wanted, len(load)))
    return Ground(community, blocks, units, parts, known_obstacles(units, parts, names, tolerance))


def divided(place: Ground, found: Progress, srid: int) -> Divided:
    """Return the grids of a division, numbered as `numbering.sequence_numbers` wants."""
    polygons = _polygons(place, found)
    number = sequence_numbers(geometries_to_metric(polygons, srid)) - 1
    order = np.argsort(number)
    names = np.array([f"{place.community} grid {k + 1}" for k in number], dtype=object)
    return Divided(
        community=place.community,
        polygons=polygons[order],
        households=tally(place.units, found.zone, place.zones).load[order],
        buildings=np.bincount(found.zone[place.blocks.block], minlength=place.zones)[order],
        measures=[
            measure if measure.zone is None else replace(measure, zone=int(number[measure.zone]))
            for measure in measures(place.units, found.zone, place.zones, names=names)
        ],
        obstacles=place.obstacles,
    )


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a division looks like while it is searched, to be seen and not to be kept.

    Attributes
    ----------
    polygons
        EPSG:4326, in the order of the search's zones; simplified together, so that neighbours still share
        their borders.
    households, buildings
        What each holds.
    """

    polygons: Objects
    households: NDArray[np.float64]
    buildings: NDArray[np.int64]


def sketched(place: Ground, found: Progress) -> Sketch:
    """Return a picture of a division, in a fraction of the time that `divided` takes."""
    drawn = shapely.coverage_simplify(_polygons(place, found), _SKETCH)
    return Sketch(
        shapely.transform(drawn, lambda points: np.round(points, _DECIMALS)),
        tally(place.units, found.zone, place.zones).load,
        np.bincount(found.zone[place.blocks.block], minlength=place.zones),
    )


#: Detail that a sketch goes without, in degrees (four metres or so), and the decimals of its coordinates.
_SKETCH, _DECIMALS = 4e-5, 6


def _polygons(place: Ground, found: Progress) -> Objects:
    return np.array(
        [_one(place.blocks.polygons[found.zone == zone]) for zone in range(place.zones)], dtype=object
    )


def _one(blocks: Objects) -> shapely.Geometry:
    whole = shapely.coverage_union_all(blocks)
    parts = shapely.get_parts(whole)
    return shapely.orient_polygons(parts[0] if len(parts) == 1 else whole, exterior_cw=False)
