"""Plans that come as files: whether their grids tile the ground, and making them do so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.errors import InvalidInput, NotFound
from gridgis.formats.copying import writable_format, write_chunks
from gridgis.geometry.coverage import KINDS, CoverageCheck, Finding, check_coverage
from gridgis.planning.repair import Mended, Move, mended
from gridgis.services.polygon_files import PolygonFile, holding, read_polygons
from gridgis.sql import loading as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Outlines = dict[str, Any]

#: Findings with an area that may be within the tolerance.
_AREAS = ("gap", "overlap", "outside")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, and what a repair did.

    Attributes
    ----------
    rows, crs
        Grids in the file, and the system they were read as.
    made_valid
        Rows, from 1, whose own shape was invalid and was mended before anything else.
    findings
        As the file came.
    ratio
        Parent -> share of its outline that its grids cover, as the file came.
    moves, absorbed, left
        After a repair: ground that changed hands, grids that neighbours took in whole, and findings that no
        repair can end (a part with no neighbour). Without one: nothing.
    largest_change
        Code of the grid whose area the repair changed most, and by how many square metres.
    """

    rows: int
    crs: str
    made_valid: tuple[int, ...]
    findings: list[Finding]
    ratio: dict[str, float]
    moves: list[Move]
    absorbed: tuple[str, ...]
    left: list[Finding]
    largest_change: tuple[str, float] | None
    tolerance_m2: float

    @property
    def passes(self) -> bool:
        """Whether the grids tile the ground, after the repair if there was one, as a load asks for it.

        Gaps, overlaps and what lies outside may be as large as the tolerance of the settings.
        """
        standing = self.left if self.largest_change else self.findings
        return all(f.kind in _AREAS and f.area_m2 <= self.tolerance_m2 for f in standing)


def totals(findings: Sequence[Finding]) -> dict[str, tuple[int, float]]:
    """Return how many findings of each kind there are, and their square metres."""
    return {
        kind: (len(of_kind), sum(f.area_m2 for f in of_kind))
        for kind in KINDS
        if (of_kind := [f for f in findings if f.kind == kind])
    }


def check_file(
    path: Path,
    config: Config,
    *,
    crs: str | None = None,
    code: str | None = None,
    outlines: Outlines | None = None,
    report: Path | None = None,
    repair_to: Path | None = None,
) -> Checked:
    """Find every gap, overlap, unshared vertex, multipart and sliver of a file, and mend them on request.

    Parameters
    ----------
    path, crs
        The file of grids, and the system of its coordinates; by default what the file says.
    code
        Column that names the grids; by default ``code``, else row numbers.
    outlines
        Code -> outline (EPSG:4326) of the parents that the grids are to fill. A grid belongs to the outline
        that holds its point on surface.
    report
        File for the places of all findings and moves.
    repair_to
        File for the rows with mended shapes, EPSG:4326; rows that neighbours took are left out.

    Raises
    ------
    InvalidInput
        A file or its columns are not what is accepted.
    """
    for out in (report, repair_to):
        if out is not None:
            writable_format(out)
            if out.exists() and out.samefile(path):
                raise InvalidInput(f"{out} is the file being read; write to another", field="out")
    grids = read_polygons(path, crs)
    codes = grids.codes(code)
    parents = _parents(grids.polygons, outlines or {})
    before = check_coverage(codes, grids.polygons, parents, outlines or {}, srid=config.metric_srid)
    done, after = None, CoverageCheck([], {})
    if repair_to is not None:
        done = mended(codes, grids.polygons, parents, outlines or {}, srid=config.metric_srid)
        kept = ~shapely.is_missing(done.polygons)
        shapes = done.polygons[kept]
        after = check_coverage(codes[kept], shapes, parents[kept], outlines or {}, srid=config.metric_srid)
        write_chunks(repair_to, [(grids.table.filter(pa.array(kept)), shapes)], crs="EPSG:4326")
    checked = _checked(grids, codes, before, done, after, config.gap_tolerance_m2)
    if report is not None:
        write_chunks(report, [_places(checked)], crs="EPSG:4326")
    return checked


def outlines_of_division(session: Session, division: str) -> Outlines:
    """Return the outlines of the communities in a division, or of the community itself.

    Raises
    ------
    NotFound
        No community of the division has an outline.
    """
    prefix = divisions.prefix(division)
    rows = [row for row in sql.select_outlines(session, "community") if row.code.startswith(prefix)]
    if not rows:
        raise NotFound(f"no community in division {division} has an outline", field="division")
    return {row.code: shapely.from_wkb(bytes(row.wkb)) for row in rows}


def _parents(polygons: NDArray[Any], outlines: Outlines) -> NDArray[Any]:
    if not outlines:
        return np.full(len(polygons), "", dtype=object)
    names = np.array(sorted(outlines), dtype=object)
    return names[holding(polygons, np.array([outlines[name] for name in names], dtype=object))]


def _checked(
    grids: PolygonFile,
    codes: NDArray[Any],
    before: CoverageCheck,
    done: Mended | None,
    after: CoverageCheck,
    tolerance_m2: float,
) -> Checked:
    moves: list[Move] = []
    absorbed: tuple[str, ...] = ()
    largest: tuple[str, float] | None = None
    if done is not None:
        moves = done.moves
        absorbed = tuple(codes[shapely.is_missing(done.polygons)].tolist())
        most = int(np.abs(done.area_change_m2).argmax())
        largest = (str(codes[most]), float(done.area_change_m2[most]))
    return Checked(
        rows=len(codes),
        crs=grids.crs,
        made_valid=grids.made_valid,
        findings=before.findings,
        ratio=before.ratio,
        moves=moves,
        absorbed=absorbed,
        left=after.findings,
        largest_change=largest,
        tolerance_m2=tolerance_m2,
    )


def _places(checked: Checked) -> tuple[pa.Table, NDArray[Any]]:
    """Return findings and moves as the rows of one map layer."""
    rows: list[dict[str, Any]] = []
    for what, findings in (("found", checked.findings), ("left", checked.left)):
        rows += [
            {
                "what": what,
                "kind": f.kind,
                "parent": f.parent,
                "grids": ";".join(f.codes),
                "area_m2": f.area_m2,
            }
            for f in findings
        ]
    rows += [
        {
            "what": "moved",
            "kind": move.reason,
            "grids": ";".join(move.given_by),
            "given_to": move.given_to,
            "area_m2": move.area_m2,
        }
        for move in checked.moves
    ]
    places = [finding.place for finding in (*checked.findings, *checked.left)]
    places += [move.place for move in checked.moves]
    fields = [(name, pa.string()) for name in ("what", "kind", "parent", "grids", "given_to")]
    return pa.Table.from_pylist(rows, pa.schema([*fields, ("area_m2", pa.float64())])), np.array(
        places, dtype=object
    )
