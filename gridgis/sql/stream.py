"""What happened since: steps of incidents by their number, and an ear for the database's notifications."""

from __future__ import annotations

import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from psycopg2 import Error as DriverError
from sqlalchemy import Engine, Row, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from gridgis.database import WEB_ROLE
from gridgis.scope import EVERYTHING

#: The channels on which functions/versions.sql tells which layers and which drafts a transaction changed.
_LAYERS, _DRAFTS = "gridgis_layers", "gridgis_drafts"

#: What a lost connection raises: in a question, and while waiting.
LOST = (DBAPIError, DriverError)


def select_events(session: Session, after: int, upto: int, limit: int) -> Sequence[Row[Any]]:
    """Return live steps with after < number <= upto, oldest first; those that a load brought are left out.

    Each row is the step and its incident as it stands now.
    """
    return session.execute(
        text("""
            SELECT l.id AS event_id, l.at, l.action, i.id, i.number, i.kind, i.class_code,
                   c.name_zh AS class_zh, c.name_en AS class_en, i.state, i.source, i.grid_code,
                   i.reported_at, i.due_at, ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat
            FROM incident_log l
            JOIN incident_keys k ON k.id = l.incident_id
            JOIN incidents i ON (i.id, i.reported_at) = (k.id, k.reported_at)
            JOIN classes c ON (c.profile, c.kind, c.code) = (i.profile, i.kind, i.class_code)
            WHERE l.id > :after AND l.id <= :upto AND l.import_id IS NULL
            ORDER BY l.id LIMIT :limit
        """),
        {"after": after, "upto": upto, "limit": limit},
    ).all()


def last_event(session: Session) -> int:
    """Return the number of the last step, 0 when there is none."""
    return session.scalar(text("SELECT id FROM incident_log ORDER BY id DESC LIMIT 1")) or 0


class Heard(NamedTuple):
    """What notifications name: layers, and drafts by their number."""

    layers: set[str]
    drafts: set[int]


class Ear:
    """One connection that listens; it also answers the questions that a notification raises."""

    def __init__(self, session: Session, connection: Any) -> None:
        self.session = session
        self._connection = connection

    def hear(self, timeout_s: float) -> Heard:
        """Wait for notifications and return what they name; nothing when the time is over.

        Raises
        ------
        LOST
            The connection is gone.
        """
        if not self._connection.notifies:
            select.select([self._connection], [], [], timeout_s)
            self._connection.poll()
        notes = [(note.channel, note.payload) for note in self._connection.notifies]
        self._connection.notifies.clear()
        return Heard(
            layers={payload for channel, payload in notes if channel == _LAYERS},
            drafts={int(payload) for channel, payload in notes if channel == _DRAFTS},
        )


@contextmanager
def listening(engine: Engine) -> Iterator[Ear]:
    """Open one connection of its own, outside the pool, and listen on it; it holds no transaction.

    It may do what requests may and sees the whole city: what it hears is for all callers, filtered for each.
    """
    own = create_engine(
        engine.url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={
            "application_name": "gridgis stream",
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "options": f"-c role={WEB_ROLE}",
        },
    )
    with own.connect() as connection, Session(connection) as session:
        session.execute(
            text("SELECT set_config('gridgis.scope', :scope, false)"), {"scope": EVERYTHING.array}
        )
        for channel in (_LAYERS, _DRAFTS):
            session.execute(text(f"LISTEN {channel}"))
        yield Ear(session, connection.connection.driver_connection)
