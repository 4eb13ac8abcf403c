"""Grids as one coverage: gaps, overlaps, and borders that do not meet vertex for vertex."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.geometry.measurement import area_m2, ground_m2, length_m

Objects = NDArray[Any]

#: What a finding may be. A gap is ground of the parent, or enclosed by its grids, that no grid has. An
#: unshared vertex lies on a neighbour's edge without being its vertex: any later rounding opens a crack
#: there. A sliver is all border and no ground.
KINDS = ("gap", "overlap", "unshared_vertex", "multipart", "outside", "sliver")

#: Area over perimeter squared, times four pi (1 for a circle): below this a grid is a sliver, as is a
#: strip more than 60 times as long as wide.
SLIVER_QUOTIENT = 0.05
#: Differences of area below a square centimetre are what rounding of shared borders leaves.
NOISE_M2 = 1e-4
#: A vertex this near an edge, in degrees (a tenth of a millimetre), lies on it.
_ON_EDGE = 1e-9
#: What is this near, in degrees (a millimetre), is there.
_BESIDE = 1e-8


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where grids do not tile their parent.

    Attributes
    ----------
    kind
        One of `KINDS`.
    parent
        Key of the parent, a community's code; of grids of two parents, that of the lowest grid.
    codes
        The grids concerned, ascending; of a gap, those beside it.
    area_m2
        Of the gap, the overlap or the part outside; of a multipart or sliver, the whole grid; of vertices 0.
        Edges are straight in degrees, as they are stored and as points are located; see `ground_m2`.
    place
        Where, EPSG:4326: a polygon, or the points of unshared vertices.
    """

    kind: str
    parent: str
    codes: tuple[str, ...]
    area_m2: float
    place: shapely.Geometry

    def is_within(self, others: Iterable[Finding]) -> bool:
        """Whether it lies in a fault of the same kind among some others, to a millimetre."""
        return any(
            self.kind == other.kind and other.place.buffer(_BESIDE).covers(self.place) for other in others
        )


@dataclass(frozen=True, slots=True)
class CoverageCheck:
    """The findings, and per parent of known outline which share of it its grids cover (R19)."""

    findings: list[Finding]
    ratio: dict[str, float]

    def total_m2(self, kind: str) -> float:
        """Return the area of all findings of one kind."""
        return sum(finding.area_m2 for finding in self.findings if finding.kind == kind)


class _Draft(NamedTuple):
    """A finding before it is measured: the rows of its grids, and the parent where the rows do not say."""

    kind: str
    rows: Any
    place: shapely.Geometry
    parent: str | None = None


def check_coverage(
    codes: ArrayLike, polygons: ArrayLike, parents: ArrayLike, outlines: Mapping[str, Any], *, srid: int
) -> CoverageCheck:
    """Check that the grids of each parent tile it.

    Overlaps and vertices are looked for among all grids, whatever their parents; gaps and what sticks out
    within each parent.

    Parameters
    ----------
    codes, polygons, parents
        Aligned, one entry a grid; polygons valid, EPSG:4326.
    outlines
        Parent -> polygon in EPSG:4326, where it is known; elsewhere a gap is what the parent's grids
        enclose and no grid has.
    srid
        Metric CRS of the areas.

    Returns
    -------
    CoverageCheck
        Findings by parent and kind, the largest first.
    """
    order = np.argsort(np.asarray(codes, dtype=object), kind="stable")
    names = np.asarray(codes, dtype=object)[order]
    shapes = np.asarray(polygons, dtype=object)[order]
    owners = np.asarray(parents, dtype=object)[order]
    tree = shapely.STRtree(shapes)
    faulty = shapely.coverage_invalid_edges(shapes)
    dirty = ~shapely.is_empty(faulty)

    drafts = [*_alone(shapes, srid)]
    if dirty.any():
        drafts += _between(shapes, faulty, np.flatnonzero(dirty), tree)
    ratio: dict[str, float] = {}
    for parent in sorted(set(owners)):
        rows = np.flatnonzero(owners == parent)
        ground = _united(shapes[rows], dirty[rows].any())
        gaps, outside = _against(ground, outlines.get(parent), shapes, tree)
        drafts += [_Draft("gap", _beside(gap, tree), gap, parent) for gap in gaps]
        drafts += [
            _Draft("outside", rows[shapely.intersects(shapes[rows], part)], part, parent) for part in outside
        ]
        if parent in outlines:
            whole_m2 = float(ground_m2([outlines[parent]], srid)[0])
            ratio[parent] = 1.0 - float(ground_m2(gaps, srid).sum()) / whole_m2
    return CoverageCheck(_measured(drafts, names, owners, srid), ratio)


def simplified(polygons: ArrayLike, tolerance: float) -> Objects:
    """Return the polygons with fewer vertices and still without gaps or overlaps.

    Shared borders are simplified once, together; simplified one by one they would open at low zooms.

    Parameters
    ----------
    polygons
        A valid coverage in any one CRS.
    tolerance
        Side, in units of the CRS, of the largest square a corner may lose (Visvalingam-Whyatt).
    """
    return shapely.coverage_simplify(np.asarray(polygons, dtype=object), tolerance)


