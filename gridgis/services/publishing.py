"""The way of a draft into force: submitted, approved where a second person must, published, taken back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridgis.config import Config
from gridgis.database import seeing
from gridgis.errors import Conflict, GridgisError, InvalidInput, NotAllowed
from gridgis.geometry.measurement import area_m2
from gridgis.geometry.stitching import stitched
from gridgis.scope import EVERYTHING
from gridgis.services import audit
from gridgis.services.coming_into_force import Published, put_into_force
from gridgis.services.drafts import keeping
from gridgis.services.drafts.keeping import Planner
from gridgis.services.plan_changes import Changes, changes, check
from gridgis.services.rehoming import Progress, rehome_stragglers
from gridgis.sql import publishing as sql

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

#: Who acts when a draft's hour comes.
_CLOCK = "gridgis"
_BESIDE_DEG = 1e-8


@dataclass(frozen=True, slots=True)
class Due:
    """What became of a draft whose hour had come: what was done, or why it was refused."""

    plan_id: int
    published: Published | None
    refused: str


@dataclass(slots=True)
class _Former:
    """What was before a plan that is taken back.

    Attributes
    ----------
    workers, kinds
        Grids that stayed, and such as began and ended on one day -> what was before, as in `Changes`.
    restored
        Key in the draft that takes it back -> the retired grid that it restores.
    """

    workers: dict[str, str | None]
    kinds: dict[str, tuple[str | None, str | None]]
    restored: dict[str, str] = field(default_factory=dict)


def _silent(_layer: str, _done: int, _total: int) -> None:
    pass


def submit(
    session: Session,
    planner: Planner,
    config: Config,
    plan_id: int,
    *,
    at: datetime,
    effective_at: datetime | None = None,
) -> None:
    """Hand a draft in for publishing; from then on it takes no edits until it is withdrawn.

    It is checked as publishing checks it, and again when it is published.

    Parameters
    ----------
    at
        Now.
    effective_at
        When it shall come into force by itself; ``None`` leaves that to whoever publishes it.

    Raises
    ------
    NotFound, NotAllowed
        It is not there, or not the planner's, or changes grids outside the planner's divisions.
    Conflict
        It is submitted already, or published; or something refuses publishing (see `plan_changes.check`).
    InvalidInput
        `effective_at` has passed.
    """
    plan = _locked(session, planner, plan_id)
    if not planner.edits(plan):
        raise NotAllowed(f"draft {plan_id} belongs to {plan.created_by}, who names its editors")
    if plan.submitted_by is not None:
        raise Conflict(f"draft {plan_id} was submitted by {plan.submitted_by} already")
    if effective_at is not None and effective_at <= at:
        raise InvalidInput(
            f"{effective_at.astimezone(config.zone):%Y-%m-%d %H:%M %Z} has passed; a plan comes into force"
            " now or later, because what was is not changed afterwards",
            field="effective_at",
        )
    with seeing(session, EVERYTHING):
        check(session, planner.scope, config, changes(session, config, plan_id))
    sql.update_way(
        session,
        plan_id,
        effective_at=effective_at,
        submitted_by=planner.name,
        submitted_at=at,
        approved_by=None,
    )


def approve(session: Session, planner: Planner, config: Config, plan_id: int) -> None:
    """Say as the second person that a submitted draft may come into force.

    Raises
    ------
    NotFound
        As `submit`.
    NotAllowed
        The planner submitted it, or it changes grids outside the planner's divisions.
    Conflict
        It is not submitted, or something refuses publishing by now.
    """
    plan = _submitted(session, planner, plan_id)
    if plan.submitted_by == planner.name or not planner.may_draw:
        raise NotAllowed(f"you submitted draft {plan_id}; a second person approves it")
    with seeing(session, EVERYTHING):
        check(session, planner.scope, config, changes(session, config, plan_id))
    sql.update_way(session, plan_id, **_way(plan) | {"approved_by": planner.name})


def withdraw(session: Session, planner: Planner, plan_id: int) -> None:
    """Take a submitted draft back, or refuse to approve it; it can be edited again.

    Raises
    ------
    NotFound
        As `submit`.
    NotAllowed
        The planner does not draw.
    Conflict
        It is not submitted.
    """
    _submitted(session, planner, plan_id)
    if not planner.may_draw:
        raise NotAllowed("planners withdraw drafts")
    sql.update_way(
        session, plan_id, effective_at=None, submitted_by=None, submitted_at=None, approved_by=None
    )


def publish(
    session: Session,
    planner: Planner,
    config: Config,
    plan_id: int,
    *,
    at: datetime,
    effective_at: datetime | None = None,
    progress: Progress = _silent,
) -> Published | None:
    """Put a draft into force now; with an hour to come, submit it for then and return ``None``.

    Everything that changes does so when the transaction is committed; until then everybody works, and is
    answered, under the former plan.

    Raises
    ------
    NotFound, NotAllowed, InvalidInput
        As `submit`.
    Conflict
        As `submit`; or a second person has to approve it first; or another plan is being published.
    """
    if effective_at is not None:
        submit(session, planner, config, plan_id, at=at, effective_at=effective_at)
        return None
    plan = _locked(session, planner, plan_id)
    if plan.submitted_by is None and not planner.edits(plan):
        raise NotAllowed(f"draft {plan_id} belongs to {plan.created_by}, who names its editors")
    if not planner.may_draw:
        raise NotAllowed("planners publish plans")
    if config.publish_needs_approval and plan.approved_by is None:
        raise Conflict(
            f"draft {plan_id} must be approved by a second person"
            + ("" if plan.submitted_by else ", and submitted before that")
        )
    return _published(session, planner, config, plan, role="planner", progress=progress)


def rollback(
    session: Session, planner: Planner, config: Config, plan_id: int, *, progress: Progress = _silent
) -> Published:
    """Take back the plan in force: give the ground its former borders, and the former people their work.

    A code is never used again, so the former grids come back under new codes, as a plan of its own that
    begins now; what was under the plan taken back stays on record. Grids that stayed get back the type and
    the primary worker they had, where the plan gave them another.

    Raises
    ------
    NotFound, NotAllowed
        It is not there, or changed grids outside the planner's divisions.
    Conflict
        It is not the plan in force, or had no plan before it; or another plan is being published.
    """
    keeping.seen(session, planner, plan_id)
    _alone(session)
    plan = sql.lock_plan(session, plan_id)
    assert plan is not None  # noqa: S101 - it was seen
    if not planner.may_draw:
        raise NotAllowed("planners take plans back")
    if plan.state == "draft":
        raise Conflict(f"plan {plan_id} is a draft; withdraw it where it is submitted, or undo its edits")
    if plan.state == "retired":
        raise Conflict(f"plan {plan_id} is not in force any more; the plan after it is taken back first")
    with seeing(session, EVERYTHING):
        former = _former(session, plan_id)
        said = {*former.workers, *former.kinds}
        rows, former.restored = _reversal(session, config, plan_id, said)
    made = sql.insert_reversal(session, f"{plan.name} (back)", plan_id, planner.name)
    sql.insert_draft_grids(session, made, rows)
    draft = sql.lock_plan(session, made)
    assert draft is not None  # noqa: S101 - just written
    return _published(session, planner, config, draft, role="planner", former=former, progress=progress)


def publish_due(
    session: Session, config: Config, at: datetime, *, progress: Progress = _silent
) -> Due | None:
    """Publish the submitted draft whose hour came first, if there is one; ``None`` when nothing is due.

    A draft that is refused, such as one that another plan overtook, stays submitted without an hour, and
    the audit log says why. Where a second person must approve, a draft waits for that beyond its hour.
    """
    rehome_stragglers(session, config, at)
    due = sql.select_due(session, at, approved_only=config.publish_needs_approval)
    if not due or not sql.try_lock(session):
        return None
    plan = sql.lock_plan(session, due[0])
    if plan is None or plan.submitted_by is None or plan.effective_at is None:
        return None  # withdrawn a moment ago
    clock = Planner(_CLOCK, EVERYTHING, is_administrator=True)
    try:
        with session.begin_nested():
            done = _published(session, clock, config, plan, role="system", progress=progress)
    except GridgisError as error:
        sql.update_way(session, plan.id, **_way(plan) | {"effective_at": None})
        _note(session, "publishing.refused", plan.id, reason=error.message)
        return Due(plan.id, None, error.message)
    _note(session, "publishing.publish", plan.id, submitted_by=plan.submitted_by)
    return Due(plan.id, done, "")


def _published(
    session: Session,
    planner: Planner,
    config: Config,
    plan: Row[Any],
    *,
    role: str,
    former: _Former | None = None,
    progress: Progress,
) -> Published:
    _alone(session)
    restored = None if former is None else former.restored
    with seeing(session, EVERYTHING):  # what is snapped across a border belongs to both sides of it
        found = changes(session, config, plan.id)
        if former is not None:
            found = found.saying(_by_code(former, found), former.kinds)
        check(session, planner.scope, config, found)
        return put_into_force(
            session, config, plan, found, actor=planner.name, role=role, restored=restored, progress=progress
        )


def _alone(session: Session) -> None:
    if not sql.try_lock(session):
        raise Conflict("another plan is being published at this moment; look at it, then try again")


def _locked(session: Session, planner: Planner, plan_id: int) -> Row[Any]:
    """Return a draft that nobody changes before the end of the transaction."""
    keeping.seen(session, planner, plan_id)
    plan = sql.lock_plan(session, plan_id)
    if plan is None or plan.state != "draft":
        raise Conflict(f"plan {plan_id} is published already", field="id")
    return plan


def _submitted(session: Session, planner: Planner, plan_id: int) -> Row[Any]:
    plan = _locked(session, planner, plan_id)
    if plan.submitted_by is None:
        raise Conflict(f"draft {plan_id} is not submitted")
    return plan


def _way(plan: Row[Any]) -> dict[str, Any]:
    return {
        name: getattr(plan, name) for name in ("effective_at", "submitted_by", "submitted_at", "approved_by")
    }


def _note(session: Session, action: str, plan_id: int, **details: Any) -> None:
    audit.record(session, audit.Deed(_CLOCK, "system", action, str(plan_id), details=details))


def _by_code(former: _Former, found: Changes) -> dict[str, str | None]:
    """Return the former workers by the codes that their grids will have."""
    codes = dict(zip(map(str, found.after.keys), map(str, found.codes), strict=True))
    again = {original: codes[key] for key, original in former.restored.items() if key in codes}
    return {again.get(code, code): worker for code, worker in former.workers.items()}


def _former(session: Session, plan_id: int) -> _Former:
    words = sql.select_words(session, plan_id)
    return _Former(
        workers={row.grid_code: row.worker_code for row in words if row.assigned},
        kinds={row.grid_code: (row.kind, row.sub_status) for row in words if row.classified},
    )


def _reversal(
    session: Session, config: Config, plan_id: int, said: Collection[str]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the rows of a draft that takes a plan back, and its new keys with the grids they restore.

    Grids that stayed have kept the vertices they gained, so the former ones get these too.

    Parameters
    ----------
    said
        Grids that stayed and get back a type or a worker; they have a row each.

    Raises
    ------
    Conflict
        There was no grid before the plan.
    """
    touched = sql.select_undone(session, plan_id)
    former = [row for row in touched if row.retired_by == plan_id]
    brought = [row for row in touched if row.brought]
    gone = {row.code for row in brought}
    shapes = shapely.from_wkb([bytes(row.wkb) for row in former])
    base = [row for row in sql.select_base(session) if row.code not in gone]
    if not base and not former:
        raise Conflict(f"plan {plan_id} is the first one: there are no borders before it to go back to")
    ground = shapely.from_wkb([bytes(row.wkb) for row in base])
    near = np.array([row for row, grid in enumerate(base) if grid.code in said], dtype=np.int64)
    if base and former:
        near = np.union1d(near, shapely.STRtree(ground).query(shapes, "dwithin", _BESIDE_DEG)[1])
    mended = stitched(np.concatenate((shapes, ground[near])))
    rows = [
        {"key": row.code, "community_code": row.community_code, "wkb": None, "area_m2": None}
        for row in brought
    ]
    kept = [(f"n{k + 1}", row.community_code, mended[k]) for k, row in enumerate(former)]
    kept += [
        (base[row].code, base[row].community_code, shape)
        for row, shape in zip(near, mended[len(former) :], strict=True)
        if base[row].code in said or not shape.equals_exact(ground[row])
    ]
    areas_m2 = area_m2([shape for *_, shape in kept], config.metric_srid)
    rows += [
        {"key": key, "community_code": community, "wkb": shape.wkb, "area_m2": float(area)}
        for (key, community, shape), area in zip(kept, areas_m2, strict=True)
    ]
    return rows, {f"n{k + 1}": row.code for k, row in enumerate(former)}
