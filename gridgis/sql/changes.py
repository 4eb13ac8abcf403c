"""Word of committed changes, without asking for it: PostgreSQL's notifications (functions/versions.sql)."""

from __future__ import annotations

import threading
from typing import Any

import psycopg2
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError


class Changes:
    """Counts the changes of layers that the database has told this process of.

    Looking costs one read of a socket and no round trip. The connection is made at the first look, so it
    belongs to the process that looks, and is none of the pool's.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None
        self._count = 0
        self._lock = threading.Lock()

    def count(self) -> int:
        """Return a number that differs from an earlier one when a layer may have changed in between."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._listen()
                    self._count += 1  # whatever happened before we listened
                self._connection.poll()
                self._count += len(self._connection.notifies)
                self._connection.notifies.clear()
            except (psycopg2.Error, SQLAlchemyError):
                # Deaf, we must assume a change; whoever then asks the database learns what is wrong with it.
                self._connection = None
                self._count += 1
            return self._count

    def _listen(self) -> Any:
        borrowed = self._engine.raw_connection()
        borrowed.detach()
        connection: Any = borrowed.dbapi_connection
        connection.rollback()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("LISTEN gridgis_layers")
        return connection
