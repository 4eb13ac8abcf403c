"""Give every row of a file its grid, in constant memory; the rows themselves are not touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from gridgis.config import Config
from gridgis.errors import InvalidInput
from gridgis.formats.copying import Rows, writable_format, write_chunks
from gridgis.formats.layers import layer_named
from gridgis.formats.matching import LAT, LON, WKT, matched
from gridgis.formats.opening import open_source
from gridgis.formats.source import Chunk, Source
from gridgis.geometry.crs import WGS84, SourceCrs, parse_crs
from gridgis.geometry.location import COVERED, NONE, SNAPPED, GridSet
from gridgis.geometry.measurement import point_on_surface
from gridgis.geometry.validity import repair

#: Columns the answer is written to; a file's own of these names are replaced, never trusted.
ANSWERS = ("grid_code", "match", "distance_m")
_NAMED_ROWS = 20


@dataclass(slots=True)
class Assigned:
    """What became of the rows.

    Attributes
    ----------
    without_place
        Rows without a readable place; they count as ``none`` too. `first_without_place` numbers some.
    replaced
        Columns of the file that the answers took the place of.
    """

    rows: int = 0
    covered: int = 0
    snapped: int = 0
    none: int = 0
    without_place: int = 0
    first_without_place: list[int] = field(default_factory=list)
    replaced: tuple[str, ...] = ()
    crs: str = ""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where in a file its places are: two columns, one of WKT, or (all empty) its geometry."""

    crs: SourceCrs
    lon: str = ""
    lat: str = ""
    wkt: str = ""

    def read(self, chunk: Chunk) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return lon and lat in EPSG:4326 (NaN where unreadable) and the geometry as it came."""
        if self.lon:
            x, y = (_numbers(chunk.table.column(name)) for name in (self.lon, self.lat))
            lon, lat = self.crs.to_wgs84(x, y)
            impossible = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
            return np.where(impossible, np.nan, lon), np.where(impossible, np.nan, lat), None
        geometry = chunk.geometry
        if self.wkt:
            geometry = shapely.from_wkt(chunk.table.column(self.wkt).to_pylist(), on_invalid="ignore")
        assert geometry is not None  # noqa: S101 - _places has seen to it
        points = point_on_surface(self.crs.geometries_to_wgs84(geometry))
        lon, lat = shapely.get_x(points), shapely.get_y(points)
        return lon, lat, None if self.wkt else geometry


def assign(
    path: Path,
    out: Path,
    grids: GridSet,
    *,
    crs: str | None = None,
    lon: str | None = None,
    lat: str | None = None,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> Assigned:
    """Write the rows of a file with `grid_code`, `match` and `distance_m` added.

    Rows, their order and their other columns stay as they are; a code stays text. Lines and polygons are
    located by a point on them. Where a table becomes a map format its rows become points; GeoJSON is
    written in EPSG:4326, as its standard wants, other formats in the file's own system.

    Parameters
    ----------
    path, out
        Any file that can be read; one that can be written (its ending decides).
    crs
        Of the file's coordinates; by default what the file says, else EPSG:4326.
    lon, lat
        Columns of a table; found by their names by default.
    progress
        Called with rows done and rows in all, where the file tells.

    Raises
    ------
    InvalidInput
        The file, its system or its columns are not what is accepted.
    """
    form = writable_format(out)
    if out.exists() and out.samefile(path):
        raise InvalidInput(f"{out} is the file being read; write to another", field="out")
    source = open_source(path)
    places = _places(source, crs, lon, lat)
    done = Assigned(replaced=tuple(c for c in source.columns if c in ANSWERS), crs=places.crs.name)
    to_wgs84 = form.driver.startswith("GeoJSON") or not places.crs.name.startswith("EPSG:")
    makes_points = not source.has_geometry and bool(form.driver)

    def chunks() -> Iterator[Rows]:
        for chunk in source.chunks():
            x, y, geometry = places.read(chunk)
            table = _answered(chunk, x, y, grids, done)
            if geometry is not None and to_wgs84:
                geometry = places.crs.geometries_to_wgs84(geometry)
            if makes_points:
                geometry = shapely.points(x, y)
                geometry[np.isnan(x)] = None
            progress(done.rows, source.rows)
            yield table, geometry
        if not done.rows:
            raise InvalidInput(f"{path.name} has no rows")

    write_chunks(out, chunks(), crs="EPSG:4326" if to_wgs84 or makes_points else places.crs.name)
    return done


def read_grids(path: Path, config: Config, *, crs: str | None = None) -> GridSet:
    """Return the grids of a file, for places that no database knows.

    Raises
    ------
    InvalidInput
        There is no column of codes or no geometry, a code is missing or comes twice, or a row is no polygon.
    """
    source = open_source(path)
    layer = layer_named("grids")
    column = matched(layer, source.columns, {}).columns.get("code")
    if column is None or not source.has_geometry:
        raise InvalidInput(f"{path.name}: grids need polygons and a column `code`", field="grids")
    system = parse_crs(crs or source.crs or WGS84.name)
    codes: list[str] = []
    polygons: list[shapely.Geometry] = []
    for chunk in source.chunks():
        found = chunk.table.column(column).cast(pa.string()).to_pylist()
        outlines = system.geometries_to_wgs84(np.asarray(chunk.geometry))
        mended = repair(outlines, "polygon", config.metric_srid).geometries
        for row, (code, polygon) in enumerate(zip(found, mended, strict=True), start=chunk.first_row):
            if not code or polygon is None:
                raise InvalidInput(
                    f"{path.name}, row {row}: a grid needs a code and a polygon; code is {code!r}",
                    field="grids",
                )
        codes += found
        polygons += list(mended)
    return GridSet(codes, polygons, srid=config.metric_srid, tolerance_m=config.snap_tolerance_m)


def _places(source: Source, crs: str | None, lon: str | None, lat: str | None) -> _Places:
    """Find out where the file's places are."""
    system = parse_crs(crs or source.crs or WGS84.name)
    if bool(lon) != bool(lat):
        raise InvalidInput("give both --lon and --lat, or neither", field="lon" if lat else "lat")
    if lon and lat:
        for name in (lon, lat):
            if name not in source.columns:
                raise InvalidInput(
                    f"there is no column {name!r}; the file has {', '.join(source.columns)}", field="lon"
                )
        return _Places(system, lon, lat)
    if source.has_geometry:
        return _Places(system)
    by_name = {c.strip().lower(): c for c in reversed(source.columns)}
    found = [next((by_name[n] for n in names if n in by_name), "") for names in (LON, LAT, WKT)]
    if found[0] and found[1]:
        return _Places(system, found[0], found[1])
    if found[2]:
        return _Places(system, wkt=found[2])
    raise InvalidInput(
        f"no place in the columns {', '.join(source.columns)}; name them with --lon and --lat", field="lon"
    )


def _answered(chunk: Chunk, lon: np.ndarray, lat: np.ndarray, grids: GridSet, done: Assigned) -> pa.Table:
    """Add the answers to a chunk's rows, and count them."""
    located = grids.locate_all(lon, lat)
    lost = np.flatnonzero(np.isnan(lon) | np.isnan(lat))
    done.rows += len(lon)
    done.covered += int((located.match == COVERED).sum())
    done.snapped += int((located.match == SNAPPED).sum())
    done.none += int((located.match == NONE).sum())
    done.without_place += len(lost)
    room = _NAMED_ROWS - len(done.first_without_place)
    done.first_without_place += [chunk.first_row + int(row) for row in lost[:room]]
    table = chunk.table.drop_columns([c for c in ANSWERS if c in chunk.table.column_names])
    answers = (
        pa.array(located.grid_code, pa.string()),
        pa.array(located.match, pa.string()),
        pa.array(located.distance_m, pa.float64(), from_pandas=True),
    )
    for name, values in zip(ANSWERS, answers, strict=True):
        table = table.append_column(name, values)
    return table


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    return pd.to_numeric(column.to_pandas(), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
