"""Putting a plan into force: grids, what stands in them and whose they are, all at once or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridgis.config import Config
from gridgis.geometry.measurement import area_m2
from gridgis.services.plan_changes import Changes
from gridgis.services.rehoming import Progress, rehome, rehome_incidents
from gridgis.services.tiles import low_zooms
from gridgis.sql import handing_over as roster_sql
from gridgis.sql import publishing as sql
from gridgis.sql import rehoming as rehoming_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: How far around won or lost ground something may be snapped to it, per metre in degrees; generous.
_DEGREES_A_METRE = 1.5e-5


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did.

    Attributes
    ----------
    valid_from
        Since when the plan is in force.
    new, retired, reshaped
        Grids with a new code, grids that went, and grids that stay with more vertices on their borders.
    codes
        Key in the draft -> code of each new grid.
    buildings, components, incidents
        How many changed their grid.
    """

    plan_id: int
    valid_from: datetime
    new: int
    retired: int
    reshaped: int
    codes: dict[str, str]
    buildings: int
    components: int
    incidents: int


def put_into_force(
    session: Session,
    config: Config,
    plan: Any,
    found: Changes,
    *,
    actor: str,
    role: str,
    restored: Mapping[str, str] | None = None,
    progress: Progress = lambda layer, done, total: None,
) -> Published:
    """Make the changes of a checked draft, and let it begin when they are done.

    In this order, because of who has to wait for whom: what takes longest is written first, and nobody but
    those who write the same rows waits for it; incidents, whose log everybody appends to, come last.

    Parameters
    ----------
    plan
        Its row; locked.
    restored
        Key in the draft -> retired grid whose roster and type the new grid gets back.
    """
    codes = {str(key): str(code) for key, code in zip(found.after.keys, found.codes, strict=True)}
    originals = {codes[key]: original for key, original in (restored or {}).items() if key in codes}
    day = datetime.now(UTC).astimezone(config.zone).date()
    reshaped = found.reshaped
    _write_grids(session, config, plan.id, found, originals, day)
    grids = found.in_force(config)
    changed = [*found.retired, *(str(found.codes[row]) for row in reshaped)]
    rehoming_sql.begin(session, changed, _ground(config, found))
    drawn = [str(found.codes[row]) for row in (*found.course.minted, *reshaped)]
    with low_zooms.refreshing_around(session, grids, drawn):
        moved = rehome(session, grids, ("buildings", "components"), progress)
        _write_roster(session, config, found, day, originals)
    moved["incidents"] = rehome_incidents(
        session, grids, datetime.now(UTC), actor=actor, role=role, reason=f"plan {plan.id} {plan.name}"
    )
    return Published(
        plan_id=plan.id,
        valid_from=sql.put_into_force(session, plan.id, actor, found.retired),
        new=len(found.course.minted),
        retired=len(found.retired),
        reshaped=len(reshaped),
        codes={key: codes[key] for key in map(str, found.after.keys[found.course.minted])},
        **moved,
    )


def _write_grids(
    session: Session, config: Config, plan_id: int, found: Changes, originals: Mapping[str, str], day: date
) -> None:
    def columns(rows: list[int]) -> tuple[list[str], list[bytes], list[float]]:
        shapes = found.after.polygons[rows]
        areas_m2 = area_m2(shapes, config.metric_srid)
        return [str(code) for code in found.codes[rows]], list(shapely.to_wkb(shapes)), areas_m2.tolist()

    new, wkb, areas_m2 = columns(found.course.minted)
    kinds = [found.kinds.get(code, (None, None)) for code in new]
    mothers = {**found.heirs(), **originals}
    rows: dict[str, Sequence[Any]] = {
        "code": new,
        "wkb": wkb,
        "area_m2": areas_m2,
        "kind": [kind for kind, _ in kinds],
        "sub_status": [status for _, status in kinds],
        "heir_of": [mothers.get(code) for code in new],
    }
    sql.insert_grids(session, plan_id, day, rows)
    if reshaped := found.reshaped:
        sql.update_borders(session, *columns(reshaped))
    classified, assigned = (sorted(said.keys() - new) for said in (found.kinds, found.workers))
    begun = roster_sql.select_begun(session, day, found.retired)
    if classified or assigned or begun:
        sql.keep_words(session, plan_id, day, classified, [*assigned, *begun])
    if classified:
        sql.update_kinds(session, {code: found.kinds[code] for code in classified})
    whole_m2 = area_m2(found.before.polygons, config.metric_srid)
    passed = found.course.passed
    sql.insert_lineage(
        session,
        plan_id,
        [str(found.before.keys[share.old]) for share in passed],
        [str(found.codes[share.new]) for share in passed],
        [share.area_m2 / float(whole_m2[share.old]) for share in passed],
    )


def _write_roster(
    session: Session, config: Config, found: Changes, day: date, originals: dict[str, str]
) -> None:
    roster_sql.hand_over(session, day, found.retired, found.heirs())
    if originals:
        roster_sql.restore_roster(session, day, config.time_zone, originals)
    if found.workers:
        roster_sql.assign(session, day, found.workers)


def _ground(config: Config, found: Changes) -> list[rehoming_sql.Box]:
    """Return boxes around communities whose grids do not cover what they covered before.

    Elsewhere whatever changes its grid stood in one that is gone: a point that is in no grid, or in one of
    another community, has the same ground around it as before.
    """
    around = config.snap_tolerance_m * _DEGREES_A_METRE
    boxes: list[rehoming_sql.Box] = []
    for community in sorted({*found.before.communities, *found.after.communities}):
        sides = [g.polygons[g.communities == community] for g in (found.before, found.after)]
        old, new = (shapely.area(shapes).sum() for shapes in sides)
        # a hundredth of a square metre
        if abs(old - new) > 1e-12:
            west, south, east, north = shapely.total_bounds(np.concatenate(sides)).tolist()
            boxes.append((west - around, south - around, east + around, north + around))
    return boxes
