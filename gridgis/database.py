"""Connections and transactions; no tables, no Flask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2.errors import QueryCanceled
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from gridgis.errors import Unavailable
from gridgis.scope import Scope

#: The role of web requests: owns nothing, sees what the scope allows (migrations/functions/web_role.sql).
WEB_ROLE = "gridgis_web"


def make_engine(
    url: str,
    *,
    pool_size: int = 5,
    statement_timeout_s: float | None = None,
    name: str = "gridgis",
    role: str | None = None,
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
    role
        The database role every connection runs under; ``None`` for the one of the URL.
    """
    options = ["-c jit=off", "-c max_parallel_workers_per_gather=0", "-c timezone=UTC"]
    if statement_timeout_s is not None:
        options.append(f"-c statement_timeout={int(statement_timeout_s * 1000)}")
    if role is not None:
        options.append(f"-c role={role}")
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg2"),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={"options": " ".join(options), "application_name": name, "connect_timeout": 10},
    )


@contextmanager
def transaction(engine: Engine, *, read_only: bool = False, scope: Scope | None = None) -> Iterator[Session]:
    """Open one session and its one transaction: committed at the end, rolled back on any error.

    A read-only transaction is REPEATABLE READ, so that everything read in it comes from one snapshot.
    `scope` is what the database lets the web's role see and change; owners of the tables see all.

    Raises
    ------
    Unavailable
        The server cannot be reached, all connections are in use, or a statement took longer than it may.
    """
    options: dict[str, Any] = {}
    if read_only:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with Session(engine.execution_options(**options), expire_on_commit=False) as session:
        try:
            session.connection()
        except PoolTimeout as error:
            raise Unavailable("all connections to the database are in use; try again in a moment") from error
        except OperationalError as error:
            raise Unavailable(
                f"the database at {engine.url.render_as_string(hide_password=True)} does not answer: "
                f"{str(error.orig).strip().splitlines()[0]}"
            ) from error
        if scope is not None:
            show(session, scope)
        try:
            yield session
        except OperationalError as error:
            if isinstance(error.orig, QueryCanceled):
                raise Unavailable(
                    "the database took longer than it may over this; ask for less at once"
                ) from error
            raise
        session.commit()


def show(session: Session, scope: Scope) -> None:
    """Set what the rest of the transaction may see and change."""
    session.execute(text("SELECT set_config('gridgis.scope', :scope, true)"), {"scope": scope.array})


@contextmanager
def seeing(session: Session, scope: Scope) -> Iterator[None]:
    """See another part of the city for the length of a block, whose end restores the one before.

    For what is kept for all callers alike and filtered for each: look-ups of the whole city's grids.
    """
    before = session.scalar(text("SELECT current_setting('gridgis.scope', true)"))
    show(session, scope)
    yield
    # an error ends the transaction, and the setting with it
    session.execute(text("SELECT set_config('gridgis.scope', :before, true)"), {"before": before or ""})


def lock(session: Session, name: str) -> None:
    """Wait until no other transaction holds the lock `name`, and hold it to the end of this one."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})


def server_version(session: Session) -> tuple[int, str]:
    """Return PostgreSQL's ``server_version_num`` and PostGIS's version text."""
    number = int(session.scalar(text("SELECT current_setting('server_version_num')")) or 0)
    postgis = session.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'"))
    return number, postgis or ""
