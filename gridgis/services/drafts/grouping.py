"""Giving the grids of a draft to workers as beats of about equal load, as one edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.database import seeing
from gridgis.errors import InvalidInput, NotFound
from gridgis.planning.barriers import Lines
from gridgis.planning.design import Weights
from gridgis.planning.editing.refusals import Refused
from gridgis.planning.measures import Measure
from gridgis.scope import EVERYTHING
from gridgis.services import beats
from gridgis.services.drafts import drawing, editing, figuring, keeping
from gridgis.services.drafts.keeping import Planner
from gridgis.services.drafts.viewing import MOST_GRIDS, prefixes
from gridgis.services.polygon_files import PolygonFile
from gridgis.sql import draft_grids as sql

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

#: As the log names the edit.
KIND = "beats"
_WORKER = "worker_code"
_TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class Wish:
    """What the beats are to be like.

    Attributes
    ----------
    workers
        Who gets one; none named: those who have grids there now.
    shares
        Figure (`figuring.NAMES`) -> weight in the load that is balanced.
    at_most
        So many grids may change hands; ``None``: as many as pays.
    seed, effort
        As of `planning.design.designs`.
    """

    workers: Sequence[str] = ()
    shares: Mapping[str, float] = field(default_factory=lambda: {"minutes": 1.0})
    at_most: int | None = None
    seed: int = 1
    effort: float = 300.0


def group(
    session: Session,
    planner: Planner,
    config: Config,
    plan_id: int,
    division: str,
    wish: Wish,
    versions: Mapping[str, int],
    now: datetime,
) -> dict[str, Any]:
    """Group the grids of a division into one beat a worker, inside a street and in one piece.

    Locked grids stay with whom they have. The answer is as of `editing.edit`, with `measures` (name, value
    and why) and `notes` (what keeps beats from being equal).

    Raises
    ------
    NotFound, NotAllowed, Conflict, Changed
        As `editing.edit`; or the division has no grid in the draft.
    Refused
        Nothing would change.
    InvalidInput
        The wish cannot be met; the message names the grids, figures or workers.
    """
    plan = keeping.opened(session, planner, plan_id)
    desk = drawing.Desk(session, planner, config, plan, versions, now)
    rows = sql.select_by_prefix(session, desk.view, prefixes(planner, division))
    if not rows:
        raise NotFound(f"division {division} has no grid in this draft, or none of yours", field="division")
    if len(rows) > MOST_GRIDS:
        raise InvalidInput(
            f"there are {len(rows)} grids there; at most {MOST_GRIDS} are grouped at once: take a part of it",
            field="division",
        )
    workers = list(dict.fromkeys(wish.workers or sorted({r.worker_code for r in rows if r.worker_code})))
    if not workers:
        raise InvalidInput("nobody has a grid there yet: name the workers", field="workers")
    found, task = _searched(session, config, rows, len(workers), wish, now)
    owners = _owners(task, workers)
    wanted = (owners[zone] for zone in found.zone.tolist())
    changed = {row.key: code for row, code in zip(rows, wanted, strict=True) if code != row.worker_code}
    if not changed:
        raise Refused("no_change", "nothing would change: no other beats that are allowed are more even")
    asked = {"division": division, "workers": len(workers), "grids": len(changed), "seed": wish.seed}
    with seeing(session, EVERYTHING):
        done = drawing.work(desk, "assign", {"workers": changed})
        answer = editing.written(desk, replace(done, operation=KIND, arguments=asked))
    return answer | {
        "measures": [_told(measure) for measure in task.measures(found)],
        "notes": [obstacle.sentence for obstacle in task.obstacles],
    }


def _searched(
    session: Session, config: Config, rows: Sequence[Row[Any]], workers: int, wish: Wish, now: datetime
) -> tuple[Any, beats.Task]:
    grids = _table(session, rows, now)
    empty = [name for name in wish.shares if name in figuring.NAMES and not grids.numbers(name).any()]
    if empty and len(empty) == len(wish.shares):
        raise InvalidInput(f"no grid there has any {empty[0]}; balance something else", field="weights")
    roads = [shapely.from_wkb(wkb) for wkb in sql.select_roads(session, [_box(grids)])]
    task = beats.task(
        grids,
        None if wish.at_most is not None else workers,
        config,
        beats.Wish(
            shares=wish.shares,
            street="street",
            today=_WORKER,
            locked=[row.key for row in rows if row.locked and row.worker_code],
            at_most=wish.at_most,
            tolerance=_TOLERANCE,
            lines=Lines(np.array(roads, dtype=object)),
        ),
    )
    *_, found = task.search(seed=wish.seed, weights=Weights(), tolerance=_TOLERANCE, effort=wish.effort)
    return found, task


def _table(session: Session, rows: Sequence[Row[Any]], now: datetime) -> PolygonFile:
    figures = figuring.of_rows(session, rows, now)
    columns = {
        "code": pa.array([row.key for row in rows], pa.string()),
        "street": pa.array([row.community_code[: divisions.WIDTHS["street"]] for row in rows], pa.string()),
        _WORKER: pa.array([row.worker_code for row in rows], pa.string()),
    }
    columns |= {
        name: pa.array([figures[row.key][name] for row in rows], pa.float64()) for name in figuring.NAMES
    }
    shapes = np.array([shapely.from_wkb(bytes(row.wkb)) for row in rows], dtype=object)
    return PolygonFile("the draft", pa.table(columns), shapes, (), "EPSG:4326")


def _box(grids: PolygonFile) -> sql.Box:
    west, south, east, north = shapely.total_bounds(grids.polygons).tolist()
    return west, south, east, north


def _owners(task: beats.Task, workers: Sequence[str]) -> list[str]:
    """Return the worker of each beat: whoever has most of it today, else one of those without a beat.

    Raises
    ------
    InvalidInput
        Fewer workers are named than have beats today, and moves between these are counted.
    """
    names = task.beat_names().tolist()
    free = [worker for worker in workers if worker not in names]
    if missing := len([name for name in names if name not in workers]) - len(free):
        raise InvalidInput(
            f"there are {len(names)} beats, and {missing} of them would have no worker: name more of them,"
            " or do not limit how many grids may move",
            field="workers",
        )
    return [name if name in workers else free.pop(0) for name in names]


def _told(measure: Measure) -> dict[str, Any]:
    return {"name": measure.name, "value": measure.value, "why": measure.why, "reason": measure.reason}
