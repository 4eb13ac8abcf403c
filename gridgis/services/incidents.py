"""Incidents: reporting one, the queue of the command centre, and one with its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gridgis.codes import divisions, grids
from gridgis.codes import incidents as numbers
from gridgis.codes.aliases import recogniser
from gridgis.codes.catalogue import catalogue
from gridgis.codes.class_files import CodeClass
from gridgis.codes.profiles import check_class_code
from gridgis.config import Config
from gridgis.database import seeing
from gridgis.errors import Conflict, InvalidInput, NotAllowed, NotFound
from gridgis.geometry.crs import parse_crs
from gridgis.models.incidents import FINAL_STATES, SOURCES, STATES
from gridgis.scope import EVERYTHING, Scope
from gridgis.sql import incidents as sql
from gridgis.sql import locating as locating_sql
from gridgis.sql.incidents import Filter

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

#: From this score on, the recogniser's best candidate is the one class the text names.
CERTAIN = 0.85
#: The map draws at most so many points; a city with more open incidents than this has other worries.
MOST_POINTS = 50_000


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports: a class or words that name one, and a place in `crs`.

    `client_uuid` is made by the sender once a report; sent again with it, the report is the same one.
    """

    lon: float
    lat: float
    source: str
    text: str | None = None
    class_code: str | None = None
    kind: str | None = None
    crs: str = "EPSG:4326"
    accuracy_m: float | None = None
    address: str | None = None
    component_code: str | None = None
    client_uuid: UUID | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the queue; `next` is the cursor of the one after it, `total` counts all of them."""

    items: list[dict[str, Any]]
    next: str | None
    total: int | None


def report(
    session: Session, scope: Scope, config: Config, wanted: Report, *, actor: str, role: str, at: datetime
) -> dict[str, Any]:
    """Locate a report, give it a number, store it, log it; whoever watches learns of it at the commit.

    Returns
    -------
    dict
        id, number, kind, class_code, class_zh, class_en, grid_code, match, distance_m, lon, lat,
        reported_at: what never changes, so that a repeated report gets the same answer.

    Raises
    ------
    InvalidInput
        No class is named, or several are; a class about people; an unknown source; a place not on earth.
    NotAllowed
        The place lies outside the caller's part of the city.
    Conflict
        The UUID is of a report outside it.
    """
    known = _reported_before(session, scope, wanted.client_uuid)
    if known is not None:
        return known
    if wanted.source not in SOURCES:
        raise InvalidInput(f"source {wanted.source!r} is not one of {', '.join(SOURCES)}", field="source")
    entry = _class_of(wanted, config)
    lon, lat = _place(wanted)
    with seeing(session, EVERYTHING):  # or a place beyond the border would be snapped to this side of it
        found = locating_sql.locate_point(
            session, lon, lat, at, tolerance_m=config.snap_tolerance_m, metric_srid=config.metric_srid
        )
    if not scope.covers(found.grid_code):
        raise NotAllowed("this place is outside the divisions you answer for")
    number = _number(session, config, entry, at)
    incident_id = sql.insert_key(session, number, wanted.client_uuid, at)
    if incident_id is None:  # the same report, sent twice at once, and the other one was first
        known = _reported_before(session, scope, wanted.client_uuid)
        assert known is not None  # noqa: S101 - the UUID was taken
        return known
    sql.insert_incident(
        session,
        {
            "id": incident_id, "number": number, "reported_at": at, "profile": entry.profile,
            "kind": entry.kind, "class_code": entry.code, "source": wanted.source, "state": "reported",
            "description": wanted.text, "address": wanted.address, "accuracy_m": wanted.accuracy_m,
            "component_code": wanted.component_code, "lon": lon, "lat": lat,
            "grid_code": found.grid_code, "match": found.match, "distance_m": found.distance_m,
        },
    )  # fmt: skip
    sql.insert_log(
        session,
        {"at": at, "incident_id": incident_id, "actor": actor, "role": role, "action": "report",
         "to_state": "reported"},
    )  # fmt: skip
    return _receipt(_existing(session, incident_id))


def _number(session: Session, config: Config, entry: CodeClass, at: datetime) -> str:
    """Give the next number of a class on the local day of `at`."""
    day = at.astimezone(config.zone).date()
    stem = numbers.build(entry.kind, entry.code, day, 1)[: -numbers.SERIAL_DIGITS]
    return numbers.build(entry.kind, entry.code, day, sql.next_serial(session, stem))


def recognise(config: Config, words: str) -> list[dict[str, Any]]:
    """Return the classes a text may mean, best first: kind, code, name_zh, name_en, score."""
    return [
        {
            "kind": candidate.entry.kind,
            "code": candidate.entry.code,
            "name_zh": candidate.entry.name_zh,
            "name_en": candidate.entry.name_en,
            "score": round(candidate.score, 3),
        }
        for candidate in recogniser(config.code_profile).recognise(words).candidates
    ]


def queue(
    session: Session,
    scope: Scope,
    chosen: Filter,
    *,
    division: str | None,
    by_due: bool,
    after: str,
    limit: int,
) -> Page:
    """Return one page of incidents in a division (or grid) of the caller's part; the first has their number.

    Raises
    ------
    InvalidInput
        An unknown state, or a cursor that no page gave.
    """
    chosen = _in_sight(scope, chosen, division)
    if not chosen.prefixes:
        return Page([], None, 0)
    cursor = _parsed_cursor(after) if after else None
    rows = sql.select_page(session, chosen, by_due=by_due, after=cursor, limit=limit + 1)
    total = sql.count(session, chosen) if cursor is None else None
    shown = rows[:limit]
    following = None
    if len(rows) > limit:
        last = shown[-1]
        instant = last.due_at if by_due else last.reported_at
        following = f"{instant.isoformat() if instant else ''}~{last.id}"
    return Page([_item(row) for row in shown], following, total)


def points(session: Session, scope: Scope, chosen: Filter, *, division: str | None) -> dict[str, list[Any]]:
    """Return columns of located incidents: id, lon, lat, class_code, state, and instants (epoch, s)."""
    chosen = _in_sight(scope, chosen, division)
    rows = sql.select_points(session, chosen, MOST_POINTS) if chosen.prefixes else []
    names = ("id", "lon", "lat", "class_code", "state", "reported_at", "due_at", "closed_at")
    return {name: [getattr(row, name) for row in rows] for name in names}


def get(session: Session, scope: Scope, incident_id: int) -> dict[str, Any]:
    """Return one incident with its `log`, oldest step first.

    Raises
    ------
    NotFound
        No incident has this id, or none the caller may see.
    """
    row = sql.select_one(session, incident_id)
    if row is None or not scope.covers(row.grid_code):
        raise NotFound(f"no incident {incident_id}", field="id")
    item = _item(row)
    item["department_name"] = row.department_name
    item["log"] = [dict(step._mapping) for step in sql.select_log(session, incident_id)]
    return item


def _class_of(wanted: Report, config: Config) -> CodeClass:
    """Return the class a report is about: the one it gives, else the one its words name for certain."""
    classes = catalogue(config.code_profile)
    if wanted.class_code:
        code = check_class_code(wanted.class_code, config.code_profile)
        kinds = (wanted.kind,) if wanted.kind else ("event", "component")
        entry = next((found for kind in kinds if (found := classes.find(kind, code))), None)
        entry = entry or classes.get(kinds[0], code)
    else:
        entry = _named(wanted.text or "", config)
    if entry.reserved:
        raise InvalidInput(
            f"class {entry.code} {entry.name_zh} is about people and cannot be reported", field="class_code"
        )
    return entry


def _named(words: str, config: Config) -> CodeClass:
    candidates = recogniser(config.code_profile).recognise(words).candidates if words.strip() else ()
    if candidates and candidates[0].score >= CERTAIN:
        return candidates[0].entry
    if candidates:
        offered = ", ".join(f"{c.entry.code} {c.entry.name_zh}" for c in candidates[:5])
        raise InvalidInput(
            f"the text can mean several classes: {offered}; give one as class_code", field="text"
        )
    raise InvalidInput(
        "the text names no class of the catalogue; give a class_code, or words such as 路灯不亮", field="text"
    )


def _place(wanted: Report) -> tuple[float, float]:
    x, y = parse_crs(wanted.crs).to_wgs84(wanted.lon, wanted.lat)
    lon, lat = float(x), float(y)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InvalidInput(f"({wanted.lon}, {wanted.lat}) is no place on earth in {wanted.crs}", field="lon")
    if wanted.accuracy_m is not None and not wanted.accuracy_m > 0:
        raise InvalidInput(f"accuracy_m {wanted.accuracy_m} must be above 0", field="accuracy_m")
    return lon, lat


def _reported_before(session: Session, scope: Scope, client_uuid: UUID | None) -> dict[str, Any] | None:
    incident_id = sql.find_by_uuid(session, client_uuid) if client_uuid else None
    if incident_id is None:
        return None
    row = sql.select_one(session, incident_id)
    if row is None or not scope.covers(row.grid_code):
        raise Conflict("another report was sent with this client_uuid; make a new one", field="client_uuid")
    return _receipt(row)


def _existing(session: Session, incident_id: int) -> Row[Any]:
    row = sql.select_one(session, incident_id)
    assert row is not None  # noqa: S101 - its key was just read or written
    return row


def _receipt(row: Row[Any]) -> dict[str, Any]:
    kept = ("id", "number", "kind", "class_code", "class_zh", "class_en", "grid_code", "match", "distance_m",
            "lon", "lat", "reported_at")  # fmt: skip
    return {name: getattr(row, name) for name in kept}


def _item(row: Row[Any]) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "department_name"}


def _in_sight(scope: Scope, chosen: Filter, division: str | None) -> Filter:
    """Return `chosen` within the caller's scope and one division or grid."""
    unknown = [state for state in chosen.states if state not in (*STATES, "open", "final")]
    if unknown:
        raise InvalidInput(
            f"state {unknown[0]!r} is not one of {', '.join(STATES)}, final ({', '.join(FINAL_STATES)})"
            " and open (the others)",
            field="state",
        )
    if not division:
        return replace(chosen, prefixes=scope.prefixes, everything=scope.is_everything)
    prefix = division if grids.is_grid_code(division) else divisions.prefix(division)
    if chosen.unlocated:
        return replace(chosen, prefixes=scope.prefixes if scope.is_everything else ())
    return replace(chosen, prefixes=scope.narrowed(prefix).prefixes)


def _parsed_cursor(after: str) -> tuple[datetime | None, int]:
    instant, _, identity = after.rpartition("~")
    try:
        return (datetime.fromisoformat(instant) if instant else None), int(identity)
    except ValueError as error:
        raise InvalidInput(f"after {after!r} is not a cursor that a page gave", field="after") from error


def stream_item(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the live stream tells of one step of one incident."""
    return {**row, "is_open": row["state"] not in FINAL_STATES}
