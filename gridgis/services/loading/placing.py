"""From a file's places to valid geometries in EPSG:4326, with the evidence about their datum."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridgis.formats.converting import as_text, converted
from gridgis.formats.fields import Field, Layer
from gridgis.formats.matching import Matching
from gridgis.formats.source import Chunk
from gridgis.geometry.crs import SourceCrs, readings
from gridgis.geometry.validity import repair
from gridgis.services.loading.batches import Batch
from gridgis.services.loading.checking import refuse
from gridgis.services.loading.doctor import Finding, Report

Objects = NDArray[Any]

_KIND_OF_TYPE = np.array(["point", "line", "line", "polygon", "point", "line", "polygon", "mixed", ""])
_NUMBER = Field("geometry", "number")
#: Points looked at for the evidence about the datum.
_LOOKED_AT = 2_000


@dataclass(slots=True)
class Placing:
    """Places of one file.

    Attributes
    ----------
    crs
        In which its coordinates are.
    crs_given
        Whether the user said so.
    srid
        Metric CRS in which repairs are measured.
    city
        Outline of the city, or ``None`` while none is known.
    """

    layer: Layer
    matching: Matching
    crs: SourceCrs
    crs_given: bool
    srid: int
    city: shapely.Geometry | None
    report: Report
    _looked: bool = field(default=False)

    def place(self, chunk: Chunk, batch: Batch) -> None:
        """Fill in the batch's geometry; rows whose place cannot be used are refused."""
        found = chunk.geometry
        if found is None:
            found = self._from_columns(chunk, batch)
        if chunk.unreadable is not None:
            refuse(self.report, batch, chunk.unreadable, "geometry", _blank(batch), "a readable geometry")
        raw = shapely.force_2d(found) if shapely.has_z(found).any() else found
        raw = _without(raw, shapely.is_empty(raw))
        infinite = _infinite(raw)
        self._refuse(batch, infinite, raw, "coordinates that are numbers, not NaN or infinite")
        raw = _without(raw, infinite)
        batch.geometry = placed = self.crs.geometries_to_wgs84(raw) if not self.crs.is_identity else raw
        if not self._looked and not shapely.is_missing(raw).all():
            self._looked = True
            self._compare_readings(raw, placed)
        outside = _outside_globe(placed)
        self._refuse(batch, outside, raw, "degrees: longitude -180 to 180, then latitude -90 to 90")
        batch.geometry = placed = _without(placed, outside)
        if self.layer.place:
            self._refuse(batch, shapely.is_missing(placed), raw, "a place: every row needs its geometry")
        batch.geometry = self._mended(batch, placed, found)

    def _from_columns(self, chunk: Chunk, batch: Batch) -> Objects:
        """Build geometries from WKT or from lon and lat."""
        matching, rows = self.matching, chunk.table.num_rows
        if matching.wkt:
            text = as_text(chunk.table.column(matching.wkt))
            geometry = shapely.from_wkt(text.to_numpy(zero_copy_only=False), on_invalid="ignore")
            wrong = shapely.is_missing(geometry) & np.asarray(text.is_valid())
            refuse(
                self.report, batch, wrong, matching.wkt, text, "well-known text such as POINT (114.05 22.54)"
            )
            return geometry
        if not (matching.lon and matching.lat):
            return np.full(rows, None, dtype=object)
        columns = [chunk.table.column(name) for name in (matching.lon, matching.lat)]
        numbers = [converted(_NUMBER, column, rows, None) for column in columns]  # type: ignore[arg-type]
        for name, column, number in zip((matching.lon, matching.lat), columns, numbers, strict=True):
            refuse(self.report, batch, number.refused, name, as_text(column), "a number")
        x, y = (np.array(n.values.to_numpy(zero_copy_only=False), dtype=np.float64) for n in numbers)
        points = shapely.points(x, y)
        return _without(points, np.isnan(x) | np.isnan(y))

    def _refuse(self, batch: Batch, wrong: NDArray[np.bool_], raw: Objects, accepted: str) -> None:
        wrong = wrong & ~batch.refused
        if wrong.any():
            shown = [_wkt(raw[i]) if flag else "" for i, flag in enumerate(wrong)]
            refuse(self.report, batch, wrong, "geometry", shown, accepted)

    def _mended(self, batch: Batch, placed: Objects, found: Objects) -> Objects:
        """Return geometries of the layer's kinds, valid and 2-D; what needed work is listed."""
        kind = self.layer.kinds[0] if len(self.layer.kinds) == 1 else "any"
        present = ~shapely.is_missing(placed)
        wrong = present & ~np.isin(_kinds(placed), (*self.layer.kinds, "mixed"))
        accepted = f"a {' or '.join(self.layer.kinds)}"
        self._refuse(batch, wrong, placed, accepted)
        needy = (
            present
            & ~wrong
            & (~shapely.is_valid(placed) | shapely.has_z(found) | (_kinds(placed) == "mixed"))
        )
        if kind == "point" or self.layer.single:
            needy |= present & ~wrong & (shapely.get_type_id(placed) > shapely.GeometryType.POLYGON)
        out = _without(placed, wrong).copy()
        if needy.any():
            out[needy] = self._repaired(batch, placed[needy], np.flatnonzero(needy), kind, found)
        lost = needy & shapely.is_missing(out)
        self._refuse(batch, lost, placed, f"{accepted} with an extent: nothing was left after repair")
        if kind == "point" or self.layer.single:
            several = ~shapely.is_missing(out) & (shapely.get_num_geometries(out) > 1)
            self._refuse(batch, several, out, f"{accepted} in one part")
        return out

    def _repaired(
        self, batch: Batch, given: Objects, rows: NDArray[np.int64], kind: str, found: Objects
    ) -> Objects:
        mended = repair(given, kind, self.srid)
        flat = shapely.has_z(found[rows])
        self.report.counts["made_two_dimensional"] += int(flat.sum())
        for at, actions in enumerate(mended.actions):
            if not actions or mended.geometries[at] is None:
                continue
            how = ", ".join(actions)
            if mended.reasons[at]:
                how += f" ({mended.reasons[at]})"
            center = shapely.get_coordinates(given[at])[0]
            finding = Finding(
                int(batch.rows[rows[at]]), "geometry", _wkt(given[at]), how,
                (float(center[0]), float(center[1])), round(float(mended.area_change_m2[at]), 3),
            )  # fmt: skip
            self.report.repaired.add([finding], name="geometry", count=1)
        return mended.geometries

    def _compare_readings(self, raw: Objects, placed: Objects) -> None:
        """Say where the points lie under other readings of their numbers, when those fit better."""
        if self.city is None:
            return
        rows = np.flatnonzero(~shapely.is_missing(raw))
        rows = rows[np.linspace(0, len(rows) - 1, min(_LOOKED_AT, len(rows))).astype(int)]
        first = [shapely.get_coordinates(g[rows])[_starts(g[rows])] for g in (raw, placed)]
        others = readings(first[0][:, 0], first[0][:, 1], self.city, sample=_LOOKED_AT)
        inside = float(np.mean(shapely.intersects_xy(self.city, *first[1].T)))
        self.report.evidence = [
            {"reading": self.crs.name, "share_inside": round(inside, 4), "points": len(rows)},
            *({"reading": r.name, "share_inside": round(r.share_inside, 4)} for r in others),
        ]
        best = others[0] if others else None
        if best is None or best.name == "as is" or best.share_inside < inside + max(0.002, 2 / len(rows)):
            return
        advice = (
            "swap the columns or give --map" if best.name == "swapped axes" else f"give --crs {best.name}"
        )
        note = (
            f"of {len(rows):,} points {inside:.1%} lie in the city when read as {self.crs.name}, but "
            f"{best.share_inside:.1%} when read as {best.name}: {advice} if that is what they are"
        )
        self.report.notes.append(note)
        plain = (inside < 0.05 and best.share_inside > 0.5) or (inside < 0.8 and best.share_inside > 0.95)
        if plain and not self.crs_given:
            self.report.rejected = f"{note}; --crs {self.crs.name} insists on it as it is"


