"""Rows on their way from a file into tables: what the stages hand to one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(slots=True)
class Batch:
    """Some rows of a file, by now in the layer's own fields.

    Attributes
    ----------
    rows
        Their numbers in the file.
    values
        Field -> array, as stored.
    geometry
        shapely geometries in EPSG:4326, ``None`` where a row has none.
    refused
        Which of them have been refused so far.
    """

    rows: NDArray[np.int64]
    values: dict[str, pa.Array]
    geometry: NDArray[Any] = field(default_factory=lambda: np.zeros(0, object))
    refused: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))

    def __post_init__(self) -> None:
        if len(self.geometry) != len(self.rows):
            self.geometry = np.full(len(self.rows), None, dtype=object)
        if len(self.refused) != len(self.rows):
            self.refused = np.zeros(len(self.rows), bool)

    def __len__(self) -> int:
        return len(self.rows)

    def without(self, dropped: NDArray[np.bool_]) -> Batch:
        """Return the batch without some rows."""
        if not dropped.any():
            return self
        keep = ~dropped
        mask = pa.array(keep)
        values = {name: values.filter(mask) for name, values in self.values.items()}
        return Batch(self.rows[keep], values, self.geometry[keep], self.refused[keep])

    def good(self) -> Batch:
        """Return the rows that nothing has been found against."""
        return self.without(self.refused)


def joined(batches: list[Batch]) -> Batch:
    """Return several batches of one layer as one."""
    if len(batches) == 1:
        return batches[0]
    first = batches[0]
    return Batch(
        np.concatenate([b.rows for b in batches]),
        {name: pa.concat_arrays([b.values[name] for b in batches]) for name in first.values},
        np.concatenate([b.geometry for b in batches]),
        np.concatenate([b.refused for b in batches]),
    )
