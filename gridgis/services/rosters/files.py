"""The roster as a file: read from a table all or nothing, and written so that reading it changes nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridgis.config import Config
from gridgis.errors import InvalidInput
from gridgis.formats.figures import plain
from gridgis.formats.geojson import feature_collection
from gridgis.formats.moments import dates
from gridgis.formats.tabular import open_csv, open_xlsx
from gridgis.planning.rosters import PRIMARY, Change
from gridgis.scope import Scope
from gridgis.services.rosters.changing import Fault, Outcome, Roster, RowsRefused, change, roster
from gridgis.sql import rosters as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COLUMNS = ("grid_code", "worker_code", "role", "from", "to")
FORMATS = ("csv", "geojson")
_NEEDED = COLUMNS[:2]
_DAY = "a day such as 2026-07-01"


def load(
    session: Session,
    scope: Scope,
    config: Config,
    path: Path,
    *,
    at: datetime,
    correction: str | None = None,
    preview: bool = False,
) -> Outcome:
    """Work every row of a table into the roster, or none; see `rosters.change`.

    The table has the columns `COLUMNS`, of which grid_code and worker_code are needed; others are not looked
    at. A role left empty is primary, `from` today, `to` never. An empty worker_code makes the grid nobody's.

    Raises
    ------
    InvalidInput
        The file is no table, or lacks a column or any row.
    RowsRefused
        Some rows cannot be; each is named with its field and value.
    """
    today = at.astimezone(config.zone).date()
    return change(
        session, scope, config, read(path, config, today), at=at, correction=correction, preview=preview
    )


def read(path: Path, config: Config, today: date) -> list[Change]:
    """Return the changes that the rows of a CSV or Excel table ask for; errors as of `load`."""
    source = open_xlsx(path) if path.suffix.lower() == ".xlsx" else open_csv(path)
    missing = [name for name in _NEEDED if name not in source.columns]
    if missing:
        raise InvalidInput(
            f"{path.name} has no column {missing[0]}; a roster has {', '.join(COLUMNS)}", field=missing[0]
        )
    changes: list[Change] = []
    faults: list[Fault] = []
    for chunk in source.chunks():
        columns = {name: chunk.table[name] for name in COLUMNS if name in source.columns}
        days: dict[str, list[date | None]] = {}
        for name in ("from", "to"):
            if name in columns:
                column = columns[name].combine_chunks()
                found, wrong = dates(column, config.zone)
                days[name] = found.to_pylist()
                faults += [
                    Fault(chunk.first_row + int(row), name, column[int(row)].as_py(), _DAY)
                    for row in wrong.nonzero()[0]
                ]
        texts = {name: column.to_pylist() for name, column in columns.items() if name not in days}
        changes += _changes(texts, days, today)
    faults += [
        Fault(row, "grid_code", None, "the code of a grid")
        for row, one in enumerate(changes, 1)
        if not one.grid
    ]
    if faults:
        raise RowsRefused(sorted(faults, key=lambda fault: fault.row))
    if not changes:
        raise InvalidInput(f"{path.name} has no row under its header")
    return changes


def _changes(
    texts: Mapping[str, list[str | None]], days: Mapping[str, list[date | None]], today: date
) -> Iterator[Change]:
    for row, grid in enumerate(texts["grid_code"]):
        role = texts["role"][row] if "role" in texts else None
        yield Change(
            (grid or "").strip(),
            (texts["worker_code"][row] or "").strip() or None,
            (role or PRIMARY).strip().lower(),
            (days["from"][row] if "from" in days else None) or today,
            days["to"][row] if "to" in days else None,
        )


def export(
    session: Session,
    scope: Scope,
    config: Config,
    code: str,
    file_format: str,
    *,
    at: datetime,
    on: date | None = None,
) -> Iterator[bytes]:
    """Return the roster of a division on a day, as bytes of a file.

    ``csv`` has a row a line, and one without a worker for each grid that has no primary; `load` reads it
    back. ``geojson`` has a feature a grid: primary worker, deputies and minutes, for other systems.

    Raises
    ------
    NotFound
        No division has this code, or none the caller may see.
    InvalidInput
        The format is not one of `FORMATS`.
    """
    if file_format not in FORMATS:
        raise InvalidInput(
            f"a roster is not written as {file_format!r}; accepted are {', '.join(FORMATS)}", field="format"
        )
    found = roster(session, scope, config, code, at=at, on=on)
    if file_format == "csv":
        return iter([_csv(found)])
    grids = sorted({row["grid_code"] for row in [*found.rows, *found.unassigned]})
    features = _features(found, sql.select_shapes(session, grids))
    return feature_collection([features], {"name": "roster", "division": code, "on": found.day.isoformat()})


def _csv(found: Roster) -> bytes:
    rows = [*found.rows, *({"grid_code": row["grid_code"], "role": PRIMARY} for row in found.unassigned)]
    rows.sort(key=lambda row: (row["grid_code"], row["role"] != PRIMARY, row.get("worker_code") or ""))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([plain(row.get(name)) for name in COLUMNS] for row in rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()  # without the mark spreadsheets misread Chinese


def _features(found: Roster, shapes: Mapping[str, str]) -> Sequence[str]:
    grids: dict[str, dict[str, Any]] = {
        row["grid_code"]: _feature(row) for row in [*found.unassigned, *found.rows]
    }
    for row in found.rows:
        told = grids[row["grid_code"]]
        if row["role"] == PRIMARY:
            told |= {"worker_code": row["worker_code"], "from": plain(row["from"]), "to": plain(row["to"])}
        else:
            told["deputies"].append(row["worker_code"])
    for row in found.uncovered:
        grids[row["grid_code"]]["uncovered"] = True
    return [
        f'{{"type":"Feature","id":"{code}","geometry":{shapes[code]},"properties":'
        f"{json.dumps(told, ensure_ascii=False, separators=(',', ':'))}}}"
        for code, told in sorted(grids.items())
    ]


def _feature(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "grid_code": row["grid_code"],
        "community_code": row["grid_code"][:12],
        "worker_code": None,
        "from": None,
        "to": None,
        "deputies": [],
        "uncovered": False,
        "minutes": row["minutes"],
    }
