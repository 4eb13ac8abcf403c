"""Ten years of incidents in one city: what grows with them, and what does not.

    python bench/growth.py --url postgresql://… [--years 10] [--tell 1 4 10]

The database holds a city with a year of incidents (`gridgis load`; 1,000,000 in the full sample city); it
is cloned twice and left as it is, so nothing else may be connected to it. Each year before is a copy of that
year, moved back by 53 weeks, with every incident closed. After some of the years it prints sizes, what a
load of 10,000 incidents takes, what making the figures of all grids and of one changed grid takes, and what
servers take for the questions that look at incidents: of the one year that was there and of all, asked in
turn, so that other work slows both. The clones are dropped at the end; ten years need 15 GB for a while.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from summary import Server
from whole_city import served

from gridgis.config import Config
from gridgis.database import make_engine, transaction
from gridgis.services.loading.load import load
from gridgis.services.measuring.refresh import refresh
from gridgis.services.migrating import migrate

_TABLES = ("incidents", "incident_keys", "incident_log", "incident_days")
#: A year of whole weeks, moved back so far that no number is given twice.
_EARLIER = """
    CREATE TEMPORARY TABLE earlier ON COMMIT DROP AS
      SELECT i.id AS old, nextval('incident_id_seq') AS id, CAST(:back AS interval) AS back,
             overlay(i.number PLACING to_char((i.reported_at - CAST(:back AS interval)) AT TIME ZONE :zone,
                     'YYYYMMDD') FROM length(i.number) - 11 FOR 8) AS number
      FROM incidents i WHERE i.reported_at >= :since AND i.reported_at < :since + interval '371 days';
    INSERT INTO incident_keys (id, number, reported_at)
      SELECT e.id, e.number, i.reported_at - e.back FROM earlier e JOIN incident_keys i ON i.id = e.old;
    INSERT INTO incidents (id, reported_at, number, profile, kind, class_code, source, description, address,
        accuracy_m, reporter_code, department_code, component_code, state, filed_at, dispatched_at,
        handled_at, closed_at, due_at, geom, grid_code, match, distance_m, import_id)
      SELECT e.id, reported_at - back, e.number, profile, kind, class_code, source, description, address,
        accuracy_m, reporter_code, department_code, component_code, 'closed', filed_at - back,
        dispatched_at - back, handled_at - back, coalesce(closed_at, reported_at) - back, due_at - back, geom,
        grid_code, match, distance_m, import_id
      FROM earlier e JOIN incidents i ON i.id = e.old AND i.reported_at >= :since;
    INSERT INTO incident_log (at, incident_id, actor, role, action, from_state, to_state, reason, receiver,
        details, import_id)
      SELECT at - back, e.id, actor, role, action, from_state, to_state, reason, receiver, details, import_id
      FROM earlier e JOIN incident_log l ON l.incident_id = e.old;
    INSERT INTO incident_days (level, division_code, day, reported, closed, late)
      SELECT level, division_code, day - CAST(:days AS int), reported, reported, late FROM incident_days
      WHERE day >= CAST(:since AS timestamptz)::date - 1 ON CONFLICT DO NOTHING;
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument(
        "--tell", type=int, nargs="*", default=[1, 4, 10], help="after which years to measure"
    )
    parser.add_argument(
        "--at", type=datetime.fromisoformat, default=datetime.fromisoformat("2026-06-30T18:00+08:00")
    )
    given = parser.parse_args()
    with (
        cloned(given.url) as first,
        cloned(given.url) as url,
        tempfile.TemporaryDirectory(prefix="gridgis-bench-") as folder,
    ):
        engine = make_engine(url)
        for each in (make_engine(first), engine):
            with transaction(each) as session:
                migrate(session, Config())
        with engine.connect() as connection:
            since = connection.execute(text("SELECT min(reported_at) FROM incidents")).scalar_one()
        for year in range(1, given.years + 1):
            if year > 1:
                print(f"year {year} copied in {add_year(engine, since, year - 1):.0f} s", flush=True)
            if year in given.tell:
                told(engine, given.at, Path(folder), year)
                answered((first, url), Path(folder))
        engine.dispose()


@contextmanager
def cloned(url: str) -> Iterator[str]:
    """Clone a database, and drop the clone."""
    source = make_url(url)
    name = f"growth_{secrets.token_hex(4)}"
    keeper = make_engine(source.set(database="postgres").render_as_string(hide_password=False))
    alone = keeper.execution_options(isolation_level="AUTOCOMMIT")
    try:
        with alone.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{source.database}"')
        yield source.set(database=name).render_as_string(hide_password=False)
    finally:
        with alone.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        keeper.dispose()


def add_year(engine: Engine, since: datetime, back: int) -> float:
    """Copy the year since an instant to that many years before; keys and triggers would only slow it."""
    days = 371 * back
    binds = {"back": f"{days} days", "days": days, "since": since, "zone": Config().time_zone}
    began = time.perf_counter()
    with transaction(engine) as session:
        for table in ("incidents", "incident_log"):
            session.execute(
                text("""SELECT ensure_partitions(:table, min(reported_at) - CAST(:back AS interval),
                               max(reported_at) - CAST(:back AS interval) + interval '60 days')
                        FROM incidents WHERE reported_at >= :since"""),
                binds | {"table": table},
            )  # fmt: skip
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("SET LOCAL work_mem = '256MB'"))
        session.execute(text(_EARLIER), binds)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for table in _TABLES:
            connection.exec_driver_sql(f"VACUUM ANALYZE {table}")
    return time.perf_counter() - began


