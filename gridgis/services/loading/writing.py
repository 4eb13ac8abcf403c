"""Writing in a thread of its own, so that the next rows are read and checked while these are copied."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridgis.services.loading.batches import Batch

#: Batches that wait at most; more would only be memory.
_WAITING = 2


class Writer:
    """Hands batches, in order, to one function in one thread.

    The first error ends the writing; it is raised in the caller's thread at the next `put` or at the end.
    """

    def __init__(self, write: Callable[[Batch], None]) -> None:
        self._write = write
        self._queue: queue.Queue[Batch | None] = queue.Queue(_WAITING)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="load-writer", daemon=True)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is not None:
            self._error = self._error or error
        self._queue.put(None)
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def put(self, batch: Batch) -> None:
        """Queue a batch; waits while the writer is behind."""
        if self._error is not None:
            raise self._error
        self._queue.put(batch)

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            if self._error is not None:
                continue
            try:
                self._write(batch)
            except BaseException as error:
                self._error = error


def ewkb(geometry: NDArray[Any]) -> pa.Array:
    """Return geometries in EPSG:4326 as hexadecimal EWKB, null where there is none."""
    marked = shapely.set_srid(geometry, 4326)
    return pa.array(shapely.to_wkb(marked, hex=True, include_srid=True), pa.string())


def as_multi(geometry: NDArray[Any], kind: str) -> NDArray[Any]:
    """Wrap single polygons or lines, as columns of Multi geometries want them.

    Parameters
    ----------
    kind
        ``polygon`` or ``line``.
    """
    single, wrap = {
        "polygon": (shapely.GeometryType.POLYGON, shapely.multipolygons),
        "line": (shapely.GeometryType.LINESTRING, shapely.multilinestrings),
    }[kind]
    out = geometry.copy()
    rows = np.flatnonzero(shapely.get_type_id(geometry) == single)
    if len(rows):
        out[rows] = wrap(geometry[rows], indices=np.arange(len(rows)))
    return out


def constant(value: Any, rows: int) -> pa.Array:
    """Return one value repeated."""
    return pa.repeat(pa.scalar(value), rows)
