"""The embedded PostgreSQL with PostGIS: a private cluster in one folder, reached by a Unix socket only.

Layout of the folder: ``pg/`` the cluster, ``run/`` its socket, ``postgresql.log``, and two lock files.
``lock`` is held while somebody starts or stops the server; ``users`` is held, shared, by every process
that uses it. The kernel drops both when a process dies, so nothing is left behind by a kill: the last
user to leave stops the server, unless ``gridgis db up`` asked for it to stay.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg2

from gridgis.config import Config
from gridgis.database import make_engine
from gridgis.errors import Unavailable
from gridgis.programs import Programs, failure, find_server, last_line

if TYPE_CHECKING:
    from sqlalchemy import Engine

DATABASE = ROLE = "gridgis"

_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 107  # sun_path of unix(7) less its closing zero
_SPACE_NEEDED = 256 * 2**20  # an empty cluster with its first write-ahead log, and room to start
_ORPHANS_TIME_S = 20  # how long a killed server's children may take to notice


@contextmanager
def running(config: Config) -> Iterator[str]:
    """Yield the URL of the database, with the embedded cluster running where it is the one in use.

    With `Config.database_url` set nothing is started and nothing in the data folder is touched.
    """
    if config.database_url:
        yield config.database_url
        return
    cluster = Cluster(config.data_dir)
    with cluster.in_use():
        yield cluster.url()


@contextmanager
def connected(config: Config, *, name: str = "gridgis") -> Iterator[Engine]:
    """Yield an engine on the database of `config` for one command; starts and stops what is needed."""
    with running(config) as url:
        engine = make_engine(url, name=name)
        try:
            yield engine
        finally:
            engine.dispose()


class Cluster:
    """One private PostgreSQL cluster.

    Parameters
    ----------
    folder
        Made when missing. Where root runs us, the server's user must be able to reach it.
    settings
        Server settings beside our own, such as ``{"fsync": "off"}`` for a test.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.data = folder / "pg"
        self.log = folder / "postgresql.log"
        self._settings = dict(settings or {})
        self._stay = folder / "stay"

    def url(self, database: str = DATABASE) -> str:
        """Return the URL of one of the cluster's databases."""
        return f"postgresql://{ROLE}@/{database}?host={quote(str(self._socket_folder()), safe='')}"

    def pid(self) -> int | None:
        """Return the process id of the running server, or None; a stale pid file is not believed."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            # The number may belong to another process by now; a server works in its data folder.
            return pid if os.path.samefile(f"/proc/{pid}/cwd", self.data) else None
        except (OSError, ValueError):
            return None

    def is_running(self) -> bool:
        """Whether the server is up."""
        return self.pid() is not None

    def stays(self) -> bool:
        """Whether the running server was asked to stay up when its last user leaves."""
        return self._stay.exists()

    def up(self) -> bool:
        """Start the server, to stay until `down`; returns whether it had to be started."""
        with self.locked():
            started = self._start()
            self._stay.touch()
        return started

    def down(self) -> bool:
        """Stop the server; returns whether it was running."""
        if not self.folder.exists():
            return False
        with self.locked():
            was_running = self.is_running()
            self._stop()
        return was_running

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep the server running for the length of a block; the last user to leave stops it."""
        with self.locked():
            users = self._open("users")
            try:
                fcntl.flock(users, fcntl.LOCK_SH)
                self._start()
            except BaseException:
                self._leave(users)
                raise
        try:
            yield
        finally:
            with self.locked():
                self._leave(users)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only process that starts, stops or prepares this cluster."""
        self._prepare_folder()
        lock = self._open("lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def abandoned(self) -> bool:
        """Whether no living process uses the server; the caller holds the lock."""
        users = self._open("users")
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(users)
        return True

    def _leave(self, users: int) -> None:
        os.close(users)
        if self.is_running() and not self.stays() and self.abandoned():
            self._stop()

    def _open(self, name: str) -> int:
        try:
            return os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unavailable(f"{self.folder / name} cannot be opened: {error.strerror}") from error

    def _start(self) -> bool:
        if self.is_running():
            return False
        self._stay.unlink(missing_ok=True)  # said of a server that has died since
        if shutil.disk_usage(self.folder).free < _SPACE_NEEDED:
            raise Unavailable(
                f"the disk of {self.folder} is full: less than {_SPACE_NEEDED >> 20} MB are free"
            )
        programs = find_server(self._version())
        if not self.data.exists():
            self._initialise(programs)
        elif self.data.stat().st_uid != self._uid():
            raise Unavailable(
                f"{self.data} belongs to another user; run as {_user_name(self.data.stat().st_uid)}"
            )
        self._make_socket_folder()
        self._configure()
        self._launch(programs)
        self._create_database()
        return True

    def _stop(self) -> None:
        self._stay.unlink(missing_ok=True)
        if self.is_running():
            result = self._run(
                find_server(self._version()), "pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w"
            )
            if result.returncode and self.is_running():
                raise Unavailable(f"PostgreSQL in {self.data} did not stop: {last_line(result.stderr)}")

    def _launch(self, programs: Programs) -> None:
        """Start the server and wait for it; children of a killed one may hold its memory for a while."""
        if self.log.exists() and self.log.stat().st_size > 16 * 2**20:
            self.log.replace(self.log.with_suffix(".log.1"))
            self._begin_log()
        self._remove_stale_pid_file()
        seen = self.log.stat().st_size if self.log.exists() else 0
        deadline = time.monotonic() + _ORPHANS_TIME_S
        while True:
            where = ("-D", str(self.data), "-l", str(self.log))
            result = self._run(programs, "pg_ctl", "start", *where, "-w", "-t", "120", "-s")
            if result.returncode == 0:
                return
            reason = self._log_since(seen) + result.stderr
            if "pre-existing shared memory block" not in reason or time.monotonic() > deadline:
                raise failure(f"PostgreSQL did not start, see {self.log}", reason)
            time.sleep(0.2)

    def _remove_stale_pid_file(self) -> None:
        """Remove a dead server's pid files where their number is another process's by now.

        PostgreSQL would refuse to start on those. In every other case they must stay: from them it sees
        whether children of a killed server still write to the data.
        """
        try:
            os.kill(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]), 0)
        except (OSError, ValueError):
            return
        (self.data / "postmaster.pid").unlink()
        (self._socket_folder() / f"{_SOCKET}.lock").unlink(missing_ok=True)

    def _initialise(self, programs: Programs) -> None:
        """Make the cluster beside its place and move it there whole, so that a kill leaves no half of one."""
        draft = self.folder / "pg.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._give(draft)
        result = self._run(
            programs,
            "initdb",
            *("-D", str(draft), "-U", ROLE, "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8"),
            *("--locale=C.UTF-8", "--lc-messages=C", "--no-instructions"),
        )
        if result.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            raise failure(f"initdb could not make a cluster in {self.folder}", result.stderr)
        with (draft / "postgresql.conf").open("a") as file:
            file.write("\n# Rewritten at every start; what ALTER SYSTEM sets wins over it.\n")
            file.write("include_if_exists = 'gridgis.conf'\n")
        draft.rename(self.data)

    def _configure(self) -> None:
        settings = _tuning() | {"unix_socket_directories": str(self._socket_folder())} | self._settings
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        path = self.data / "gridgis.conf"
        path.write_text("".join(lines))
        self._give(path)

    def _create_database(self) -> None:
        connection = psycopg2.connect(self.url("postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
                if not cursor.fetchone():
                    cursor.execute("CREATE DATABASE gridgis")
        finally:
            connection.close()

    def _version(self) -> int | None:
        """Return the major version that made the cluster, None where there is no cluster yet."""
        try:
            return int((self.data / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise Unavailable(
                f"{self.data} is not a PostgreSQL cluster this user can read: {error}"
            ) from error

    def _uid(self) -> int:
        """Return the user the server runs as: ourselves, or an unprivileged one where we are root."""
        if os.geteuid() != 0:
            return os.geteuid()
        if self.data.exists() and self.data.stat().st_uid != 0:
            return self.data.stat().st_uid
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name).pw_uid
            except KeyError:
                continue
        raise Unavailable(
            "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as"
        )

    def _run(self, programs: Programs, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        if os.geteuid() != 0:
            return programs.run(name, *arguments)
        uid = self._uid()
        return programs.run(name, *arguments, user=uid, group=pwd.getpwuid(uid).pw_gid)

    def _begin_log(self) -> None:
        """Make an empty log that the server's user may write, who may make no file in the folder."""
        self.log.touch(mode=0o600)
        self._give(self.log)

    def _give(self, path: Path) -> None:
        """Hand a file we made to the server's user."""
        if os.geteuid() == 0:
            os.chown(path, self._uid(), pwd.getpwuid(self._uid()).pw_gid)

    def _prepare_folder(self) -> None:
        try:
            if os.geteuid() == 0 and not self.log.exists():
                self._check_reachable()
                self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
                self._check_reachable()  # what we made may be closed by the umask
                self._begin_log()
            self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"the data folder {self.folder} cannot be made: {error.strerror}") from error

    def _check_reachable(self) -> None:
        """Refuse a folder that the server's user may not enter, such as one under root's home."""
        uid = self._uid()
        for folder in filter(Path.exists, (self.folder, *self.folder.parents)):
            status = folder.stat()
            bit = stat.S_IXUSR if status.st_uid == uid else stat.S_IXOTH
            if not status.st_mode & bit:
                raise Unavailable(
                    f"user {_user_name(uid)}, as whom root runs PostgreSQL, may not enter {folder}; "
                    "set GRIDGIS_DATA_DIR to another folder, such as /var/lib/gridgis"
                )

    def _socket_folder(self) -> Path:
        """Return the socket's folder: ``run/``, or a short one where that path is too long for a socket."""
        folder = self.folder / "run"
        if len(os.fsencode(folder / _SOCKET)) <= _LONGEST_SOCKET_PATH:
            return folder
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(f"/tmp/gridgis-{self._uid()}-{digest}")  # noqa: S108  (ownership checked when made)

    def _make_socket_folder(self) -> None:
        folder = self._socket_folder()
        try:
            folder.mkdir(mode=0o700)
            self._give(folder)
        except FileExistsError:
            status = folder.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != self._uid() or status.st_mode & 0o077:
                raise Unavailable(
                    f"{folder} is not a private folder of {_user_name(self._uid())}; remove it"
                ) from None

    def _log_since(self, position: int) -> str:
        try:
            return self.log.read_bytes()[position:].decode(errors="replace")
        except OSError:
            return ""


def _tuning() -> dict[str, str]:
    """Return server settings that suit one machine shared with the web server and a browser."""
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(max(memory_mb // 8, 128), 4096)}MB",
        "effective_cache_size": f"{max(memory_mb // 2, 256)}MB",
        "maintenance_work_mem": f"{min(max(memory_mb // 32, 64), 512)}MB",
        "work_mem": "32MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "lz4",
        "random_page_cost": "1.1",
        "log_line_prefix": "%m [%p] %a ",
        "log_min_duration_statement": "5s",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
