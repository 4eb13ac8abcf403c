"""Foreign polygons made into one exact coverage, with every piece of ground that changed hands.

All linework is noded and polygonized, so that whatever the polygons do to each other becomes faces; each
face is given to one grid, and a grid is the union of its faces. Two grids then share their border vertex for
vertex because they share the faces' edges.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.geometry.adjacency import Adjacency, adjacency
from gridgis.geometry.coverage import NOISE_M2, SLIVER_QUOTIENT
from gridgis.geometry.measurement import area_m2, length_m

Objects = NDArray[Any]
NOBODY = -1

#: Why ground changed hands: nobody had it, several had it, it hung on its grid by no edge, its grid was all
#: border, or it lay beyond the outline of its grid's parent.
REASONS = ("gap", "overlap", "detached", "sliver", "outside")


@dataclass(frozen=True, slots=True)
class Move:
    """A face that changed hands.

    Attributes
    ----------
    reason
        One of `REASONS`.
    given_by
        Grids that had it, ascending, without the one that has it now.
    given_to
        The grid that has it now; "" where nobody has.
    area_m2, place
        How much, and where (EPSG:4326).
    """

    reason: str
    given_by: tuple[str, ...]
    given_to: str
    area_m2: float
    place: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Mended:
    """The coverage, aligned with the grids given; ``None`` where neighbours took a grid in whole."""

    polygons: Objects
    moves: list[Move]
    area_change_m2: NDArray[np.float64]


def mended(
    codes: ArrayLike, polygons: ArrayLike, parents: ArrayLike, outlines: Mapping[str, Any], *, srid: int
) -> Mended:
    """Return the polygons as a coverage without gaps, overlaps, slivers and loose parts.

    Ground of several grids goes to that of them with whose undisputed ground it shares the longest border, a
    gap to the neighbour with the longest border; a grid that lies on others everywhere keeps the largest face
    it claims. A loose part stays only where no other grid lies beside it.

    Parameters
    ----------
    codes, polygons, parents
        Aligned, one entry a grid; polygons valid, EPSG:4326.
    outlines
        Parent -> polygon in EPSG:4326 that its grids are to fill and not to leave; elsewhere what the grids
        enclose is filled.
    srid
        Metric CRS of the areas and lengths.
    """
    names, shapes = np.asarray(codes, dtype=object), np.asarray(polygons, dtype=object)
    ground = _ground(shapes, np.asarray(parents, dtype=object), outlines, srid)
    _settle(ground, srid)
    united = np.full(len(shapes), None, dtype=object)
    for grid, faces in _faces_by_owner(ground.owner).items():
        united[grid] = _united(ground.faces[faces])
    change = np.nan_to_num(area_m2(united, srid)) - area_m2(shapes, srid)
    return Mended(united, _moves(ground, names), change)


@dataclass(slots=True)
class _Ground:
    """Faces, who claimed them in the beginning, whose they are now, and who may not have them."""

    faces: Objects
    areas_m2: NDArray[np.float64]
    home: Objects  # parent each face lies in, "" beyond the outlines
    grid_home: Objects  # parent of each grid, "" where its outline is not known
    claims: list[tuple[int, ...]]  # grids that had the face
    lawful: list[tuple[int, ...]]  # of these, the grids whose parent it lies in
    beside: list[list[tuple[int, float]]]  # per face, (face, metres of common border)
    owner: NDArray[np.int64]
    released: list[tuple[str, int] | None]  # why a face was taken from which grid
    barred: list[set[int]]

    def candidates(self, face: int) -> dict[int, float]:
        """Return the grids that may take the face, with the border they share with it in metres."""
        claims = () if self.released[face] else self.lawful[face]
        found: dict[int, float] = defaultdict(float)
        for near, shared_m in self.beside[face]:
            grid = int(self.owner[near])
            allowed = grid != NOBODY and self.grid_home[grid] == self.home[face]
            if allowed and grid not in self.barred[face] and (not claims or grid in claims):
                found[grid] += shared_m
        return found

    def release(self, faces: list[int], reason: str) -> None:
        """Take faces from their grid for good."""
        for face in faces:
            grid = int(self.owner[face])
            self.released[face] = self.released[face] or (reason, grid)
            self.barred[face].add(grid)
            self.owner[face] = NOBODY


def _ground(shapes: Objects, parents: Objects, outlines: Mapping[str, Any], srid: int) -> _Ground:
    known = sorted(set(parents) & set(outlines))
    lines = [*shapely.boundary(shapes), *(shapely.boundary(outlines[parent]) for parent in known)]
    noded = shapely.get_parts(shapely.union_all(lines))
    faces = shapely.get_parts(shapely.polygonize(noded))
    inside = shapely.point_on_surface(faces)
    home = np.full(len(faces), "", dtype=object)
    for parent in known:
        outline = outlines[parent]
        shapely.prepare(outline)
        home[shapely.intersects(outline, inside)] = parent
    grid_home = np.where(np.isin(parents, known), parents, "")
    pairs = np.column_stack(shapely.STRtree(shapes).query(inside, predicate="intersects"))
    return _Ground(
        faces=faces,
        areas_m2=area_m2(faces, srid),
        home=home,
        grid_home=grid_home,
        claims=_claims(len(faces), pairs),
        lawful=_claims(len(faces), pairs[grid_home[pairs[:, 1]] == home[pairs[:, 0]]]),
        beside=_beside(len(faces), adjacency(faces, srid)),
        owner=np.full(len(faces), NOBODY, dtype=np.int64),
        released=[None] * len(faces),
        barred=[set() for _ in faces],
    )


def _claims(count: int, pairs: NDArray[np.int64]) -> list[tuple[int, ...]]:
    claims: list[list[int]] = [[] for _ in range(count)]
    for face, grid in pairs.tolist():
        claims[face].append(grid)
    return [tuple(sorted(grids)) for grids in claims]


def _beside(count: int, neighbours: Adjacency) -> list[list[tuple[int, float]]]:
    beside: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for a, b, shared_m in zip(*(values.tolist() for values in neighbours), strict=True):
        beside[a].append((b, shared_m))
        beside[b].append((a, shared_m))
    return beside


def _settle(ground: _Ground, srid: int) -> None:
    """Give every face its grid, until none is loose or all border."""
    _give_undisputed(ground)
    _grow(ground)
    while True:
        loose = _loose(ground)
        for faces in loose:
            ground.release(faces, "detached")
        if loose:
            _grow(ground)
            continue
        slivers = _slivers(ground, srid)
        if not slivers:
            return
        ground.release(slivers[0], "sliver")  # one at a time: the next may be mended by it
        _grow(ground)


def _give_undisputed(ground: _Ground) -> None:
    own: list[list[int]] = [[] for _ in ground.grid_home]
    for face, lawful in enumerate(ground.lawful):
        for grid in lawful:
            own[grid].append(face)
        if len(lawful) == 1:
            ground.owner[face] = lawful[0]
    has_ground = set(ground.owner.tolist())
    for grid in sorted(range(len(own)), key=lambda g: (ground.areas_m2[own[g]].sum(), g)):
        free = [face for face in own[grid] if ground.owner[face] == NOBODY]
        if grid not in has_ground and free:
            ground.owner[max(free, key=lambda face: ground.areas_m2[face])] = grid


def _grow(ground: _Ground) -> None:
    """Give the faces of nobody away, always the one with the longest common border first."""
    heap: list[tuple[float, int, int]] = []

    def offer(face: int) -> None:
        for grid, shared_m in ground.candidates(face).items():
            heapq.heappush(heap, (-shared_m, face, grid))

    for face in np.flatnonzero(ground.owner == NOBODY).tolist():
        offer(face)
    while heap:
        _, face, grid = heapq.heappop(heap)  # an older offer of the pair was smaller, so comes later
        if ground.owner[face] != NOBODY:
            continue
        ground.owner[face] = grid
        for near, _ in ground.beside[face]:
            if ground.owner[near] == NOBODY:
                offer(near)


def _loose(ground: _Ground) -> list[list[int]]:
    """Return the parts of grids, less the largest of each, that another grid could take."""
    found = []
    for grid, faces in _faces_by_owner(ground.owner).items():
        parts = _parts(faces, ground)
        parts.sort(key=lambda part: -ground.areas_m2[part].sum())
        found += [part for part in parts[1:] if _wanted(part, grid, ground)]
    return found


def _slivers(ground: _Ground, srid: int) -> list[list[int]]:
    held = _faces_by_owner(ground.owner)
    whole = np.array([_united(ground.faces[faces]) for faces in held.values()], dtype=object)
    around = length_m(whole, srid)
    thin = 4 * np.pi * area_m2(whole, srid) < SLIVER_QUOTIENT * around * around
    return [
        faces
        for (grid, faces), is_thin in zip(held.items(), thin, strict=True)
        if is_thin and _wanted(faces, grid, ground)
    ]


def _wanted(part: list[int], grid: int, ground: _Ground) -> bool:
    """Whether some other grid of the parent lies beside the part and may take it."""
    return any(
        ground.owner[near] not in {grid, NOBODY}
        and ground.grid_home[ground.owner[near]] == ground.home[face]
        and int(ground.owner[near]) not in ground.barred[face]
        for face in part
        for near, _ in ground.beside[face]
    )


def _parts(faces: list[int], ground: _Ground) -> list[list[int]]:
    """Return a grid's faces in groups that hang together by edges."""
    left, parts = set(faces), []
    while left:
        part = [left.pop()]
        for face in part:  # grows while it is walked
            near = [other for other, _ in ground.beside[face] if other in left]
            left.difference_update(near)
            part += near
        parts.append(sorted(part))
    return parts


