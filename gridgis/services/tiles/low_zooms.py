"""The outlines that tiles of low zooms draw: simplified as one coverage, and stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridgis.geometry.location import GridSet
from gridgis.geometry.simplification import dissolved, simplified
from gridgis.sql import tile_shapes as shapes_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Tolerance in metres of EPSG:3857 of each stored band: half a pixel (512 to a tile) of its deepest zoom.
BANDS = {"geom_z9": 76.0, "geom_z11": 19.0, "geom_z13": 4.8}

#: A division is the sum of its children where their areas agree to this share.
_SAME_AREA = 1e-3


def refresh_grids(session: Session) -> int:
    """Compute the simplified outlines of grids anew, store those that differ and return how many.

    To be called in the transaction that changes grids; until it is, their full outlines are drawn.
    Grids that are published for a later day are simplified with their own neighbours. A retired grid
    keeps the outline it had: beside a later neighbour it may be off by half a pixel.
    """
    return sum(_store(session, "grid_shapes", coverage) for coverage in _grid_coverages(session))


@contextmanager
def refreshing_around(session: Session, grids: GridSet, changed: Sequence[str]) -> Iterator[None]:
    """Compute the simplified outlines of some grids, and of those beside them, anew beside a block of work.

    They are read before the block, computed while it runs and stored after it. Two rings of neighbours are
    simplified together and the outer one is left as it is stored: its borders depend on grids that are
    further out.

    Parameters
    ----------
    grids
        All that are, or are about to be, in force.
    """
    rows = np.flatnonzero(np.isin(grids.codes, changed))
    near = _beside(grids, rows)
    codes, shapes = shapes_sql.select_some_grids(session, grids.codes[_beside(grids, near)].tolist())
    kept = np.isin(codes.astype(str), grids.codes[near])

    def outlined() -> dict[str, np.ndarray]:
        bands = {band: simplified(shapes, tolerance)[kept] for band, tolerance in BANDS.items()}
        return _columns(shapes[kept], bands)

    with ThreadPoolExecutor(1) as aside:
        columns = aside.submit(outlined)
        yield
        shapes_sql.replace(session, "grid_shapes", codes[kept], columns.result())


def _beside(grids: GridSet, rows: np.ndarray) -> np.ndarray:
    """Return the rows of some grids and of those that touch them."""
    return np.unique(shapely.STRtree(grids.polygons).query(grids.polygons[rows], predicate="intersects")[1])


def refresh_divisions(session: Session) -> int:
    """Compute the simplified outlines of divisions anew, store those that differ and return how many.

    To be called in the transaction that changes divisions; until it is, their full outlines are drawn.
    """
    return _store(session, "division_shapes", _division_coverage(session))


#: Codes, their outlines as they are, and as each band shows them.
_Coverage = tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]


def _grid_coverages(session: Session) -> Iterable[_Coverage]:
    done: set[str] = set()
    for moment in shapes_sql.select_moments(session):
        codes, shapes = shapes_sql.select_grids(session, moment)
        new = np.array([code not in done for code in codes], dtype=bool)
        if new.any():
            bands = {band: simplified(shapes, tolerance)[new] for band, tolerance in BANDS.items()}
            yield codes[new], shapes[new], bands
        done.update(codes)


def _division_coverage(session: Session) -> _Coverage:
    codes, parents, levels, shapes = shapes_sql.select_divisions(session)
    places = {code: place for place, code in enumerate(codes)}
    children: dict[int, list[int]] = {}
    for place, parent in enumerate(parents):
        if parent in places:
            children.setdefault(places[parent], []).append(place)
    area = shapely.area(shapes)
    summed = {
        place: below
        for place, below in children.items()
        if abs(area[below].sum() - area[place]) <= _SAME_AREA * area[place]
    }
    bands = {band: _nested(shapes, levels, summed, tolerance) for band, tolerance in BANDS.items()}
    return codes, shapes, bands


def _nested(
    shapes: np.ndarray, levels: np.ndarray, summed: dict[int, list[int]], tolerance: float
) -> np.ndarray:
    """Simplify the lowest level first; a parent is what its children became, so that borders coincide."""
    result = shapes.copy()
    for level in ("community", "street", "district", "city", "province"):
        places = np.flatnonzero(levels == level).tolist()
        alone = [place for place in places if place not in summed]
        if alone:
            result[alone] = simplified(shapes[alone], tolerance)
        for place in places:
            if place in summed:
                result[place] = dissolved(result[summed[place]])
    return result


def _store(session: Session, table: str, coverage: _Coverage) -> int:
    codes, shapes, bands = coverage
    return shapes_sql.replace(session, table, codes, _columns(shapes, bands))


def _columns(shapes: np.ndarray, bands: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    columns = {"anchor": shapely.point_on_surface(shapes)}
    # wound as tiles want them, so that the database has nothing to repair
    return columns | {
        band: shapely.orient_polygons(outlines, exterior_cw=True) for band, outlines in bands.items()
    }
