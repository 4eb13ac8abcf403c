"""A plan beside another: which grids are new or gone, what changes hands, and how evenly work is spread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.config import Config
from gridgis.errors import InvalidInput
from gridgis.planning.editing.fabric import is_new
from gridgis.planning.succession import Succession, succession
from gridgis.services.drafts import figuring, keeping
from gridgis.services.drafts.answers import features
from gridgis.services.drafts.keeping import Planner
from gridgis.services.drafts.viewing import prefixes
from gridgis.sql import draft_figures as figures_sql
from gridgis.sql import draft_grids as sql

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

#: What loads are asked by.
LEVELS = ("grid", "community", "worker")
MEASURES = (*figuring.NAMES, "area_m2")


class _Side(NamedTuple):
    """One of the two plans: its grids by key, and what they carry."""

    rows: dict[str, Row[Any]]
    figures: dict[str, figuring.Figures]


def compare(
    session: Session, planner: Planner, config: Config, plan_id: int, other: int | None, now: datetime
) -> dict[str, Any]:
    """Compare a plan with another, or with the plan in force (`other` is ``None``).

    A grid that has most of its ground from a grid of the other plan, which in turn gives most of its ground
    to it, goes on within a new border; whatever else is in another grid than before has moved.

    Returns
    -------
    dict
        `totals`: grids `added`, `removed`, `kept` and `reassigned` (kept, with another worker); `buildings`,
        `households` and `population` moved and `moved_m2`; `load` `before` and `after`. `workers`: everyone
        whose grids or minutes differ, with the minutes a week and the grids `before` and `after`, all grids
        together, the largest change first.
        `grids`: GeoJSON of all grids that differ, each with `change`: added, removed or reassigned.

    Raises
    ------
    NotFound
        One of the plans is not there, or the planner may not see it.
    """
    plans = [keeping.seen(session, planner, plan_id)]
    plans += [keeping.seen(session, planner, other)] if other is not None else []
    within = planner.scope.prefixes
    if all(plan.state == "draft" for plan in plans):
        changed = {
            code for plan in plans for code in sql.select_changed_communities(session, plan.id, within)
        }
        communities = sorted(changed)
    else:
        communities = sql.select_communities(session, within)
    views = [keeping.view(plan, config, now) for plan in plans]
    here = views[0]
    there = views[1] if other is not None else sql.View(None, now, here.day)
    after, before = (_side(session, view, communities, now) for view in (here, there))
    gone = [row for key, row in before.rows.items() if key not in after.rows or is_new(key)]
    made = [row for key, row in after.rows.items() if key not in before.rows or is_new(key)]
    passed = _succession(gone, made, config)
    told = _told(session, before, after, gone, made, passed)
    return told | {"workers": _workers(session, (there, here), (before, after))}


def _side(session: Session, view: sql.View, communities: Sequence[str], now: datetime) -> _Side:
    rows = sql.select_by_prefix(session, view, communities) if communities else []
    return _Side({row.key: row for row in rows}, figuring.of_rows(session, rows, now))


def _succession(gone: Sequence[Row[Any]], made: Sequence[Row[Any]], config: Config) -> Succession:
    return succession(
        _polygons(gone),
        [row.community_code for row in gone],
        _polygons(made),
        [row.community_code for row in made],
        [row.number for row in made],
        srid=config.metric_srid,
    )


def _told(
    session: Session,
    before: _Side,
    after: _Side,
    gone: Sequence[Row[Any]],
    made: Sequence[Row[Any]],
    passed: Succession,
) -> dict[str, Any]:
    same = {gone[old].key: made[new].key for old, new in passed.kept.items()}
    same |= {key: key for key in before.rows.keys() & after.rows.keys() if not is_new(key)}
    reassigned = [
        new for old, new in same.items() if before.rows[old].worker_code != after.rows[new].worker_code
    ]
    retired = [gone[row] for row in passed.retired]
    fresh = [made[row] for row in passed.minted]
    totals = {
        "added": len(fresh),
        "removed": len(retired),
        "kept": len(same),
        "reassigned": len(reassigned),
        **_moved(session, gone, made, passed),
        "load": {"before": _spread(before), "after": _spread(after)},
    }
    collected = [
        *features(retired, before.figures, change="removed"),
        *features(fresh, after.figures, change="added"),
        *features([after.rows[key] for key in sorted(reassigned)], after.figures, change="reassigned"),
    ]
    return {"totals": totals, "grids": {"type": "FeatureCollection", "features": collected}}


def _moved(
    session: Session, gone: Sequence[Row[Any]], made: Sequence[Row[Any]], passed: Succession
) -> dict[str, Any]:
    """Return the ground and what stands on it that is in another grid than the one that goes on."""
    shares = [share for share in passed.passed if share.new in set(passed.minted)]
    mother, heir = passed.heirs(), {}
    for share in sorted(shares, key=lambda share: (share.area_m2, -share.new)):
        heir[share.old] = share.new
    stays = {(old, new) for new, old in mother.items() if heir.get(old) == new}
    kept = {(old, new) for old, new in passed.kept.items()}
    left = [share for share in shares if (share.old, share.new) not in stays]
    things = figures_sql.select_building_points(session, sorted({row.community_code for row in gone}))
    points = shapely.points([(thing.lon, thing.lat) for thing in things]) if things else np.array([])
    old, new = (_home(points, _polygons(rows)) for rows in (gone, made))
    moved = [
        thing
        for thing, a, b in zip(things, old.tolist(), new.tolist(), strict=True)
        if a >= 0 and b >= 0 and (a, b) not in stays and (a, b) not in kept
    ]
    return {
        "moved_m2": round(sum(share.area_m2 for share in left), 1),
        "buildings": len(moved),
        "households": sum(thing.households or 0 for thing in moved),
        "population": sum(thing.population or 0 for thing in moved),
    }


def _home(points: NDArray[Any], polygons: NDArray[Any]) -> NDArray[np.int64]:
    """Return the first polygon that covers each point, -1 for none."""
    home = np.full(len(points), len(polygons), dtype=np.int64)
    if len(points) and len(polygons):
        polygon, point = shapely.STRtree(points).query(polygons, predicate="covers")
        np.minimum.at(home, point, polygon)
    return np.where(home == len(polygons), -1, home)


def _workers(
    session: Session, views: tuple[sql.View, sql.View], sides: tuple[_Side, _Side]
) -> list[dict[str, Any]]:
    """Return what everyone whose grids or minutes differ has, all grids together, largest change first."""
    one, other = (_held(side) for side in sides)
    touched = sorted(code for code in one.keys() | other.keys() if one.get(code) != other.get(code))
    (grids_before, before), (grids_after, after) = (
        figuring.of_workers(session, view, touched) for view in views
    )
    rows = [
        {
            "worker_code": code,
            "before": round(before[code], 1),
            "after": round(after[code], 1),
            "grids_before": grids_before[code],
            "grids_after": grids_after[code],
        }
        for code in touched
    ]
    return sorted(rows, key=lambda row: (-abs(row["after"] - row["before"]), row["worker_code"]))


def _held(side: _Side) -> dict[str, list[tuple[str, float | None]]]:
    """Return the grids of each worker with their minutes, by key."""
    held: dict[str, list[tuple[str, float | None]]] = {}
    for key, row in side.rows.items():
        if row.worker_code is not None:
            held.setdefault(row.worker_code, []).append((key, side.figures[key]["minutes"]))
    return held


def _polygons(rows: Sequence[Row[Any]]) -> NDArray[Any]:
    return np.array([shapely.from_wkb(bytes(row.wkb)) for row in rows], dtype=object)


def _spread(side: _Side) -> dict[str, Any]:
    """Return the largest and the mean load by grid and by worker."""
    workers: dict[str, float] = {}
    for key, row in side.rows.items():
        if row.worker_code is not None:
            minutes = side.figures[key]["minutes"] or 0.0
            workers[row.worker_code] = workers.get(row.worker_code, 0.0) + minutes
    households = [figures["households"] or 0 for figures in side.figures.values()]
    minutes_of_grids = [figures["minutes"] or 0 for figures in side.figures.values()]
    return {
        "grids": len(side.rows),
        "households": _extremes(households),
        "minutes": _extremes(minutes_of_grids),
        "worker_minutes": _extremes(list(workers.values())),
    }


def _extremes(values: Sequence[float]) -> dict[str, float | None]:
    if not values or not sum(values):
        return {"max": None, "mean": None, "max_to_mean": None}
    mean = sum(values) / len(values)
    return {
        "max": round(max(values), 1),
        "mean": round(mean, 1),
        "max_to_mean": round(max(values) / mean, 3),
    }


def loads(
    session: Session,
    planner: Planner,
    config: Config,
    plan_id: int,
    now: datetime,
    *,
    division: str | None,
    level: str,
    measure: str,
) -> dict[str, Any]:
    """Return one measure of a plan by grid, community or worker, the largest first, and how it is spread.

    Raises
    ------
    NotFound
        There is no such plan, or none the planner may see.
    InvalidInput
        The code is no division's, or the level or measure is unknown.
    """
    for field, given, accepted in (("level", level, LEVELS), ("measure", measure, MEASURES)):
        if given not in accepted:
            raise InvalidInput(f"{field} is {given!r}; accepted are {', '.join(accepted)}", field=field)
    view = keeping.view(keeping.seen(session, planner, plan_id), config, now)
    rows = sql.select_by_prefix(session, view, prefixes(planner, division))
    figures = figuring.of_rows(session, rows, now)
    sums: dict[str | None, dict[str, Any]] = {}
    for row in rows:
        value = row.area_m2 if measure == "area_m2" else figures[row.key][measure]
        name = {"grid": row.key, "community": row.community_code, "worker": row.worker_code}[level]
        entry = sums.setdefault(name, {"key": name, "value": 0.0, "grids": 0})
        entry["value"] += value or 0.0
        entry["grids"] += 1
        if level == "grid":
            entry |= {"community_code": row.community_code, "worker_code": row.worker_code}
    ordered = sorted(sums.values(), key=lambda entry: (-entry["value"], str(entry["key"])))
    for entry in ordered:
        entry["value"] = round(entry["value"], 2)
    known = [entry["value"] for entry in ordered if entry["key"] is not None]
    return {"level": level, "measure": measure, "rows": ordered, "spread": _extremes(known)}
