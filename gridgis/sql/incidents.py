"""Incidents: the queue, points for the map, one incident with its log, and a new report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridgis.models.incidents import FINAL_STATES, Incident, IncidentKey, IncidentLog
from gridgis.sql.summary import bounds, open_from

#: Nobody reads further down a list; counting on would cost more than the page.
MOST_COUNTED = 10_000

# the words of ix_incidents_open, without which the index of open incidents is not used
_OPEN = "i.state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged')"
_COLUMNS = """
    i.id, i.number, i.kind, i.class_code, c.name_zh AS class_zh, c.name_en AS class_en, i.state, i.source,
    i.description, i.address, i.accuracy_m, i.grid_code, i.match, i.distance_m, i.department_code,
    i.component_code, i.reported_at, i.due_at, i.closed_at, ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat
    FROM incidents i JOIN classes c ON (c.profile, c.kind, c.code) = (i.profile, i.kind, i.class_code)
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which incidents; ``None`` and empty leave a condition out.

    Attributes
    ----------
    prefixes
        Grid-code prefixes in sight. `everything` says that they are the whole city, to which incidents
        in no grid belong.
    states
        States, or the one word ``open`` or ``final``.
    class_prefix
        First digits of the class code.
    bbox
        EPSG:4326, xmin, ymin, xmax, ymax.
    since, until
        Reported in [since, until).
    due_before
        Due earlier than this and not yet closed.
    open_since
        Open at some instant from then on: still open, or closed after it and reported at most 60 days
        before it (what took longer is too rare to look through all years for).
    """

    prefixes: tuple[str, ...]
    everything: bool = False
    unlocated: bool = False
    states: tuple[str, ...] = ()
    class_prefix: str | None = None
    source: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    since: datetime | None = None
    until: datetime | None = None
    due_before: datetime | None = None
    open_since: datetime | None = None


def select_page(
    session: Session, chosen: Filter, *, by_due: bool, after: tuple[datetime | None, int] | None, limit: int
) -> Sequence[Row[Any]]:
    """Return one page, newest first, or by due time with those without one last.

    Parameters
    ----------
    after
        `reported_at` (or `due_at`) and `id` of the last row of the page before.
    """
    conditions, binds = _conditions(session, chosen)
    order = "i.reported_at DESC, i.id DESC"
    if by_due:
        order = "coalesce(i.due_at, 'infinity'), i.id"
    if after is not None:
        binds |= {"after_at": after[0], "after_id": after[1]}
        conditions.append(
            "(coalesce(i.due_at, 'infinity'), i.id)"
            " > (coalesce(CAST(:after_at AS timestamptz), 'infinity'), :after_id)"
            if by_due
            else "(i.reported_at, i.id) < (:after_at, :after_id)"
        )
    where = " AND ".join(conditions)
    statement = f"SELECT {_COLUMNS} WHERE {where} ORDER BY {order} LIMIT :limit"
    return session.execute(text(statement), {**binds, "limit": limit}).all()


def count(session: Session, chosen: Filter) -> int:
    """Return how many incidents a filter chooses, `MOST_COUNTED` when there are as many or more."""
    conditions, binds = _conditions(session, chosen)
    where = " AND ".join(conditions)
    statement = f"SELECT count(*) FROM (SELECT FROM incidents i WHERE {where} LIMIT :most) AS i"  # noqa: S608
    return session.scalar(text(statement), {**binds, "most": MOST_COUNTED}) or 0


def select_points(session: Session, chosen: Filter, limit: int) -> Sequence[Row[Any]]:
    """Return id, lon, lat, class, state and instants (epoch, s) of located incidents, newest first."""
    conditions, binds = _conditions(session, chosen)
    statement = f"""
        SELECT i.id, i.class_code, i.state, round(ST_X(i.geom)::numeric, 6)::float AS lon,
               round(ST_Y(i.geom)::numeric, 6)::float AS lat,
               extract(epoch FROM i.reported_at)::bigint AS reported_at,
               extract(epoch FROM i.due_at)::bigint AS due_at,
               extract(epoch FROM i.closed_at)::bigint AS closed_at
        FROM incidents i WHERE i.geom IS NOT NULL AND {" AND ".join(conditions)}
        ORDER BY i.reported_at DESC LIMIT :limit
    """  # noqa: S608 - fixed words
    return session.execute(text(statement), {**binds, "limit": limit}).all()


def select_one(session: Session, incident_id: int) -> Row[Any] | None:
    """Return one incident by its id; the key says in which month to look."""
    at = session.scalar(text("SELECT reported_at FROM incident_keys WHERE id = :id"), {"id": incident_id})
    statement = f"""
        SELECT {_COLUMNS.replace("FROM incidents", ", d.name AS department_name FROM incidents", 1)}
        LEFT JOIN departments d ON d.code = i.department_code
        WHERE i.id = :id AND i.reported_at = CAST(:at AS timestamptz)
    """  # noqa: S608 - fixed words
    return session.execute(text(statement), {"id": incident_id, "at": at}).one_or_none()


def select_log(session: Session, incident_id: int) -> Sequence[Row[Any]]:
    """Return every step of one incident, oldest first."""
    return session.execute(
        text("""
            SELECT id, at, actor, role, action, from_state, to_state, reason, receiver
            FROM incident_log WHERE incident_id = :id ORDER BY at, id
        """),
        {"id": incident_id},
    ).all()


def find_by_uuid(session: Session, client_uuid: UUID) -> int | None:
    """Return the id of the incident that was reported under this UUID, ``None`` when there is none yet."""
    statement = text("SELECT id FROM incident_keys WHERE client_uuid = :client_uuid")
    return session.scalar(statement, {"client_uuid": client_uuid})


def next_serial(session: Session, stem: str) -> int:
    """Return the next daily serial of the numbers that begin with `stem`; it is never given again.

    The row is locked to the end of the transaction: who asks for the same class and day waits.
    """
    return session.execute(
        text("""
            INSERT INTO serials AS s (prefix, highest) VALUES (:stem, 1)
            ON CONFLICT (prefix) DO UPDATE SET highest = s.highest + 1 RETURNING highest
        """),
        {"stem": stem},
    ).scalar_one()


def insert_key(session: Session, number: str, client_uuid: UUID | None, reported_at: datetime) -> int | None:
    """Take a number and a UUID; ``None`` when another transaction took the UUID meanwhile."""
    return session.scalar(
        insert(IncidentKey)
        .values(number=number, client_uuid=client_uuid, reported_at=reported_at)
        .on_conflict_do_nothing(index_elements=["client_uuid"])
        .returning(IncidentKey.id)
    )


def insert_incident(session: Session, values: dict[str, Any]) -> None:
    """Write one incident; `lon` and `lat` (EPSG:4326) become its point."""
    session.execute(
        text("SELECT ensure_partitions('incidents', :at, :at), ensure_partitions('incident_log', :at, :at)"),
        {"at": values["reported_at"]},
    )
    geom = f"SRID=4326;POINT({values['lon']!r} {values['lat']!r})"
    rest = {name: value for name, value in values.items() if name not in {"lon", "lat"}}
    session.execute(insert(Incident).values(**rest, geom=geom))


def insert_log(session: Session, values: dict[str, Any]) -> int:
    """Append one step to the log and return its number.

    Numbers are given in the order of commits: the lock is held to the end of the transaction, so a reader
    that has seen number n will never find a smaller one later, and can resume after n without a gap.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('gridgis incident_log'))"))
    return session.execute(insert(IncidentLog).values(**values).returning(IncidentLog.id)).scalar_one()


