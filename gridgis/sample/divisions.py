"""Dividing the city into districts, streets, communities and grids, each exactly filling its parent."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from gridgis.errors import InvalidInput
from gridgis.geometry.tessellation import Chord, Tessellation, find_chord
from gridgis.sample.city import CitySpec, Place

_ANGLES = 24
_COAST_STEP_M = 260.0
#: What a line of the tessellation divides, outermost first; roads take their class from it.
RANKS = ("district", "street", "community", "grid")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A division to be given its land."""

    place: Place
    x: float
    y: float
    area: float  # relative to its siblings
    density: float
    children: tuple[_Unit, ...] = ()

    @property
    def sites(self) -> list[tuple[float, float, float]]:
        """Where its land should be: x, y and weight of its streets' centres, or of its own."""
        inner = [site for child in self.children for site in child.sites if not np.isnan(site[0])]
        return inner or [(self.x, self.y, self.area)]


@dataclass
class Land:
    """The city divided into grids, still with straight lines.

    Attributes
    ----------
    communities
        In order of code.
    community_of
        (grids,) index into ``communities``.
    density
        (grids,) relative density of people.
    line_rank
        (lines,) index into ``RANKS``.
    """

    spec: CitySpec
    tessellation: Tessellation
    communities: list[Place]
    community_of: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    density: np.ndarray = field(default_factory=lambda: np.empty(0))
    line_rank: np.ndarray = field(default_factory=lambda: np.empty(0, np.int8))


def divide(spec: CitySpec, rng: np.random.Generator) -> Land:
    """Return a city's land divided down to its grids.

    Raises
    ------
    InvalidInput
        Fewer grids than communities, or more than 999 in one of them.
    """
    communities = spec.at_level("community")
    total = spec.grids if isinstance(spec.grids, int) else sum(spec.grids.values())
    if total < len(communities):
        raise InvalidInput(
            f"{total} grids are too few: {spec.name} has {len(communities)} communities, each needs one",
            field="grids",
        )
    tessellation = Tessellation.of(_rough(spec.outline_m, rng), total)
    face_of: dict[str, tuple[int, float]] = {}
    ranks: list[int] = []
    _settle(tessellation, 0, _zones(spec, rng), 0, (face_of, ranks), rng)
    faces = [face_of[c.code][0] for c in communities]
    density = np.array([face_of[c.code][1] for c in communities])
    counts = _counts(spec, communities, np.array([tessellation.area_m2(f) for f in faces]) * density)
    land = Land(spec, tessellation, communities)
    community_of = np.empty(total, np.int64)
    for index, (face, count) in enumerate(zip(faces, counts, strict=True)):
        first = tessellation.faces
        tessellation.split(face, int(count), rng)
        community_of[[face, *range(first, tessellation.faces)]] = index
        ranks.extend([len(RANKS) - 1] * (int(count) - 1))
    land.community_of, land.density = community_of, density[community_of]
    land.line_rank = np.array(ranks, np.int8)
    return land