def _alone(shapes: Objects, srid: int) -> Iterator[_Draft]:
    """Find what is wrong with a grid by itself."""
    for row in np.flatnonzero(shapely.get_num_geometries(shapes) > 1):
        yield _Draft("multipart", [row], shapes[row])
    around = length_m(shapes, srid)
    quotient = 4 * np.pi * area_m2(shapes, srid) / np.maximum(around * around, 1e-12)
    for row in np.flatnonzero(quotient < SLIVER_QUOTIENT):
        yield _Draft("sliver", [row], shapes[row])


def _between(shapes: Objects, faulty: Objects, dirty: Any, tree: shapely.STRtree) -> Iterator[_Draft]:
    """Find overlaps and unshared vertices of the grids that have a faulty edge, with any other."""
    one, other = tree.query(shapes[dirty], predicate="intersects")
    one = dirty[one]
    apart = one != other
    one, other = one[apart], other[apart]
    # an overlap is seen from either side, or from one only when the other grid encloses it
    pairs = np.unique(np.sort(np.column_stack((one, other)), axis=1), axis=0)
    common = shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]])
    for (a, b), place in zip(pairs, common, strict=True):
        if (ground := _ground(place)) is not None:
            yield _Draft("overlap", [a, b], ground)
    yield from _unshared(shapes, faulty, one, other)


def _unshared(shapes: Objects, faulty: Objects, one: Any, other: Any) -> Iterator[_Draft]:
    """Find vertices of `other` on a faulty edge of `one` where that has none."""
    points, pair = shapely.get_coordinates(shapes[other], return_index=True)
    west, south, east, north = shapely.bounds(faulty[one])[pair].T
    x, y = points.T
    near = (x >= west - _ON_EDGE) & (x <= east + _ON_EDGE) & (y >= south - _ON_EDGE) & (y <= north + _ON_EDGE)
    vertices, pair = shapely.points(points[near]), pair[near]
    shapely.prepare(faulty)
    touching = shapely.dwithin(faulty[one[pair]], vertices, _ON_EDGE)
    vertices, pair = vertices[touching], pair[touching]
    corners = np.full(len(shapes), None, dtype=object)
    for row in np.unique(one[pair]):
        corners[row] = shapely.multipoints(shapely.get_coordinates(shapes[row]))
    alone = shapely.distance(corners[one[pair]], vertices) > 0.0
    vertices, pair = vertices[alone], pair[alone]
    for k in np.unique(pair):
        yield _Draft("unshared_vertex", [one[k], other[k]], shapely.union_all(vertices[pair == k]))


def _united(shapes: Objects, dirty: bool) -> shapely.Geometry:
    return shapely.union_all(shapes) if dirty else shapely.coverage_union_all(shapes)


def _against(
    ground: shapely.Geometry, outline: Any, shapes: Objects, tree: shapely.STRtree
) -> tuple[list[Any], list[Any]]:
    """Return the gaps in a parent's ground, and the parts of it beyond the parent's outline."""
    if outline is not None:
        return _parts(shapely.difference(outline, ground)), _parts(shapely.difference(ground, outline))
    gaps: list[Any] = []
    for part in shapely.get_parts(ground):
        for hole in part.interiors:
            enclosed = shapely.Polygon(hole)
            others = shapely.union_all(shapes[tree.query(enclosed, predicate="intersects")])
            gaps += _parts(shapely.difference(enclosed, others))
    return gaps, []


def _beside(gap: shapely.Geometry, tree: shapely.STRtree) -> Any:
    return tree.query(gap, predicate="dwithin", distance=_ON_EDGE)


def _ground(place: shapely.Geometry) -> shapely.Geometry | None:
    """Return the polygons of a geometry as one, ``None`` if it has none."""
    parts = _parts(place)
    return None if not parts else parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _parts(place: shapely.Geometry) -> list[Any]:
    return [part for part in shapely.get_parts(place) if shapely.get_dimensions(part) == 2]


def _measured(drafts: list[_Draft], names: Objects, owners: Objects, srid: int) -> list[Finding]:
    areas_m2 = np.nan_to_num(ground_m2([draft.place for draft in drafts], srid))
    findings = []
    for draft, found_m2 in zip(drafts, areas_m2, strict=True):
        if draft.kind in {"gap", "overlap", "outside"} and found_m2 < NOISE_M2:
            continue
        rows = np.sort(np.asarray(draft.rows, dtype=int))
        parent = owners[rows[0]] if draft.parent is None else draft.parent
        codes = tuple(str(name) for name in names[rows])
        findings.append(Finding(draft.kind, str(parent), codes, float(found_m2), draft.place))
    return sorted(findings, key=lambda f: (f.parent, KINDS.index(f.kind), -f.area_m2, f.codes))