def _faces_by_owner(owner: NDArray[np.int64]) -> dict[int, list[int]]:
    held: dict[int, list[int]] = {}
    for face, grid in enumerate(owner.tolist()):
        if grid != NOBODY:
            held.setdefault(grid, []).append(face)
    return held


def _united(faces: Objects) -> shapely.Geometry:
    whole = faces[0] if len(faces) == 1 else shapely.coverage_union_all(faces)
    parts = shapely.get_parts(whole)
    return shapely.orient_polygons(parts[0] if len(parts) == 1 else whole, exterior_cw=False)


def _moves(ground: _Ground, names: Objects) -> list[Move]:
    moves = []
    for face, claims in enumerate(ground.claims):
        grid, released = int(ground.owner[face]), ground.released[face]
        if claims == ((grid,) if grid != NOBODY else ()) or ground.areas_m2[face] < NOISE_M2:
            continue
        reason = released[0] if released else _reason(len(claims), grid)
        givers = tuple(str(names[g]) for g in sorted(claims, key=lambda g: names[g]) if g != grid)
        taker = "" if grid == NOBODY else str(names[grid])
        moves.append(Move(reason, givers, taker, float(ground.areas_m2[face]), ground.faces[face]))
    return sorted(moves, key=lambda move: (REASONS.index(move.reason), -move.area_m2))


def _reason(claims: int, grid: int) -> str:
    if grid == NOBODY:
        return "outside"
    return "overlap" if claims > 1 else "outside" if claims else "gap"
