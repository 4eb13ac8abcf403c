"""What an edit writes: new ground from `gridgis.planning.editing`, or a word about old ground."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import shapely

from gridgis.codes.grid_types import read_scheme
from gridgis.config import Config
from gridgis.errors import InvalidInput
from gridgis.geometry.measurement import area_m2
from gridgis.models.base import SRID
from gridgis.planning.editing.arguments import texts
from gridgis.planning.editing.fabric import Change, is_new
from gridgis.planning.editing.operations import perform, reach
from gridgis.planning.editing.refusals import Refused
from gridgis.services.drafts import figuring, keeping
from gridgis.services.drafts.changes import check_versions
from gridgis.services.drafts.fabric import Neighbourhood, neighbourhood
from gridgis.services.drafts.keeping import Planner
from gridgis.sql import draft_grids as sql
from gridgis.sql import drafts as drafts_sql

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

_MOST_KEYS = 20_000

Rows = Mapping[str, "Row[Any]"]


@dataclass(frozen=True, slots=True)
class Done:
    """An edit ready to be written.

    Attributes
    ----------
    keys
        Of all grids whose row changes.
    rows
        The draft's rows of them to come, without a version; a new grid that is gone has none.
    communities
        Whose ground or staff changes; that of a neighbour who only gets vertices is not among them.
    last_key
        The highest number of a new grid's key.
    """

    operation: str
    arguments: Mapping[str, Any]
    keys: set[str]
    rows: list[dict[str, Any]]
    communities: set[str]
    last_key: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What every edit of a draft is made with."""

    session: Session
    planner: Planner
    config: Config
    plan: Row[Any]
    versions: Mapping[str, int]
    now: datetime

    @property
    def view(self) -> sql.View:
        """The draft's grids as they are."""
        return keeping.view(self.plan, self.config, self.now)

    def check(self, rows: Rows, keys: Sequence[str]) -> None:
        """Refuse grids that are not as the planner saw them; see `changes.check_versions`."""
        check_versions(self.session, self.planner, self.plan.id, rows, keys, self.versions)


def work(desk: Desk, operation: str, arguments: Mapping[str, Any]) -> Done:
    """Return what an edit would write; errors as of `editing.edit`."""
    if operation in _WORDS:
        return _said(desk, operation, arguments)
    wide = reach(operation, arguments)
    named = {row.key: row for row in sql.select_by_key(desk.session, desk.view, wide.keys)}
    desk.check(named, wide.keys)
    community = arguments.get("community")
    near = neighbourhood(
        desk.session,
        desk.view,
        wide,
        desk.config,
        plan_id=desk.plan.id,
        next_new=desk.plan.last_key + 1,
        community=community if isinstance(community, str) else None,
    )
    return redrawn(desk, operation, arguments, near, perform(near.fabric, operation, arguments))


def redrawn(
    desk: Desk, operation: str, arguments: Mapping[str, Any], near: Neighbourhood, change: Change
) -> Done:
    """Return the rows of a change of ground.

    A new grid has the worker and the type of the grid that most of it was. One that only got vertices keeps
    all it had.
    """
    desk.check(near.rows, sorted(change.removed))
    communities = {change.before[key].community for key in change.removed}
    communities |= {held.community for held in change.added.values()}
    outside = sorted(code for code in communities if not desk.planner.scope.covers(code))
    if outside:
        raise InvalidInput(f"community {outside[0]} is not in your divisions", field="arguments")
    rows = [
        {"key": key, "community_code": change.before[key].community}
        for key in sorted(change.removed)
        if not is_new(key)
    ]
    rows += _new_rows(desk, operation, near, change)
    own = drafts_sql.select_rows(desk.session, desk.plan.id, sorted(change.reshaped))
    had = {row["key"]: row for row in own}
    for key, polygon in change.reshaped.items():
        rows.append((had.get(key) or _untouched(near.rows[key])) | {"geom": hexadecimal(polygon)})
    numbers = [int(key[1:]) for key in change.added]
    keys = {*change.before, *change.after}
    return Done(operation, arguments, keys, rows, communities, max(numbers, default=0))


