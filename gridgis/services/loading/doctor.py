"""The doctor's report: everything that was found out about a file, and what became of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridgis.errors import InvalidInput

#: Findings of one kind that are listed; beyond it they are only counted.
LISTED = 10_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One row that was refused or mended.

    Attributes
    ----------
    row
        Number in the file: its first feature, or the line under its header, is row 1.
    field
        Which value; ``geometry`` for the place.
    value
        What the file holds, cut to 80 characters.
    text
        Of a refusal, what would be accepted; of a repair, what was done.
    place
        lon, lat where the row has one.
    area_change_m2
        Of a repaired geometry.
    """

    row: int
    field: str
    value: str
    text: str
    place: tuple[float, float] | None = None
    area_change_m2: float | None = None


@dataclass(slots=True)
class Listing:
    """Findings of one kind: all counted, the first `LISTED` kept."""

    kept: list[Finding] = field(default_factory=list)
    by_field: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How many there are, listed or not."""
        return self.by_field.total()

    def add(self, findings: Iterable[Finding], *, name: str, count: int) -> None:
        """Take `count` findings about a field, listing as many as there is room for."""
        self.by_field[name] += count
        for finding in findings:
            if len(self.kept) >= LISTED:
                return
            self.kept.append(finding)


@dataclass(slots=True)
class Report:
    """What the doctor found; filled while the file is read.

    Attributes
    ----------
    outcome
        ``loaded``, ``checked`` (a dry run), ``refused`` or ``already loaded``.
    import_id
        The load, to undo it.
    counts
        rows, loaded, refused, …; kept with the load.
    notes
        What a person should know, one sentence each.
    rejected
        Why the file as a whole is not loaded, whatever its rows are like.
    evidence
        Share of points that lie in the city, by reading of their numbers.
    places
        Offending places as GeoJSON features (gaps, overlaps, refused and repaired rows).
    """

    layer: str
    file: str
    format: str = ""
    encoding: str = ""
    encoding_guessed: bool = False
    crs: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    unmatched: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    outcome: str = "checked"
    import_id: int | None = None
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    refused: Listing = field(default_factory=Listing)
    repaired: Listing = field(default_factory=Listing)
    duplicates: Listing = field(default_factory=Listing)
    rejected: str = ""
    evidence: list[dict[str, Any]] = field(default_factory=list)
    places: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the whole report as JSON values."""
        return {
            "layer": self.layer,
            "file": self.file,
            "outcome": self.outcome,
            "import_id": self.import_id,
            "format": self.format,
            "encoding": self.encoding,
            "encoding_guessed": self.encoding_guessed,
            "crs": self.crs,
            "fields": self.fields,
            "unmatched_columns": list(self.unmatched),
            "absent_fields": list(self.absent),
            "counts": dict(self.counts),
            "rejected": self.rejected,
            "notes": self.notes,
            "readings": self.evidence,
            "refused": _listed(self.refused),
            "repaired": _listed(self.repaired),
            "duplicates": _listed(self.duplicates),
            "places": {"type": "FeatureCollection", "features": [*self.places, *self._row_places()]},
        }

    def _row_places(self) -> list[dict[str, Any]]:
        return [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": list(finding.place)},
                "properties": {
                    "what": what,
                    "row": finding.row,
                    "field": finding.field,
                    "text": finding.text,
                },
            }
            for what, listing in (("refused", self.refused), ("repaired", self.repaired))
            for finding in listing.kept
            if finding.place
        ]


class Refused(InvalidInput):
    """A file that was not loaded because of rows in it; the report says which and why."""

    def __init__(self, report: Report) -> None:
        report.outcome = "refused"
        super().__init__(_first_reason(report))
        self.report = report


def findings(
    rows: NDArray[np.int64],
    name: str,
    values: pa.Array | list[str],
    text: str | list[str],
    places: NDArray[Any] | None = None,
) -> list[Finding]:
    """Return a finding for each of `rows`; at most `LISTED`, since no more are ever shown."""
    shown = values[:LISTED]
    texts = [text] * len(shown) if isinstance(text, str) else text
    points = [_lon_lat(g) for g in places[:LISTED]] if places is not None else [None] * len(shown)
    cells = shown.to_pylist() if isinstance(shown, pa.Array | pa.ChunkedArray) else shown
    return [
        Finding(int(row), name, _short(cell), why, place)
        for row, cell, why, place in zip(rows[:LISTED], cells, texts, points, strict=False)
    ]


def _lon_lat(geometry: shapely.Geometry | None) -> tuple[float, float] | None:
    if geometry is None or geometry.is_empty:
        return None
    point = shapely.get_coordinates(geometry)[0]
    return (float(point[0]), float(point[1])) if np.isfinite(point).all() else None


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _listed(listing: Listing) -> dict[str, Any]:
    return {
        "total": listing.total,
        "by_field": dict(listing.by_field),
        "listed": [
            {
                "row": f.row,
                "field": f.field,
                "value": f.value,
                "text": f.text,
                **({"area_change_m2": f.area_change_m2} if f.area_change_m2 is not None else {}),
            }
            for f in listing.kept
        ],
    }


def _first_reason(report: Report) -> str:
    if report.rejected:
        return f"{report.file} was not loaded: {report.rejected}"
    if not report.counts["rows"]:
        return f"{report.file} was not loaded: it has no rows"
    if not report.refused.kept:
        first = report.duplicates.kept[0]
        return (
            f"{report.file} was not loaded: {report.duplicates.total:,} duplicates, the first in row "
            f"{first.row}, {first.field} {first.value!r}: {first.text}"
        )
    first = report.refused.kept[0]
    total = report.refused.total
    return (
        f"{report.file} was not loaded: {total:,} finding{'s' if total > 1 else ''} in "
        f"{report.counts['refused']:,} of {report.counts['rows']:,} rows, the first in row {first.row}, "
        f"{first.field} {first.value!r}: accepted is {first.text}"
    )
