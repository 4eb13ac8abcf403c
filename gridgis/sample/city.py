"""What a sample city is made to: its division tree, its place and size, and how many grids it has."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gridgis.errors import InvalidInput
from gridgis.geometry.crs import from_metric, to_metric

DATA = Path(__file__).parent / "data"

#: Said in every file's metadata, so that nobody takes the sample for a map.
STATEMENT = (
    "Invented by GridGIS: every shape, count, date and event in this file is generated from a seed. Only the "
    "names and codes of divisions are real. Outlines are hand-drawn approximations, not administrative "
    "boundaries."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A division with what is known of where it lies.

    Attributes
    ----------
    lon, lat
        Rough centre, EPSG:4326; NaN where it may lie anywhere in its parent.
    area_km2
        Rough area; NaN where it is for the seed to say.
    density
        Grids and people per area, relative to other places; NaN inherits the parent's.
    """

    code: str
    name: str
    level: str
    parent_code: str
    lon: float = np.nan
    lat: float = np.nan
    area_km2: float = np.nan
    density: float = np.nan


@dataclass(frozen=True, slots=True)
class CitySpec:
    """Everything that makes one sample city differ from another, the seed aside.

    Attributes
    ----------
    outline
        (n, 2) lon, lat of the city's rough outline, counter-clockwise, not closed.
    grids
        Number of grids in all, given to communities by area and density; or the number for each community
        code.
    apart
        Streets that lie detached from the rest of their district.
    """

    name: str
    root_code: str
    metric_srid: int
    places: tuple[Place, ...]
    outline: np.ndarray
    grids: int | Mapping[str, int]
    apart: frozenset[str] = field(default_factory=frozenset)

    def children(self, code: str) -> list[Place]:
        """Return the divisions directly under one, in order of code."""
        return sorted((p for p in self.places if p.parent_code == code), key=lambda p: p.code)

    def at_level(self, level: str) -> list[Place]:
        """Return the divisions of a level, in order of code."""
        return sorted((p for p in self.places if p.level == level), key=lambda p: p.code)

    @property
    def outline_m(self) -> np.ndarray:
        """The outline in the city's metric CRS, (n, 2) metres."""
        return self.to_metres(self.outline)

    def to_metres(self, lonlat: np.ndarray) -> np.ndarray:
        """Project (n, 2) lon, lat into the city's metric CRS."""
        return np.column_stack(to_metric(lonlat[:, 0], lonlat[:, 1], self.metric_srid))

    def to_lonlat(self, metres: np.ndarray) -> np.ndarray:
        """Return (n, 2) lon, lat rounded to 1e-7 degree (about 1 cm), the same numbers in every file."""
        return np.column_stack(from_metric(metres[:, 0], metres[:, 1], self.metric_srid)).round(7)


def shenzhen(grids: int = 16_000) -> CitySpec:
    """Return Shenzhen: the real tree of 9 districts, 79 streets and 788 communities, at its place and size.

    Names and codes are the statistical division codes of 2023 (edition and traps: data/README.md). The
    outline and the streets' centres, areas and densities are our own rough estimates.
    """
    with (DATA / "shenzhen.csv").open(encoding="utf-8", newline="") as file:
        places = tuple(
            Place(
                row["code"],
                row["name"],
                row["level"],
                row["parent_code"],
                *(float(row[key] or "nan") for key in ("lon", "lat", "area_km2", "density")),
            )
            for row in csv.DictReader(file)
        )
    outline = np.loadtxt(DATA / "shenzhen_outline.csv", delimiter=",", skiprows=1)
    dapeng = frozenset({"440307009", "440307010", "440307011"})
    return CitySpec("深圳市", "440300", 4547, places, outline, grids, dapeng)


def round_city(
    name: str,
    root_code: str,
    places: tuple[Place, ...],
    *,
    centre: tuple[float, float],
    area_km2: float,
    grids: int | Mapping[str, int],
    metric_srid: int,
) -> CitySpec:
    """Return a city of any tree in an outline of our making: a rough round of an area about a centre."""
    if area_km2 <= 0:
        raise InvalidInput(f"a city of {area_km2} km2 has no room", field="area_km2")
    turn = np.arange(48) * 2 * np.pi / 48
    radius = 1 + 0.10 * np.cos(2 * turn + 0.7) + 0.05 * np.cos(3 * turn - 1.1) + 0.03 * np.cos(5 * turn + 2.0)
    ring = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])
    x, y = ring.T
    unit_m2 = 0.5 * float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    spec = CitySpec(name, root_code, metric_srid, places, ring, grids)
    middle = spec.to_metres(np.array([centre]))
    outline = spec.to_lonlat(middle + ring * np.sqrt(area_km2 * 1e6 / unit_m2))
    return CitySpec(name, root_code, metric_srid, places, outline, grids)