def told(engine: Engine, at: datetime, folder: Path, year: int) -> None:
    """Print what is there after a year, and what loading and making figures takes."""
    print(f"\n== {year} years", flush=True)
    with transaction(engine, read_only=True) as session:
        for table in _TABLES:
            rows, bare, indexes = size(session, table)
            print(f"{table:<40}{rows:>12,} rows {bare:8.0f} MiB, indexes {indexes:8.0f} MiB")
    with Session(engine) as session:
        config = Config()
        line(
            "load 10,000 incidents",
            timed(lambda: load(session, config, "incidents", file(session, folder, year))),
        )
        line("the figures of all grids", timed(lambda: refresh(session, config, at, everything=True)))
        session.execute(
            text("UPDATE incidents SET state = state WHERE id = (SELECT max(id) FROM incident_keys)")
        )
        line("the figures of one changed incident", timed(lambda: refresh(session, config, at)))
        session.rollback()


def answered(urls: Sequence[str], folder: Path) -> None:
    """Print what servers of some databases take for the same questions, asked in turn."""
    with ExitStack() as running:
        asked = [running.enter_context(asking(url, folder / str(k))) for k, url in enumerate(urls)]
        for name in asked[0]:
            turns = [[timed(ask[name]) for ask in asked] for _ in range(20)]
            taken = (statistics.median(turn[k] for turn in turns[5:]) for k in range(len(asked)))
            print(f"{name:<40}" + "".join(f"{1000 * seconds:12.1f} ms" for seconds in taken), flush=True)


@contextmanager
def asking(url: str, folder: Path) -> Iterator[dict[str, Callable[[], Any]]]:
    """Start a server on a database; yield what to call for each question."""
    token = secrets.token_urlsafe()
    environment = os.environ | {
        "GRIDGIS_DATABASE_URL": url.replace("+psycopg2", ""),
        "GRIDGIS_DATA_DIR": str(folder),
        "GRIDGIS_ADMIN_TOKEN": token,
        "GRIDGIS_BACKGROUND": "false",
    }
    with served(environment) as address:
        server, engine = Server(address, token), make_engine(url)
        asked = questions(engine, server)
        engine.dispose()
        fresh = tiles(address, token)
        yield {
            **{name: partial(server.get, path) for name, path in asked.items()},
            "a tile of incidents at zoom 14": lambda: next(fresh),
        }


def tiles(address: str, token: str) -> Iterator[bytes]:
    """Yield tiles that nobody has asked for yet, in the middle of the city."""
    for x, y in product(range(13_378, 13_387), range(7_134, 7_143)):
        asked = Request(
            f"{address}/tiles/incidents/14/{x}/{y}.mvt", headers={"Authorization": f"Bearer {token}"}
        )
        with urlopen(asked) as answer:
            yield answer.read()


def size(session: Session, table: str) -> tuple[int, float, float]:
    """Return rows, MiB of rows and MiB of indexes of a table with all its partitions."""
    found = session.execute(
        text("""
            WITH parts AS (
              SELECT CAST(:table AS regclass) AS relid
              UNION SELECT relid FROM pg_partition_tree(CAST(:table AS regclass)))
            SELECT sum(pg_table_size(relid)) / 1048576, sum(pg_indexes_size(relid)) / 1048576 FROM parts
        """),
        {"table": table},
    ).one()
    rows = session.scalar(text(f"SELECT count(*) FROM {table}"))
    return int(rows or 0), float(found[0]), float(found[1])


def file(session: Session, folder: Path, year: int) -> Path:
    """Write 10,000 incidents of last month as a file to load; without numbers they are new."""
    path = folder / f"incidents-{year}.csv"
    rows = session.execute(
        text("""
            SELECT kind, class_code, source, reported_at, ST_X(geom) AS lon, ST_Y(geom) AS lat
            FROM incidents WHERE geom IS NOT NULL AND grid_code IS NOT NULL
            ORDER BY reported_at DESC LIMIT 10000
        """)
    ).all()
    lines = [
        ",".join((r.kind, r.class_code, r.source, r.reported_at.isoformat(), str(r.lon), str(r.lat)))
        for r in rows
    ]
    path.write_text("\n".join(["kind,class_code,source,reported_at,lon,lat", *lines]), encoding="utf-8")
    return path


def questions(engine: Engine, server: Any) -> dict[str, str]:
    """Return the questions that look at incidents, and one that does not."""
    district = max(server.get("/api/summary")["children"], key=lambda part: part["open"])["code"]
    with engine.connect() as connection:
        number = connection.execute(
            text("SELECT number FROM incidents ORDER BY reported_at LIMIT 1")
        ).scalar_one()
    return {
        "/health/live": "/health/live",
        "summary of the city, 30 days": "/api/summary?days=30",
        "summary of the city, 400 days": "/api/summary?days=400",
        "summary of a district, 30 days": f"/api/summary?division={district}&days=30",
        "queue of the city": "/api/incidents?state=open",
        "queue of a district": f"/api/incidents?division={district}&state=open",
        "search for the oldest number": f"/api/search?q={number}",
        "locate": "/api/locate?lon=114.06&lat=22.54",
    }


def line(name: str, taken_s: float) -> None:
    print(f"{name:<40}{taken_s * 1000:12.1f} ms", flush=True)


def timed(run: Callable[[], Any]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
