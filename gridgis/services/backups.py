"""Whole-database backups in PostgreSQL's own archive format, written and read by its own programs."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor, parse_dsn

from gridgis.errors import Conflict, InvalidInput, Unavailable
from gridgis.programs import Programs, failure, find_client

#: A connection that was just closed takes the server a moment to end.
_LEAVING_S = 2.0

_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
}


def backup(url: str, file: Path) -> int:
    """Write the whole database into one compressed archive and return its size in bytes.

    The archive is one consistent snapshot, taken while others work. It appears under its name only when
    it is complete.

    Raises
    ------
    Unavailable
        The archive cannot be written, or the database does not answer; with PostgreSQL's reason.
    """
    draft = file.absolute().with_name(f".{file.name}.part")
    try:
        draft.touch(mode=0o600)
        _run(
            find_client(),
            url,
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--file",
            str(draft),
        )
        draft.replace(file)
    except OSError as error:
        raise Unavailable(f"the backup {file} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return file.stat().st_size


def restore(url: str, file: Path, *, replace: bool, finish: Callable[[str], object]) -> int:
    """Fill the database from an archive and return how many tables that has.

    The archive is restored into a new database beside the old one, in one transaction, checked and
    finished; only then does it take the old one's name. A restore that fails or is killed leaves the old
    database alone.

    Parameters
    ----------
    finish
        Called with the new database's URL: it brings an older archive's schema up to date, and grants what
        archives do not carry.

    Raises
    ------
    InvalidInput
        `file` is not a backup.
    Conflict
        The database is not empty and `replace` is false, or somebody is connected to it.
    Unavailable
        PostgreSQL refused; with its reason.
    """
    programs = find_client()
    expected = _archived_tables(programs, file)
    name = parse_dsn(_libpq(url))["dbname"]
    with _administration(url, name) as admin:
        if replace:
            _refuse_while_used(admin, name)
        # its own connection may still be ending, so nobody is looked for right after it
        elif present := len(_tables(url, name)):
            raise Conflict(f"database {name} is not empty, it has {present} tables; --replace overwrites it")
        fresh = f"{name}_restored"
        _drop(admin, fresh)
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
        try:
            _run(
                *(programs, url, "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error"),
                *("--single-transaction", f"--dbname={fresh}", str(file.absolute())),
            )
            missing = expected - _tables(url, fresh)
            if missing:
                raise Unavailable(f"the restored database lacks table {min(missing)}; the old one is kept")
            finish(urlsplit(url)._replace(path=f"/{fresh}").geturl())
            _take_place(admin, fresh, name)
        except BaseException:
            _drop(admin, fresh)
            raise
    return len(expected)


def _refuse_while_used(admin: cursor, name: str) -> None:
    patience = time.monotonic() + _LEAVING_S
    while others := _connections(admin, name):
        if time.monotonic() < patience:
            time.sleep(0.05)
            continue
        raise Conflict(f"database {name} has {others} open connections; stop `gridgis serve` and try again")


def _take_place(admin: cursor, fresh: str, name: str) -> None:
    """Swap the two databases' names at one instant, then drop the old one."""
    _refuse_while_used(admin, name)
    old = f"{name}_replaced"
    _drop(admin, old)
    names = [sql.Identifier(each) for each in (name, old, fresh, name)]
    # Two statements sent as one are one transaction.
    admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}; ALTER DATABASE {} RENAME TO {}").format(*names))
    _drop(admin, old)


def _drop(admin: cursor, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


@contextmanager
def _administration(url: str, name: str) -> Iterator[cursor]:
    """Yield a cursor outside any transaction, in the maintenance database of the server of `url`."""
    try:
        with closing(psycopg2.connect(_libpq(url), dbname="postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as admin:
                yield admin
    except psycopg2.Error as error:
        raise Unavailable(
            f"database {name} cannot be restored: {str(error).strip().splitlines()[0]}"
        ) from error


def _tables(url: str, name: str) -> set[str]:
    """Return the names of the tables of a database, less those that belong to an extension."""
    with closing(psycopg2.connect(_libpq(url), dbname=name)) as connection, connection.cursor() as reader:
        reader.execute(
            "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT EXISTS ("
            "SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')"
        )
        return {row[0] for row in reader}


def _archived_tables(programs: Programs, file: Path) -> set[str]:
    listing = programs.run("pg_restore", "--list", str(file.absolute()))
    # A line reads "221; 1259 16386 TABLE public grids owner".
    entries = [
        line.split("; ", 1)[-1].split() for line in listing.stdout.splitlines() if not line.startswith(";")
    ]
    tables = {entry[4] for entry in entries if entry[2:4] == ["TABLE", "public"]}
    if listing.returncode or "alembic_version" not in tables:
        raise InvalidInput(f"{file} is not a backup made by `gridgis db backup`", field="file")
    return tables


def _run(programs: Programs, url: str, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = parse_dsn(_libpq(url))
    variables = {variable: given[key] for key, variable in _VARIABLES.items() if key in given}
    # By variables, because anybody on the machine may read a command line.
    result = programs.run(name, *arguments, variables=variables | {"PGDATABASE": given["dbname"]})
    if result.returncode:
        raise failure(f"{name} failed", result.stderr)
    return result


def _libpq(url: str) -> str:
    """Return the URL without the driver's name that SQLAlchemy puts in it."""
    return "postgresql://" + url.partition("://")[2]


def _connections(admin: cursor, name: str) -> int:
    admin.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'",
        (name,),
    )
    return int(admin.fetchone()[0])
