"""Files of lines that a design heeds: roads, water, and the barriers and bridges of `planning.barriers`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridgis.codes import divisions
from gridgis.errors import InvalidInput
from gridgis.formats.converting import as_text
from gridgis.planning.barriers import JOINING, Lines, lines_of
from gridgis.services.polygon_files import read_shapes
from gridgis.sql import planning as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Objects = NDArray[Any]


def read_lines(
    roads: Path | None, water: Path | None, barriers: Path | None, cut_classes: Sequence[str]
) -> Lines:
    """Return what files say about borders.

    Parameters
    ----------
    roads, water
        Borders had better lie on them.
    barriers
        With a column ``kind``: lines of the kinds in `barriers.JOINING` join, all others part.
    cut_classes
        Roads whose column ``class`` is one of these part as well.

    Raises
    ------
    InvalidInput
        A column is not there, or what joins is not one line.
    """
    soft, parting = _shapes(water)[1], np.array([], dtype=object)
    if roads is not None:
        table, lines = _shapes(roads)
        soft = np.concatenate((soft, lines))
        if cut_classes:
            parting = lines[np.isin(_labels(table, "class", roads.name), list(cut_classes))]
    elif cut_classes:
        raise InvalidInput("classes of roads were named and no roads given", field="cut_class")
    kinds = np.full(len(parting), "road", dtype=object)
    if barriers is not None:
        table, lines = _shapes(barriers)
        named = _labels(table, "kind", barriers.name)
        _check_joins(lines, named, barriers.name)
        parting, kinds = np.concatenate((parting, lines)), np.concatenate((kinds, named))
    return lines_of(soft[~shapely.is_missing(soft)], parting, kinds)


def lines_of_database(session: Session, division: str, cut_classes: Sequence[str]) -> Lines:
    """Return the roads around a division's grids in force, those of some classes as barriers."""
    rows = sql.select_roads_around(session, divisions.prefix(division))
    lines = shapely.from_wkb([bytes(row.wkb) for row in rows])
    parting = lines[np.isin([row.road_class for row in rows], list(cut_classes))]
    return lines_of(lines, parting, np.full(len(parting), "road", dtype=object))


def _shapes(path: Path | None) -> tuple[pa.Table, Objects]:
    if path is None:
        return pa.table({}), np.array([], dtype=object)
    table, shapes, _ = read_shapes(path)
    return table, shapes


def _labels(table: pa.Table, column: str, name: str) -> Objects:
    if column not in table.column_names:
        raise InvalidInput(
            f"{name} has no column {column}; it has {', '.join(table.column_names)}", field=column
        )
    return np.array(as_text(table.column(column)).to_pylist(), dtype=object)


def _check_joins(lines: Objects, kinds: Objects, name: str) -> None:
    """Refuse a bridge that has no two ends."""
    joins = np.isin(kinds.astype(str), list(JOINING))
    wrong = np.flatnonzero(joins & (shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING))
    if len(wrong):
        raise InvalidInput(
            f"{name}, row {wrong[0] + 1}: a {kinds[wrong[0]]} is to be one line with an end on either side",
            field="barriers",
        )