def _without(geometry: Objects, rows: NDArray[np.bool_]) -> Objects:
    if not rows.any():
        return geometry
    kept = geometry.copy()
    kept[rows] = None
    return kept


def _kinds(geometry: Objects) -> NDArray[np.str_]:
    return _KIND_OF_TYPE[shapely.get_type_id(geometry)]


def _starts(geometry: Objects) -> NDArray[np.int64]:
    return np.r_[0, np.cumsum(shapely.get_num_coordinates(geometry))[:-1]].astype(np.int64)


def _infinite(geometry: Objects) -> NDArray[np.bool_]:
    coordinates, rows = shapely.get_coordinates(geometry, return_index=True)
    wrong = np.zeros(len(geometry), bool)
    wrong[rows[~np.isfinite(coordinates).all(axis=1)]] = True
    return wrong


def _outside_globe(geometry: Objects) -> NDArray[np.bool_]:
    box = shapely.bounds(geometry)
    with np.errstate(invalid="ignore"):
        inside = (box[:, 0] >= -180) & (box[:, 2] <= 180) & (box[:, 1] >= -90) & (box[:, 3] <= 90)
    return ~inside & ~shapely.is_missing(geometry)


def _wkt(geometry: shapely.Geometry | None) -> str:
    return "" if geometry is None else shapely.to_wkt(geometry, rounding_precision=7)


def _blank(batch: Batch) -> pa.Array:
    return pa.nulls(len(batch), pa.string())
