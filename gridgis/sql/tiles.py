"""Tiles and what has changed since, on connections of their own: a tile has no time for a session."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg2
from psycopg2 import sql
from sqlalchemy import Text, cast, func, literal, select, text
from sqlalchemy.dialects.postgresql import JSON

from gridgis.errors import Unavailable
from gridgis.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

# Sent with the statement it is for, as one transaction: it costs no round trip and is gone afterwards.
_SEEN = "SELECT set_config('gridgis.scope', %s, true);"

# Prepared once a connection: with its plan at hand the statement takes some twenty microseconds.
_TOTAL = "(SELECT COALESCE(sum(version), 0)::bigint FROM tile_versions)"
_PREPARE = f"PREPARE tile_total AS SELECT {_TOTAL}"

_CHANGES = """
SELECT c.source, c.version, c.box_xmin, c.box_ymin, c.box_xmax, c.box_ymax
FROM tile_versions AS v JOIN tile_changes AS c
  ON c.source = v.source AND c.version > COALESCE((%s::json ->> v.source)::bigint, 0)
"""

_NEXT_CHANGE = """
SELECT extract(epoch FROM least(
  (SELECT min(valid_from) FROM grids WHERE valid_from > now()),
  (SELECT min(valid_to) FROM grids WHERE valid_to > now())))::float
"""


class Change(NamedTuple):
    """One committed change; `box` is in EPSG:3857, ``None`` is everywhere."""

    source: str
    version: int
    box: tuple[float, float, float, float] | None


class TileReader:
    """Reads tiles on psycopg2 connections that are kept open, in autocommit, as many as ask at once.

    A connection that turns out to be dead, because the server was restarted, is replaced by a new one
    and the question asked again; every statement here only reads.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # one cursor of each idle connection; a deque needs no lock
        self._idle: deque[Any] = deque()

    def total(self) -> int:
        """Return the sum of all sources' versions: it has grown when anything at all has changed."""
        return int(self._ask("EXECUTE tile_total")[0][0])

    def versions(self) -> dict[str, int]:
        """Return the version of each source."""
        return dict(self._ask("SELECT source, version FROM tile_versions"))

    def changes(self, known: Mapping[str, int]) -> list[Change]:
        """Return what was committed after the versions `known`; a source not in it is new."""
        rows = self._ask(_CHANGES, json.dumps(known))
        return [Change(row[0], row[1], row[2:] if row[2] is not None else None) for row in rows]

    def next_change_s(self) -> float | None:
        """Return when grids next come into or out of force, in seconds since 1970."""
        [(moment,)] = self._ask(_SEEN + _NEXT_CHANGE, EVERYTHING.array)
        return None if moment is None else float(moment)

    def tile(self, layer: str, z: int, x: int, y: int, query: str, scope: Scope) -> tuple[bytes, int]:
        """Return the MVT of a layer as the database lets `scope` see it, and what `total` was then.

        `layer` is one of the contract's names, `query` its JSON text. Both are of one snapshot.
        """
        statement = sql.SQL(_SEEN + "SELECT {}(%s, %s, %s, %s), " + _TOTAL)
        [(body, total)] = self._ask(
            statement.format(sql.Identifier(f"tile_{layer}")), scope.array, z, x, y, query
        )
        return bytes(body or b""), int(total)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().connection.close()

    def _ask(self, statement: str | sql.Composable, *values: Any) -> list[Any]:
        try:
            cursor = self._idle.pop()
        except IndexError:
            cursor = self._connect()
        try:
            return self._answer(cursor, statement, values)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            if not cursor.connection.closed:  # refused by a living server: a time-out, for one
                raise
        self.close()  # the others are as old
        return self._answer(self._connect(), statement, values)

    def _answer(self, cursor: Any, statement: str | sql.Composable, values: tuple[Any, ...]) -> list[Any]:
        try:
            cursor.execute(statement, values or None)
            answer: list[Any] = cursor.fetchall()
            return answer
        finally:
            if not cursor.connection.closed:
                self._idle.append(cursor)

    def _connect(self) -> Any:
        try:
            # the engine knows how to connect, but its pool asks the server before each use
            pooled = self._engine.raw_connection()
        except Exception as error:
            raise Unavailable(f"the database does not answer: {str(error).splitlines()[0]}") from error
        connection: Any = pooled.driver_connection
        pooled.detach()
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(_PREPARE)
        return cursor


def select_tile(session: Session, layer: str, z: int, x: int, y: int, query: str) -> bytes:
    """Return the MVT of a layer as the session's snapshot has it; `layer` is one of the contract's names."""
    function = getattr(func, f"tile_{layer}")
    return bytes(session.scalar(select(function(z, x, y, cast(literal(query, Text), JSON)))) or b"")


def select_extent(session: Session) -> tuple[float, float, float, float] | None:
    """Return the box of all divisions and grids in degrees (EPSG:4326), ``None`` for an empty database."""
    row = session.execute(
        text(
            "SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box) FROM ("
            " SELECT ST_Extent(geom) AS box FROM ("
            "  SELECT geom FROM divisions WHERE geom IS NOT NULL UNION ALL SELECT geom FROM grids"
            " ) AS both_layers) AS extent"
        )
    ).one()
    return None if row[0] is None else tuple(row)