def _rough(ring: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return an outline of equal area with the bays a hand-drawn one lacks (midpoint displacement)."""
    rough, roughness = ring, 0.10
    while True:
        step = np.roll(rough, -1, axis=0) - rough
        if np.median(np.hypot(*step.T)) < _COAST_STEP_M:
            break
        shift = rng.normal(0, roughness, len(rough)).clip(-0.2, 0.2)[:, None] * np.column_stack(
            [-step[:, 1], step[:, 0]]
        )
        rough = np.stack([rough, rough + step / 2 + shift], axis=1).reshape(-1, 2)
    if not shapely.is_valid(shapely.polygons(rough)):
        return ring
    scale = np.sqrt(shapely.area(shapely.polygons(ring)) / shapely.area(shapely.polygons(rough)))
    return ring.mean(axis=0) + (rough - ring.mean(axis=0)) * scale


def _zones(spec: CitySpec, rng: np.random.Generator) -> tuple[_Unit, ...]:
    """Return the city's districts as units; one with streets apart becomes two."""
    zones = []
    for district in spec.at_level("district"):
        streets = spec.children(district.code)
        for apart in (False, True):
            part = [_street(spec, s, rng) for s in streets if (s.code in spec.apart) is apart]
            if part:
                zones.append(_around(district, part))
    return tuple(zones)


def _street(spec: CitySpec, street: Place, rng: np.random.Generator) -> _Unit:
    density = 1.0 if np.isnan(street.density) else street.density
    children = tuple(
        _Unit(c, np.nan, np.nan, float(size), density * float(busy))
        for c in spec.children(street.code)
        for size, busy in [np.exp(rng.normal(0, (0.45, 0.22)))]
    )
    if not children:
        raise InvalidInput(f"street {street.code} has no community to hold its grids", field="places")
    given = not np.isnan(street.area_km2)
    area = street.area_km2 if given else sum(c.area for c in children)
    if np.isnan(street.lon):
        return _Unit(street, np.nan, np.nan, area, density, children)
    x, y = spec.to_metres(np.array([[street.lon, street.lat]]))[0]
    return _Unit(street, float(x), float(y), area, density, children)


def _around(district: Place, streets: list[_Unit]) -> _Unit:
    area = sum(s.area for s in streets)
    x, y = (sum(getattr(s, axis) * s.area for s in streets) / area for axis in "xy")
    return _Unit(district, x, y, area, 1.0, tuple(streets))


def _settle(
    tessellation: Tessellation,
    face: int,
    units: tuple[_Unit, ...],
    rank: int,
    found: tuple[dict[str, tuple[int, float]], list[int]],
    rng: np.random.Generator,
) -> None:
    """Give every unit its part of a face, cutting between groups of neighbours first, then inside each."""
    while len(units) == 1:
        unit = units[0]
        if not unit.children:
            found[0][unit.place.code] = (face, unit.density)
            return
        units, rank = unit.children, rank + 1
    chord, first, second = _best_cut(tessellation.ring(face), units, rng)
    size = np.sqrt(tessellation.area_m2(face) / len(units) / 20)
    before, after = tessellation.cut(face, chord, float(size))
    found[1].append(rank)
    _settle(tessellation, before, first, rank, found, rng)
    _settle(tessellation, after, second, rank, found, rng)


def _best_cut(
    ring: np.ndarray, units: tuple[_Unit, ...], rng: np.random.Generator
) -> tuple[Chord, tuple[_Unit, ...], tuple[_Unit, ...]]:
    """Return the chord that best divides a ring among units: round pieces, each unit near its centre."""
    x, y = np.ascontiguousarray(ring.T)
    centres = np.array([[u.x, u.y] for u in units])
    sites = np.array([site for u in units for site in u.sites])
    owner = np.repeat(np.arange(len(units)), [len(u.sites) for u in units])
    areas = np.array([u.area for u in units])
    placed = not np.isnan(centres).any()
    scale = np.sqrt(np.ptp(x) * np.ptp(y))
    best, score = None, -np.inf
    for angle in (np.arange(_ANGLES) + rng.random()) * (2 * np.pi / _ANGLES):
        along = centres @ [np.cos(angle), np.sin(angle)]
        order = np.argsort(along, kind="stable") if placed else np.arange(len(units))
        shares = np.cumsum(areas[order])[:-1] / areas.sum()
        for k in np.argsort(np.abs(shares - 0.5), kind="stable")[: 6 if placed else 1]:
            chord = find_chord(x, y, angle, shares[k])
            value = chord.roundness - 2 * abs(chord.low_share - shares[k]) - 0.3 * abs(shares[k] - 0.5)
            if placed:
                value -= 6 * _astray(sites, np.isin(owner, order[: k + 1]), angle, chord.offset) / scale
            if chord.length and value > score:
                best, score = (chord, order[: k + 1], order[k + 1 :]), value
    if best is None:
        raise InvalidInput(f"no straight line divides the land of {units[0].place.name}", field="outline")
    chord, first, second = best
    return chord, tuple(units[i] for i in first), tuple(units[i] for i in second)


def _astray(sites: np.ndarray, first: np.ndarray, angle: float, offset: float) -> float:
    """Return how far, on average, sites lie on the wrong side of a line, in metres."""
    beyond = sites[:, :2] @ [np.cos(angle), np.sin(angle)] - offset
    weight = np.sqrt(sites[:, 2])
    return float(np.sum(np.maximum(0, np.where(first, beyond, -beyond)) * weight) / weight.sum())


def _counts(spec: CitySpec, communities: list[Place], weights: np.ndarray) -> np.ndarray:
    """Return how many grids each community gets: at least one, the rest by largest remainder."""
    if not isinstance(spec.grids, int):
        return np.array([spec.grids[c.code] for c in communities], np.int64)
    counts = 1 + apportioned(
        spec.grids - len(communities), np.maximum(weights / weights.sum() * spec.grids - 1, 0)
    )
    if counts.max() > 999:
        fullest = communities[int(np.argmax(counts))]
        raise InvalidInput(
            f"community {fullest.code} {fullest.name} would get {counts.max()} grids; 999 is the most",
            field="grids",
        )
    return counts


def apportioned(total: int, weights: np.ndarray) -> np.ndarray:
    """Divide a whole number by weights (not all 0) by largest remainder; the parts add up to it exactly."""
    exact = total * weights / weights.sum()
    parts = np.floor(exact).astype(np.int64)
    rest = total - int(parts.sum())
    parts[np.argsort(parts - exact, kind="stable")[:rest]] += 1
    return parts
