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
from gridgis.geometry.adjacency import adjacency
from gridgis.geometry.measurement import area_m2, length_m
from gridgis.planning.barriers import ALONE, Lines, between, reached
from gridgis.planning.constraints import Obstacle
from gridgis.planning.design import Progress, Today, Weights
from gridgis.planning.fields import Field, fields, grouped, known_obstacles, standing_fields
from gridgis.planning.measures import Measure, measures
from gridgis.planning.partition import NOWHERE, Units, tally, units_from
from gridgis.services.line_files import lines_of_database
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
    today, names
        Beat of today by grid, as a number, and what must stay of them; the names of those beats by number.
    obstacles
        What keeps beats from being equal, known before the search.
    """

    file: PolygonFile
    codes: NDArray[Any]
    units: Units
    parts: list[Field]
    today: Today | None
    names: dict[int, str]
    obstacles: list[Obstacle]

    def search(self, *, seed: int, weights: Weights, tolerance: float, effort: float) -> Iterator[Progress]:
        """Yield better and better beats; stop whenever they are good enough."""
        yield from grouped(
            self.units, self.parts, seed=seed, weights=weights, tolerance=tolerance, effort=effort,
            today=self.today,
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
                self.names.get(part.first + k, f"{part.parent}-{first + k + 1:02d}")
                for k in range(part.zones)
            ]
        return np.array(names, dtype=object)

    def measures(self, found: Progress) -> list[Measure]:
        """Return the figures of a result, each with its reason."""
        names = self.beat_names()
        parents = np.repeat([part.parent for part in self.parts], [part.zones for part in self.parts])
        return measures(
            self.units,
            found.zone,
            len(names),
            names=names,
            was=self.today.was if self.today else None,
            parents=parents,
        )

    def write(self, found: Progress, path: Path) -> None:
        """Write the grids with the columns `beat`, `load` and `beat_load` added."""
        names = self.beat_names()
        carried = tally(self.units, found.zone, len(names)).load
        table = self.file.table.drop_columns([c for c in _ADDED if c in self.file.table.column_names])
        columns = (pa.array(names[found.zone]), pa.array(self.units.load), pa.array(carried[found.zone]))
        for name, values in zip(_ADDED, columns, strict=True):
            table = table.append_column(name, values)
        write_chunks(path, [(table, self.file.polygons)], crs="EPSG:4326")


_CARRIED = (
    "buildings", "households", "population", "firms", "components", "incidents", "minutes", "roads_m"
)  # fmt: skip
_ADDED = ("beat", "load", "beat_load")


def standing(
    session: Session, division: str, cut_classes: Sequence[str], lines: Lines
) -> tuple[PolygonFile, Lines]:
    """Return the grids in force of a division with what they carry, and the roads around.

    Columns: code, worker_code (of today's primary worker), buildings, households, population, firms,
    components, incidents, minutes (of work forecast for a week) and roads_m.

    Parameters
    ----------
    cut_classes
        Classes of roads that beats do not reach across.
    lines
        Further lines, of files.

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
    roads = lines_of_database(session, division, cut_classes)
    both = Lines(*(np.concatenate(pair) for pair in zip(lines, roads, strict=True)))
    return PolygonFile(f"division {division}", table, polygons, (), "EPSG:4326"), both


@dataclass(frozen=True, slots=True)
class Wish:
    """What beats are to be like.

    Attributes
    ----------
    shares
        Column -> weight. Several are balanced as a weighted sum of each grid's share of the column's total;
        none: every grid counts one.
    street
        Column that a beat may not leave; by default the street in the grid's code.
    kind
        Column of the grids' types; like ones are kept together.
    today
        Column of today's beats.
    locked
        Codes of grids that stay in today's beat.
    at_most
        So many grids may change their beat; ``None``: as many as pays.
    tolerance
        Accepted deviation from the mean load, as a share.
    lines
        Roads, barriers and bridges.
    """

    shares: Mapping[str, float]
    street: str | None = None
    kind: str | None = None
    today: str | None = None
    locked: Sequence[str] = ()
    at_most: int | None = None
    tolerance: float = 0.02
    lines: Lines = ALONE


def task(grids: PolygonFile, workers: int | None, config: Config, wish: Wish) -> Task:
    """Prepare the grouping of grids into one beat a worker.

    Parameters
    ----------
    grids
        With a column ``code``.
    workers
        How many beats, over all streets; each street, and each part of it without a common border, gets at
        least one, the others go where the load per worker is largest. Where the grids that may move are
        limited it is as many as today, and may be ``None``.

    Raises
    ------
    InvalidInput
        A column or code is not there, or the wish cannot be met; the message names the grids.
    """
    codes = grids.codes("code")
    units = _units(grids, wish, config.metric_srid)
    column = wish.street
    parents = grids.labels(column) if column else np.array([code[:_STREET] for code in codes], dtype=object)
    if wish.at_most is None:
        if workers is None:
            raise InvalidInput("say for how many workers", field="workers")
        parts = fields(units, codes, parents, workers)
    else:
        parts = _parts_of_today(grids, codes, units, parents, wish)
        if workers not in {None, there := sum(part.zones for part in parts)}:
            raise InvalidInput(
                f"there are {there} beats today; {workers} cannot be made by moving grids between them",
                field="workers",
            )
    today, names = _today(grids, codes, parts, wish)
    known = known_obstacles(units, parts, codes, wish.tolerance)
    return Task(grids, codes, units, parts, today, names, known)


def _units(grids: PolygonFile, wish: Wish, srid: int) -> Units:
    """Return grids as units: neighbours share an edge and no barrier parts them, or a ferry links them."""
    shapes = grids.polygons
    neighbours = reached(adjacency(shapes, srid), shapes, wish.lines, afar=True)
    unlike = None
    if wish.kind is not None:
        kinds = grids.labels(wish.kind)
        unlike = kinds[neighbours.one] != kinds[neighbours.other]
    return units_from(
        neighbours,
        load=_load(grids, wish.shares),
        area_m2=area_m2(shapes, srid),
        around_m=length_m(shapes, srid),
        crossings=between(neighbours, shapes, wish.lines.roads),
        unlike=unlike,
    )


def _parts_of_today(
    grids: PolygonFile, codes: NDArray[Any], units: Units, parents: NDArray[Any], wish: Wish
) -> list[Field]:
    if wish.today is None:
        raise InvalidInput("moves are counted from today's beats; name their column", field="today")
    labels = grids.labels(wish.today)
    if (free := np.flatnonzero(labels == None)).size:  # noqa: E711 - element by element
        raise InvalidInput(f"grid {codes[free[0]]} has no beat today; every grid needs one", field="today")
    return standing_fields(units, parents, labels)


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
    grids: PolygonFile, codes: NDArray[Any], parts: Sequence[Field], wish: Wish
) -> tuple[Today | None, dict[int, str]]:
    """Return today's beats as numbers of the beats to come: in each part the largest keep theirs."""
    if unknown := sorted(set(wish.locked) - set(codes)):
        raise InvalidInput(f"{grids.name} has no grid {unknown[0]} to lock", field="lock")
    locked = np.isin(codes, list(wish.locked))
    was = np.full(len(codes), NOWHERE, dtype=np.int32)
    names: dict[int, str] = {}
    labels = grids.labels(wish.today) if wish.today else np.full(len(codes), None)
    for part in parts:
        found, counts = np.unique([str(label) for label in labels[part.rows] if label], return_counts=True)
        free = [k for k in np.argsort(-counts, kind="stable") if found[k] not in names.values()]
        for number, k in enumerate(free[: part.zones], start=part.first):
            names[number] = str(found[k])
            was[part.rows[labels[part.rows] == found[k]]] = number
    if (locked & (was == NOWHERE)).any():
        raise InvalidInput("a locked grid needs a beat today; name their column with --today", field="lock")
    return (Today(was, locked, wish.at_most) if wish.today else None), names