def _conditions(session: Session, chosen: Filter) -> tuple[list[str], dict[str, Any]]:
    """Return fixed conditions and what is bound to them."""
    conditions, binds = _in_sight(chosen)
    if chosen.states == ("open",) or chosen.due_before:
        conditions.append("i.reported_at >= CAST(:open_from AS timestamptz)")
        binds["open_from"] = open_from(session)
    wanted: list[tuple[Any, str, dict[str, Any]]] = [
        (chosen.class_prefix, "i.class_code ^@ :class_prefix", {"class_prefix": chosen.class_prefix}),
        (chosen.source, "i.source = :source", {"source": chosen.source}),
        (
            chosen.bbox,
            "i.geom_3857 && ST_Transform(ST_MakeEnvelope(:xmin, :ymin, :xmax, :ymax, 4326), 3857)",
            dict(zip(("xmin", "ymin", "xmax", "ymax"), chosen.bbox or (), strict=False)),
        ),
        (chosen.since, "i.reported_at >= :since", {"since": chosen.since}),
        (chosen.until, "i.reported_at < :until", {"until": chosen.until}),
        (chosen.due_before, f"i.due_at < :due_before AND {_OPEN}", {"due_before": chosen.due_before}),
        (
            chosen.open_since,
            f"({_OPEN} OR i.closed_at >= :open_since AND i.reported_at >= :open_since - interval '60 days')",
            {"open_since": chosen.open_since},
        ),
    ]
    for value, condition, bound in wanted:
        if value:
            conditions.append(condition)
            binds |= bound
    return conditions or ["true"], binds


def _in_sight(chosen: Filter) -> tuple[list[str], dict[str, Any]]:
    """Return the conditions of place and state, which decide what index is used."""
    conditions: list[str] = []
    binds: dict[str, Any] = {}
    if chosen.unlocated:
        conditions.append("i.grid_code IS NULL")
    elif not chosen.everything:
        conditions.append("i.grid_code BETWEEN :low AND :high AND i.grid_code ^@ ANY(:prefixes)")
        binds |= bounds(chosen.prefixes)
    if chosen.states == ("open",):
        conditions.append(_OPEN)
    elif chosen.states:
        states = FINAL_STATES if chosen.states == ("final",) else chosen.states
        conditions.append("i.state = ANY(:states)")
        binds["states"] = list(states)
    return conditions, binds
