"""Editing a draft: every edit is a row of its log, and is undone and made again byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridgis.config import Config
from gridgis.database import seeing
from gridgis.errors import Conflict, NotAllowed
from gridgis.planning.editing.operations import NAMES
from gridgis.scope import EVERYTHING
from gridgis.services.drafts import drawing, keeping
from gridgis.services.drafts.answers import answered
from gridgis.services.drafts.changes import Changed
from gridgis.services.drafts.keeping import Planner
from gridgis.sql import draft_grids as grids_sql
from gridgis.sql import drafts as sql

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

#: The edits there are: those of the ground, and those that only give grids out, lock or classify them.
OPERATIONS = (*NAMES, *drawing.OPERATIONS)

_LISTED = 500


def edit(
    session: Session,
    planner: Planner,
    config: Config,
    plan_id: int,
    operation: str,
    arguments: Mapping[str, Any],
    versions: Mapping[str, int],
    now: datetime,
) -> dict[str, Any]:
    """Make one edit and write it into the draft's log.

    Parameters
    ----------
    operation, arguments
        One of `OPERATIONS` and what it takes (docs/planning.md).
    versions
        Of the grids the planner looks at: key -> version. A grid that has another one now was changed
        meanwhile. Grids not named here are only refused when somebody else drew them.

    Returns
    -------
    dict
        `edit` (seq, operation, actor, at), `removed` keys, `grids` (GeoJSON of all that changed), `loads`
        (`before` and `after` by grid, and of every worker concerned), `undo` and `redo` (whether there is
        something to).

    Raises
    ------
    NotFound, NotAllowed, Conflict
        As `keeping.opened`; or a grid named is not there, or not in the planner's divisions.
    Changed
        Somebody else was faster; says who, and what they did when.
    Refused
        An invariant would break.
    InvalidInput
        The operation or an argument is not what is accepted.
    """
    plan = keeping.opened(session, planner, plan_id)
    desk = drawing.Desk(session, planner, config, plan, versions, now)
    with seeing(session, EVERYTHING):  # a border gets its vertices on both sides, whoever's they are
        return written(desk, drawing.work(desk, operation, arguments))


def written(desk: drawing.Desk, done: drawing.Done) -> dict[str, Any]:
    """Write an edit into the draft and its log, and return what `edit` answers; the city is in sight."""
    session, planner, plan = desk.session, desk.planner, desk.plan
    view, keys = desk.view, sorted(done.keys)
    was = grids_sql.select_by_key(session, view, keys)
    before = sql.select_rows(session, plan.id, keys)
    seq = plan.last_seq + 1
    rows = [{**row, "version": seq} for row in done.rows]
    sql.replace_rows(session, plan.id, keys, rows)
    after = sql.select_rows(session, plan.id, keys)
    row = sql.insert_edit(
        session,
        {
            "plan_id": plan.id, "seq": seq, "operation": done.operation, "arguments": dict(done.arguments),
            "communities": sorted(done.communities), "actor": planner.name, "before": before, "after": after,
        },
    )  # fmt: skip
    sql.count_on(session, plan.id, seq, seq, done.last_key)
    return answered(session, planner, view, row, was, keys, desk.now) | {"undo": True, "redo": False}


def undo(
    session: Session, planner: Planner, config: Config, plan_id: int, now: datetime, *, seq: int | None = None
) -> dict[str, Any]:
    """Take the newest edit back; the answer is as of `edit`.

    Parameters
    ----------
    seq
        Which edit the planner means: another one is refused. Without it only one's own is taken back.

    Raises
    ------
    Conflict, Changed
        There is none, or it is not the one meant.
    NotAllowed
        It is of grids outside the planner's divisions.
    """
    return _turned_back(session, planner, config, plan_id, now, seq, undoing=True)


def redo(
    session: Session, planner: Planner, config: Config, plan_id: int, now: datetime, *, seq: int | None = None
) -> dict[str, Any]:
    """Make the edit that was undone last again; parameters and errors as of `undo`."""
    return _turned_back(session, planner, config, plan_id, now, seq, undoing=False)


def _turned_back(
    session: Session,
    planner: Planner,
    config: Config,
    plan_id: int,
    now: datetime,
    seq: int | None,
    *,
    undoing: bool,
) -> dict[str, Any]:
    plan = keeping.opened(session, planner, plan_id)
    with seeing(session, EVERYTHING):
        find = sql.select_newest_done if undoing else sql.select_oldest_undone
        found = find(session, plan_id)
        if found is None:
            raise Conflict(f"draft {plan_id} has nothing to {'undo' if undoing else 'redo'}")
        _check_meant(planner, found, seq, "undo" if undoing else "redo")
        view = keeping.view(plan, config, now)
        keys = sorted({row["key"] for row in (*found.before, *found.after)})
        was = grids_sql.select_by_key(session, view, keys)
        sql.replace_rows(session, plan_id, keys, found.before if undoing else found.after)
        sql.mark_undone(session, plan_id, found.seq, undoing)
        newest = sql.select_newest_done(session, plan_id)
        sql.count_on(session, plan_id, newest.seq if newest else 0, plan.last_seq, 0)
        left = {
            "undo": newest is not None,
            "redo": sql.select_oldest_undone(session, plan_id) is not None,
        }
        return answered(session, planner, view, found, was, keys, now) | left


def _check_meant(planner: Planner, found: Row[Any], seq: int | None, verb: str) -> None:
    named = f"{found.operation} by {found.actor} at {found.at:%Y-%m-%d %H:%M:%S} UTC (edit {found.seq})"
    outside = [code for code in found.communities if not planner.scope.covers(code)]
    if outside:
        raise NotAllowed(f"next to {verb} is {named}, in community {outside[0]} outside your divisions")
    if seq is None and found.actor != planner.name:
        raise Changed(f"next to {verb} is {named}; ask for it by its number to {verb} it", [])
    if seq is not None and seq != found.seq:
        raise Changed(f"next to {verb} is {named}, not edit {seq}", [])


def list_edits(session: Session, planner: Planner, plan_id: int) -> list[dict[str, Any]]:
    """Return the newest edits in the planner's divisions, newest first, those that were undone too.

    Raises
    ------
    NotFound
        As `keeping.get`.
    """
    keeping.seen(session, planner, plan_id)
    edits: Sequence[Row[Any]] = sql.select_edits(session, plan_id, _LISTED)
    return [
        {name: value for name, value in row._mapping.items() if name != "communities"}
        for row in edits
        if any(planner.scope.covers(code) for code in row.communities)
    ]
