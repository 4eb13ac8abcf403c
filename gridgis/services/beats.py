"""Beats: grids grouped for a number of workers, inside a street, in one piece and of about equal load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.errors import InvalidInput, NotFound
from gridgis.formats.copying import write_chunks
from gridgis.planning.constraints import Obstacle, obstacles
from gridgis.planning.design import Progress, Weights
from gridgis.planning.fields import Field, fields, grouped
from gridgis.planning.measures import Measure, measures
from gridgis.planning.partition import NOWHERE, Units, part_of, tally, units_of
from gridgis.services.polygon_files import PolygonFile
from gridgis.sql import planning as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Digits of a grid's code that name its street.
_STREET = divisions.WIDTHS["street"]


@dataclass(frozen=True, slots=True)
class Task:
    """Grids to be grouped, ready to be searched.

    Attributes
    ----------
    file
        The grids' rows and shapes.
    codes, units, parts
        Code of each grid, the graph of them, and the streets with the beats each gets.
    was, today
        Beat of today by grid, as a number (-1: none), and the names of today's beats by that number.
    locked
        Grids that stay where they are.
    obstacles
        Grids that are above what one beat may carry.
    """

    file: PolygonFile
    codes: NDArray[Any]
    units: Units
    parts: list[Field]
    was: NDArray[np.int32] | None
    today: dict[int, str]
    locked: NDArray[np.bool_]
    obstacles: list[Obstacle]

    def search(self, *, seed: int, weights: Weights, tolerance: float, effort: float) -> Iterator[Progress]:
        """Yield better and better beats; stop whenever they are good enough."""
        yield from grouped(
            self.units, self.parts, seed=seed, weights=weights, tolerance=tolerance, effort=effort,
            was=self.was, locked=self.locked,
        )  # fmt: skip

    def beat_names(self) -> NDArray[Any]:
        """Return the name of each beat: today's, or the street's code and a number within it."""
        names = []
        for part in self.parts:
            before = [
                other for other in self.parts if other.parent == part.parent and other.first < part.first
            ]
            first = sum(other.zones for other in before)
            names += [
                self.today.get(part.first + k, f"{part.parent}-{first + k + 1:02d}")
                for k in range(part.zones)
            ]
        return np.array(names, dtype=object)

    def measures(self, found: Progress) -> list[Measure]:
        """Return the figures of a result, each with its reason."""
        names = self.beat_names()
        parents = np.repeat([part.parent for part in self.parts], [part.zones for part in self.parts])
        return measures(self.units, found.zone, len(names), names=names, was=self.was, parents=parents)

    def write(self, found: Progress, path: Path) -> None:
        """Write the grids with the columns `beat`, `load` and `beat_load` added."""
        names = self.beat_names()
        carried = tally(self.units, found.zone, len(names)).load
        table = self.file.table.drop_columns([c for c in _ADDED if c in self.file.table.column_names])
        columns = (pa.array(names[found.zone]), pa.array(self.units.load), pa.array(carried[found.zone]))
        for name, values in zip(_ADDED, columns, strict=True):
            table = table.append_column(name, values)
        write_chunks(path, [(table, self.file.polygons)], crs="EPSG:4326")


_CARRIED = ("buildings", "households", "population", "firms", "components", "incidents")
_ADDED = ("beat", "load", "beat_load")


def grids_of_database(session: Session, division: str) -> PolygonFile:
    """Return the grids in force of a division with what they carry and today's primary worker.

    Raises
    ------
    NotFound
        The division has no grid in force.
    """
    rows = sql.select_grid_loads(session, divisions.prefix(division))
    if not rows:
        raise NotFound(f"division {division} has no grid in force", field="division")
    schema = pa.schema(
        [("code", pa.string()), ("worker_code", pa.string()), *((name, pa.float64()) for name in _CARRIED)]
    )
    table = pa.Table.from_pylist(
        [{name: row._mapping[name] for name in schema.names} for row in rows], schema
    )
    polygons = shapely.from_wkb([bytes(row.wkb) for row in rows])
    return PolygonFile(f"division {division}", table, polygons, (), "EPSG:4326")


def task(
    grids: PolygonFile,
    workers: int,
    config: Config,
    *,
    shares: Mapping[str, float],
    street: str | None = None,
    today: str | None = None,
    locked: Sequence[str] = (),
    tolerance: float = 0.02,
) -> Task:
    """Prepare the grouping of grids into one beat a worker.

    Parameters
    ----------
    grids
        With a column ``code``.
    workers
        How many beats, over all streets; each street, and each part of it without a common border, gets at
        least one, the others go where the load per worker is largest.
    shares
        Column -> weight. Several are balanced as a weighted sum of each grid's share of the column's total;
        none: every grid counts one.
    street
        Column that a beat may not leave; by default the street in the grid's code.
    today
        Column of today's beats.
    locked
        Codes of grids that stay in today's beat.

    Raises
    ------
    InvalidInput
        A column or code is not there, or the wish cannot be met; the message names the grids.
    """
    codes = grids.codes("code")
    units = units_of(grids.polygons, _load(grids, shares), config.metric_srid)
    parents = grids.labels(street) if street else np.array([code[:_STREET] for code in codes], dtype=object)
    parts = fields(units, codes, parents, workers)
    was, names = _today(grids, today, parts)
    fixed = np.isin(codes, list(locked))
    if unknown := sorted(set(locked) - set(codes)):
        raise InvalidInput(f"{grids.name} has no grid {unknown[0]} to lock", field="lock")
    if (fixed & ((was if was is not None else np.full(len(codes), NOWHERE)) == NOWHERE)).any():
        raise InvalidInput("a locked grid needs a beat today; name their column with --today", field="lock")
    heavy = [
        problem
        for part in parts
        for problem in obstacles(part_of(units, part.rows), codes[part.rows], part.zones, tolerance)
    ]
    return Task(grids, codes, units, parts, was, names, fixed, heavy)


def _load(grids: PolygonFile, shares: Mapping[str, float]) -> NDArray[np.float64]:
    if not shares:
        return np.ones(len(grids.polygons))
    columns = {name: grids.numbers(name) for name in shares}
    if wrong := next((name for name in shares if not shares[name] >= 0), None):
        raise InvalidInput(f"{wrong} weighs {shares[wrong]:g}; 0 or more is accepted", field="weights")
    if len(columns) == 1:
        return next(iter(columns.values()))
    total = np.zeros(len(grids.polygons))
    for name, values in columns.items():
        total += shares[name] * values / max(values.sum(), 1e-9)
    return total / max(total.mean(), 1e-12)


def _today(
    grids: PolygonFile, column: str | None, parts: Sequence[Field]
) -> tuple[NDArray[np.int32] | None, dict[int, str]]:
    """Return today's beats as numbers of the beats to come: in each part the largest keep theirs."""
    if column is None:
        return None, {}
    labels = grids.labels(column)
    was = np.full(len(labels), NOWHERE, dtype=np.int32)
    names: dict[int, str] = {}
    for part in parts:
        found, counts = np.unique([str(label) for label in labels[part.rows] if label], return_counts=True)
        free = [k for k in np.argsort(-counts, kind="stable") if found[k] not in names.values()]
        for number, k in enumerate(free[: part.zones], start=part.first):
            names[number] = str(found[k])
            was[part.rows[labels[part.rows] == found[k]]] = number
    return was, names
