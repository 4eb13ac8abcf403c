"""Where PostgreSQL's own programs are on this machine, and how they are run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gridgis.errors import Unavailable

OLDEST_MAJOR = 15
INSTALL_HINT = "install it with: apt-get install postgresql postgresql-postgis"

_SERVER_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "usr/local/pgsql/bin")


@dataclass(frozen=True, slots=True)
class Programs:
    """One installed PostgreSQL: its major version and the folder of its programs."""

    major: int
    folder: Path

    def path(self, name: str) -> str:
        """Return the full path of one program, such as ``pg_ctl``."""
        return str(self.folder / name)

    def run(
        self,
        name: str,
        *arguments: str,
        user: int | None = None,
        group: int | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run one program to its end, as another user where one is given, and return what it said.

        It runs in its own session, so that a Ctrl-C meant for us does not cut it short; from ``/``, since
        the user may not enter our working folder; and without ``PG*`` variables other than `variables`,
        which would mislead it.
        """
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        return subprocess.run(
            [self.path(name), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            cwd="/",
            encoding="utf-8",
            env=inherited | {"LC_ALL": "C.UTF-8"} | dict(variables or {}),
            errors="replace",
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )


def find_server(major: int | None = None) -> Programs:
    """Return the newest PostgreSQL server with PostGIS on this machine.

    Parameters
    ----------
    major
        Only this version will do: the one that made an existing data folder.

    Raises
    ------
    Unavailable
        None is installed, all are older than 15, PostGIS is missing, or not the version asked for.
    """
    found = sorted(_installed("postgres"), key=lambda programs: programs.major, reverse=True)
    if not found:
        raise Unavailable(f"PostgreSQL is not installed; {INSTALL_HINT}")
    if major is not None:
        found = [programs for programs in found if programs.major == major]
        if not found:
            raise Unavailable(
                f"the data folder was made by PostgreSQL {major}, which is not installed; install "
                f"postgresql-{major}-postgis-3, or move the data with `gridgis db backup` and `restore`"
            )
    recent = [programs for programs in found if programs.major >= OLDEST_MAJOR]
    if not recent:
        raise Unavailable(
            f"PostgreSQL {found[0].major} in {found[0].folder} is too old, {OLDEST_MAJOR} or newer is "
            f"needed; {INSTALL_HINT}"
        )
    for programs in recent:
        if _has_postgis(programs):
            return programs
    raise Unavailable(
        f"PostgreSQL {recent[0].major} is installed without PostGIS; install it with: "
        f"apt-get install postgresql-{recent[0].major}-postgis-3"
    )


def find_client() -> Programs:
    """Return the newest ``pg_dump`` and ``pg_restore`` on this machine; they need no server beside them."""
    found = max(_installed("pg_dump"), key=lambda programs: programs.major, default=None)
    if found is None:
        raise Unavailable("pg_dump is not installed; install it with: apt-get install postgresql-client")
    return found


def failure(what: str, output: str) -> Unavailable:
    """Return the error that says `what` went wrong, and why, in one line."""
    if "No space left on device" in output:
        return Unavailable(f"{what}: the disk is full")
    return Unavailable(f"{what}: {last_line(output)}")


def last_line(output: str) -> str:
    """Return the line of a program's output that says why it failed, without PostgreSQL's prefix."""
    lines = [line for line in output.splitlines() if "FATAL" in line or "ERROR" in line or "error:" in line]
    lines = lines or output.split("\n")
    return next(
        (line.split("FATAL:")[-1].strip() for line in reversed(lines) if line.strip()), "no reason given"
    )


def _installed(program: str) -> Iterator[Programs]:
    folders = [folder for pattern in _SERVER_FOLDERS for folder in sorted(Path("/").glob(pattern))]
    on_path = shutil.which(program)
    if on_path:
        folders.append(Path(on_path).parent)
    if shutil.which("pg_config"):
        folders.append(Path(_output(["pg_config", "--bindir"]).strip()))
    for folder in dict.fromkeys(folders):
        version = re.search(r"\) (\d+)", _output([str(folder / program), "--version"]))
        if version:
            yield Programs(int(version[1]), folder)


def _has_postgis(programs: Programs) -> bool:
    prefix = programs.folder.parent
    shares = [
        Path(f"/usr/share/postgresql/{programs.major}"),
        prefix / "share",
        prefix / "share" / "postgresql",
    ]
    if (programs.folder / "pg_config").exists():
        shares.append(Path(_output([programs.path("pg_config"), "--sharedir"]).strip()))
    return any((share / "extension" / "postgis.control").exists() for share in shares)


def _output(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
