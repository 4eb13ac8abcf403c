"""Connections and transactions; no tables, no Flask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gridgis.errors import Unavailable


def make_engine(
    url: str, *, pool_size: int = 5, statement_timeout_s: float | None = None, name: str = "gridgis"
) -> Engine:
    """Return an engine that keeps its `pool_size` connections (connecting costs more than a query).

    Parameters
    ----------
    url
        ``postgresql://…``; the driver is always psycopg2.
    pool_size
        Connections kept; no more than these are ever opened.
    statement_timeout_s
        The server ends a statement after this many seconds; ``None`` for commands and loads.
    name
        Shown in ``pg_stat_activity``.
    """
    options = ["-c jit=off", "-c max_parallel_workers_per_gather=0", "-c timezone=UTC"]
    if statement_timeout_s is not None:
        options.append(f"-c statement_timeout={int(statement_timeout_s * 1000)}")
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg2"),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={"options": " ".join(options), "application_name": name, "connect_timeout": 10},
    )


@contextmanager
def transaction(engine: Engine, *, read_only: bool = False) -> Iterator[Session]:
    """Open one session and its one transaction: committed at the end, rolled back on any error.

    A read-only transaction is REPEATABLE READ, so that everything read in it comes from one snapshot.

    Raises
    ------
    Unavailable
        The server cannot be reached.
    """
    options: dict[str, Any] = {}
    if read_only:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with Session(engine.execution_options(**options), expire_on_commit=False) as session:
        try:
            session.connection()
        except OperationalError as error:
            raise Unavailable(
                f"the database at {engine.url.render_as_string(hide_password=True)} does not answer: "
                f"{str(error.orig).strip().splitlines()[0]}"
            ) from error
        yield session
        session.commit()


def lock(session: Session, name: str) -> None:
    """Wait until no other transaction holds the lock `name`, and hold it to the end of this one."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})


def server_version(session: Session) -> tuple[int, str]:
    """Return PostgreSQL's ``server_version_num`` and PostGIS's version text."""
    number = int(session.scalar(text("SELECT current_setting('server_version_num')")) or 0)
    postgis = session.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'"))
    return number, postgis or ""
