"""A draft begun with a file of grids: checked as a coverage, then put in the place of today's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.codes import grids as codes
from gridgis.codes.grid_types import read_scheme
from gridgis.config import Config
from gridgis.database import seeing
from gridgis.errors import CodeError, InvalidInput, NotFound
from gridgis.geometry.coverage import Finding, check_coverage
from gridgis.geometry.measurement import area_m2
from gridgis.planning.editing.fabric import is_new
from gridgis.scope import EVERYTHING
from gridgis.services.drafts import drawing, editing, figuring, keeping
from gridgis.services.drafts.keeping import Planner
from gridgis.services.polygon_files import PolygonFile, holding, read_polygons
from gridgis.sql import draft_grids as grids_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

OPERATION = "import"

_AREAS = ("gap", "overlap", "outside")
_TOLD = 100


class Faulty(InvalidInput):
    """A file whose grids do not tile their communities.

    Parameters
    ----------
    findings
        Every place where they do not.
    """

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        first = findings[0]
        super().__init__(
            f"the grids of {name} are no coverage: {len(findings)} faults, the first a {first.kind} of"
            f" {first.area_m2:,.1f} m2 at {', '.join(first.codes[:3]) or first.parent}; gridgis plan check"
            " --repair mends them",
            field="file",
        )
        self.findings = list(findings[:_TOLD])


def import_(
    session: Session,
    planner: Planner,
    config: Config,
    path: Path,
    name: str,
    now: datetime,
    *,
    crs: str | None = None,
) -> dict[str, Any]:
    """Begin a draft with the grids of a file in the place of all grids of the communities it has grids of.

    A grid's community is its column ``community_code``, else the first digits of its ``code``, else the one
    whose outline holds it. Its type and sub-status are the columns ``kind`` and ``sub_status``, by code or
    name; a grid for which the file says none has the type of the grid that most of its ground was. Each
    community is one edit of the draft, so that it can be undone.

    Raises
    ------
    InvalidInput
        The file cannot be read, a grid belongs to no community, or the scheme lacks its type.
    Faulty
        There are gaps, overlaps, or borders that do not meet.
    NotFound
        A community is not in the planner's divisions.
    Refused
        A border would cut a building, or a community has no number left.
    """
    file = read_polygons(path, crs)
    types = _types(file, config)
    with seeing(session, EVERYTHING):
        of = _communities(session, file, config)
    outside = sorted(code for code in set(of) if not planner.scope.covers(code))
    if outside:
        raise NotFound(f"there is no community {outside[0]}, or none in your divisions", field="file")
    outlines = {
        code: shapely.from_wkb(wkb)
        for code, wkb in grids_sql.select_outlines(session, sorted(set(of))).items()
    }
    _check(file, of, outlines, config)
    made = keeping.create(session, planner, name, description=f"from {file.name}")
    with seeing(session, EVERYTHING):
        for community in sorted(set(of)):
            plan = keeping.opened(session, planner, made["id"])
            desk = drawing.Desk(session, planner, config, plan, {}, now)
            _replace(desk, community, file.polygons[of == community], types[of == community])
    return keeping.get(session, planner, made["id"])


def _communities(session: Session, file: PolygonFile, config: Config) -> NDArray[Any]:
    columns = file.table.column_names
    if "community_code" in columns:
        of = file.labels("community_code")
    elif "code" in columns:
        of = np.array([str(code)[: codes.COMMUNITY_DIGITS] for code in file.codes("code")], dtype=object)
    else:
        known = grids_sql.select_outlines(session, grids_sql.select_communities(session, [""]))
        if not known:
            raise InvalidInput(f"{file.name} has neither community_code nor code", field="file")
        names = np.array(sorted(known), dtype=object)
        of = names[
            holding(file.polygons, np.array([shapely.from_wkb(known[n]) for n in names], dtype=object))
        ]
    there = set(grids_sql.select_communities(session, [""]))
    for row, code in enumerate(of, start=1):
        if code not in there:
            raise InvalidInput(f"{file.name}, row {row}: there is no community {code}", field="file")
    return np.asarray(of, dtype=object)


def _types(file: PolygonFile, config: Config) -> NDArray[Any]:
    """Return the type and sub-status of each row, by code; ``None`` where the file says none."""
    scheme = read_scheme(config.grid_types)
    there = [name if name in file.table.column_names else None for name in ("kind", "sub_status")]
    said = [[None] * len(file.polygons) if name is None else file.labels(name).tolist() for name in there]
    types = np.empty((len(file.polygons), 2), dtype=object)
    for row, pair in enumerate(zip(*said, strict=True)):
        try:
            types[row] = scheme.parse(*pair)
        except CodeError as error:
            raise InvalidInput(
                f"{file.name}, row {row + 1}, {error.field}: {error.message}", field=error.field or "file"
            ) from error
    return types


def _check(file: PolygonFile, of: NDArray[Any], outlines: Mapping[str, Any], config: Config) -> None:
    names = file.codes(None)
    done = check_coverage(names, file.polygons, of, outlines, srid=config.metric_srid)
    faults = [
        finding
        for finding in done.findings
        if finding.kind not in _AREAS or finding.area_m2 > config.gap_tolerance_m2
    ]
    if faults:
        raise Faulty(file.name, faults)


def _replace(desk: drawing.Desk, community: str, polygons: NDArray[Any], types: NDArray[Any]) -> None:
    asked = {"community": community, "grids": len(polygons)}
    if grids_sql.select_by_prefix(desk.session, desk.view, [community]):
        done = drawing.work(desk, "redraw", {"community": community, "polygons": list(polygons)})
        done = replace(done, operation=OPERATION, arguments=asked)
    else:
        done = _first(desk, community, polygons, asked)
    own = [row for row in done.rows if row["community_code"] == community and is_new(row["key"])]
    _classify(own, polygons, types)
    editing.written(desk, done)


def _classify(rows: Sequence[dict[str, Any]], polygons: NDArray[Any], types: NDArray[Any]) -> None:
    """Give new grids the types of the file's grids that they stand for, where it says one."""
    middles = shapely.point_on_surface(shapely.from_wkb([row["geom"] for row in rows]))
    for row, like in zip(rows, shapely.STRtree(polygons).nearest(middles).tolist(), strict=True):
        kind, sub_status = types[like]
        if kind is not None:
            row |= {"kind": kind, "sub_status": sub_status}


def _first(
    desk: drawing.Desk, community: str, polygons: NDArray[Any], asked: Mapping[str, Any]
) -> drawing.Done:
    """Return the edit that gives a community its first grids."""
    shapes = [shapely.orient_polygons(shapely.get_parts(shape)[0], exterior_cw=False) for shape in polygons]
    figures = figuring.of_new_ground(desk.session, shapes, desk.config, desk.now)
    areas = area_m2(shapes, desk.config.metric_srid).tolist()
    first = desk.plan.last_key + 1
    rows = [
        {
            "key": f"n{number}",
            "community_code": community,
            "geom": drawing.hexadecimal(shape),
            "area_m2": area,
            "assigned": True,
            "figures": carried,
        }
        for number, (shape, area, carried) in enumerate(zip(shapes, areas, figures, strict=True), start=first)
    ]
    keys = {str(row["key"]) for row in rows}
    return drawing.Done(OPERATION, asked, keys, rows, {community}, first + len(rows) - 1)
