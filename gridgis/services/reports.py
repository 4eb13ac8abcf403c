"""Coverage and workload as the commands tell them: brought up to date, named, and written to files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from gridgis.config import Config
from gridgis.errors import InvalidInput
from gridgis.formats.figures import ENDINGS, encoded, write_figures
from gridgis.scope import Scope
from gridgis.services import coverage, workload
from gridgis.services.measuring.on_cluster import Cluster
from gridgis.services.measuring.refresh import refresh
from gridgis.sql import coverage as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Wish:
    """Which figures, and the file they go to as well, if any."""

    division: str
    level: str
    period: tuple[date, date] | None = None
    findings: bool = False
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class CoverageReport(coverage.Coverage):
    """A coverage with the places where the land is not tiled, and what the cleaning of tracks left out.

    `findings` is ``None`` where they were not asked for.
    """

    findings: list[dict[str, Any]] | None
    cleaning: dict[str, int]


def coverage_report(
    session: Session,
    scope: Scope,
    config: Config,
    wish: Wish,
    at: datetime,
    *,
    everything: bool = False,
    cluster: Cluster | None = None,
) -> CoverageReport:
    """Bring the figures up to date and return the coverage; see `coverage.cover` for the errors."""
    _check(wish.out)
    if wish.period:
        coverage.checked_period(wish.period)
    coverage.prefixes_of(session, scope, config, wish.division, wish.level)
    refresh(session, config, at, everything=everything, cluster=cluster)
    found = coverage.cover(session, scope, config, wish.division, level=wish.level, at=at, period=wish.period)
    places = coverage.findings(session, scope, config, wish.division) if wish.findings else None
    if wish.out:
        _write(session, wish.out, found.rows)
    return CoverageReport(
        found.division, found.level, found.measured_at, found.first, found.last, found.total, found.rows,
        places, coverage.cleaning(session, scope, config, wish.division, wish.period).fixes,
    )  # fmt: skip


def workload_report(
    session: Session, scope: Scope, config: Config, wish: Wish, at: datetime
) -> workload.Workload:
    """Bring the figures up to date and return the workload; see `workload.carry` for the errors."""
    _check(wish.out)
    refresh(session, config, at)
    found = workload.carry(session, scope, config, wish.division, level=wish.level, at=at)
    if wish.out:
        _write(session, wish.out, found.rows)
    return found


def figures_file(
    session: Session, scope: Scope, config: Config, wish: Wish, at: datetime, *, ending: str, asks: Asks
) -> bytes:
    """Return the figures as they stand, as the bytes of a file.

    Parameters
    ----------
    ending
        One of `formats.figures.ENDINGS`.
    asks
        What is asked for, and the worker who does, if it is one: a worker is told of no other.
    """
    if asks.subject == "coverage":
        found = coverage.cover(
            session, scope, config, wish.division, level=wish.level, at=at, period=wish.period
        )
        rows = found.rows
    else:
        carried = workload.carry(
            session, scope, config, wish.division, level=wish.level, at=at, period=wish.period
        )
        if asks.is_worker:
            carried = workload.told_to_worker(session, carried, asks.login)
        rows = carried.rows
    shapes = _shapes(session, rows) if ending == ".geojson" else {}
    return encoded(ending, [_flat(row) for row in rows], shapes)


@dataclass(frozen=True, slots=True)
class Asks:
    """Who asks for which figures: ``coverage`` or ``workload``."""

    subject: str
    is_worker: bool = False
    login: str | None = None


def _check(out: Path | None) -> None:
    """Refuse a file before the figures are made for it."""
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise InvalidInput(
            f"the ending of {out.name} names no format; accepted are {', '.join(ENDINGS)}", field="out"
        )


def _write(session: Session, out: Path, rows: list[dict[str, Any]]) -> None:
    shapes = _shapes(session, rows) if out.suffix.lower() == ".geojson" else {}
    write_figures(out, [_flat(row) for row in rows], shapes)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as a table has it: lists of codes stand in one cell."""
    return {name: ";".join(value) if isinstance(value, list) else value for name, value in row.items()}


def _shapes(session: Session, rows: list[dict[str, Any]]) -> dict[str, bytes]:
    """Return the shape of each row by its code, or by its worker: the union of the grids of the beat."""
    shapes = sql.select_shapes(session, [row["code"] for row in rows if "code" in row])
    beats = {row["worker_code"]: row["grid_codes"] for row in rows if "grid_codes" in row}
    grids = sql.select_shapes(session, sorted({code for codes in beats.values() for code in codes}))
    for worker, codes in beats.items():
        union = shapely.union_all(shapely.from_wkb([grids[code] for code in codes if code in grids]))
        shapes[worker] = shapely.to_wkb(union)
    return shapes
