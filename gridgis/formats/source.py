"""A file as a stream of chunks: what every reader yields, whatever the format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

#: Rows read at once: large enough for vectorised work, small enough for constant memory.
CHUNK_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows of a file.

    Attributes
    ----------
    first_row
        Number of the first one; the first feature of a file, or the line under a header, is row 1.
    table
        The attributes, named and typed as in the file.
    geometry
        One shapely geometry or ``None`` a row, in the file's CRS; ``None`` where the file has no geometry
        column of its own (a table whose places are lon/lat or WKT text).
    unreadable
        Which rows carry geometry bytes that are no geometry at all; ``None`` when there are none.
    """

    first_row: int
    table: pa.Table
    geometry: np.ndarray | None
    unreadable: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file.

    Attributes
    ----------
    format
        Name of the format its content is in (see `names.FORMATS`).
    columns
        Names of its attribute columns, in order.
    crs
        What the file says about its coordinates, for `geometry.crs.parse_crs`; empty when it is silent.
    rows
        Number of rows where the format tells, else ``None``.
    has_geometry
        Whether chunks carry a geometry column.
    encoding
        Of its text.
    encoding_guessed
        Whether the encoding was found by trying, since the file does not say.
    chunks
        Starts a fresh pass over the file.
    """

    format: str
    columns: tuple[str, ...]
    crs: str
    rows: int | None
    has_geometry: bool
    chunks: Callable[[], Iterator[Chunk]]
    encoding: str = "utf-8"
    encoding_guessed: bool = False
    notes: tuple[str, ...] = field(default=())


def numbered(batches: Iterator[Any]) -> Iterator[tuple[int, Any]]:
    """Yield each batch that has rows with the number of its first row, counting from 1."""
    row = 1
    for batch in batches:
        if batch.num_rows:
            yield row, batch
            row += batch.num_rows