def _new_rows(desk: Desk, operation: str, near: Neighbourhood, change: Change) -> list[dict[str, Any]]:
    keys = sorted(change.added, key=lambda key: int(key[1:]))
    polygons = [change.added[key].polygon for key in keys]
    figures = figuring.of_new_ground(desk.session, polygons, desk.config, desk.now)
    areas = area_m2(polygons, desk.config.metric_srid).tolist() if polygons else []
    rows = []
    for place, (key, polygon) in enumerate(zip(keys, polygons, strict=True)):
        mother = next((near.rows[old] for old in change.from_.get(key, []) if old in near.rows), None)
        rows.append(
            {
                "key": key,
                "community_code": change.added[key].community,
                "geom": hexadecimal(polygon),
                "area_m2": areas[place],
                "assigned": True,
                "worker_code": mother.worker_code if mother else None,
                "kind": mother.kind if mother else None,
                "sub_status": mother.sub_status if mother else None,
                "number": place + 1 if operation == "renumber" else None,
                "figures": figures[place],
            }
        )
    return rows


def _said(desk: Desk, operation: str, arguments: Mapping[str, Any]) -> Done:
    values = _values(desk, operation, arguments)
    keys = sorted(values)
    if len(keys) > _MOST_KEYS:
        raise InvalidInput(f"{len(keys)} grids are named; at most {_MOST_KEYS} at once", field="keys")
    found = {row.key: row for row in sql.select_by_key(desk.session, desk.view, keys)}
    desk.check(found, keys)
    own = {row["key"]: row for row in drafts_sql.select_rows(desk.session, desk.plan.id, keys)}
    rows = [(own.get(key) or _untouched(found[key])) | values[key] for key in keys]
    if all(own.get(row["key"], _untouched(found[row["key"]])) == row for row in rows):
        raise Refused("no_change", "nothing would change", keys=keys)
    return Done(operation, arguments, set(keys), rows, {found[key].community_code for key in keys})


def _values(desk: Desk, operation: str, arguments: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what an edit writes, by grid: the same for all `keys`, or to each of `workers` its own grids."""
    workers = arguments.get("workers")
    if operation != "assign" or workers is None:
        return dict.fromkeys(texts(arguments, "keys"), _WORDS[operation](desk, arguments))
    if not isinstance(workers, dict) or not workers:
        raise InvalidInput("workers names no grid; accepted is an object of grid: worker", field="workers")
    known: dict[str, dict[str, Any]] = {}
    for code in workers.values():
        if repr(code) not in known:
            known[repr(code)] = _assigned(desk, {"worker_code": code})
    return {key: known[repr(code)] for key, code in workers.items()}


def _assigned(desk: Desk, arguments: Mapping[str, Any]) -> dict[str, Any]:
    code = arguments.get("worker_code")
    if code is not None and (
        not isinstance(code, str) or not sql.worker_exists(desk.session, code, desk.planner.scope.prefixes)
    ):
        raise InvalidInput(f"there is no worker {code!r}, or none in your divisions", field="worker_code")
    return {"assigned": True, "worker_code": code}


def _locked(_desk: Desk, arguments: Mapping[str, Any]) -> dict[str, Any]:
    locked = arguments.get("locked")
    if not isinstance(locked, bool):
        raise InvalidInput(f"locked is {locked!r}; true or false is accepted", field="locked")
    return {"locked": locked}


def _classified(desk: Desk, arguments: Mapping[str, Any]) -> dict[str, Any]:
    said = [arguments.get(name) for name in ("kind", "sub_status")]
    for name, value in zip(("kind", "sub_status"), said, strict=True):
        if value is not None and (not isinstance(value, str) or not value):
            raise InvalidInput(f"{name} is {value!r}; text is accepted, or null", field=name)
    kind, sub_status = read_scheme(desk.config.grid_types).parse(*said)
    return {"kind": kind, "sub_status": sub_status}


#: Edits that leave the ground as it is, and what each writes.
_WORDS: dict[str, Callable[[Desk, Mapping[str, Any]], dict[str, Any]]] = {
    "assign": _assigned,
    "lock": _locked,
    "classify": _classified,
}
OPERATIONS = tuple(_WORDS)


def _untouched(row: Row[Any]) -> dict[str, Any]:
    """Return the row that a grid in force would have if the draft said nothing new of it."""
    return {
        "key": row.key, "community_code": row.community_code, "geom": bytes_as_stored(row.wkb),
        "area_m2": row.area_m2, "assigned": False, "worker_code": None, "kind": None, "sub_status": None,
        "number": None, "locked": False, "figures": None, "version": row.version,
    }  # fmt: skip


def hexadecimal(polygon: shapely.Geometry) -> str:
    """Return a polygon as hexadecimal EWKB, which PostGIS reads and keeps to the last bit."""
    return str(shapely.to_wkb(shapely.set_srid(polygon, SRID), hex=True, include_srid=True))


def bytes_as_stored(wkb: bytes) -> str:
    """Return WKB of the database as hexadecimal EWKB."""
    return hexadecimal(shapely.from_wkb(bytes(wkb)))
