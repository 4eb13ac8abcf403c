"""Duplicates: rows whose key an earlier row of the file, or the store, already has."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from gridgis.services.loading.batches import Batch
from gridgis.services.loading.doctor import Report, findings

Hashes = NDArray[np.uint64]


class Seen:
    """Which 64-bit keys have been seen, in 16 bytes each at most.

    Sorted runs of doubling sizes: a look-up searches each, adding merges the small ones.
    """

    def __init__(self) -> None:
        self._runs: list[Hashes] = []

    def repeated(self, keys: Hashes) -> NDArray[np.bool_]:
        """Return which of `keys` were seen before, earlier in `keys` included, and remember them all."""
        order = np.argsort(keys, kind="stable")
        ascending = keys[order]
        again = np.zeros(len(keys), bool)
        again[order[1:]] = ascending[1:] == ascending[:-1]
        for run in self._runs:
            at = np.searchsorted(run, keys)
            again |= run[np.minimum(at, len(run) - 1)] == keys
        self._add(ascending)
        return again

    def _add(self, run: Hashes) -> None:
        if not len(run):
            return
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate((self._runs.pop(), run)), kind="stable")
        self._runs.append(run)


def hashes(columns: list[pa.Array]) -> Hashes:
    """Return a 64-bit hash of each row of some columns.

    Two different keys among ten million share a hash with a probability of three in a million.
    """
    total = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        total = total * np.uint64(0x9E3779B97F4A7C15) + _hashed(column)
    return total


def _hashed(column: pa.Array) -> Hashes:
    if pa.types.is_timestamp(column.type):
        ticks = column.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return pd.util.hash_array(np.asarray(ticks, dtype=np.int64))
    encoded = column.dictionary_encode()
    distinct = pd.util.hash_array(
        encoded.dictionary.to_numpy(zero_copy_only=False).astype(object), categorize=False
    )
    at = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    return distinct[at] if len(distinct) else np.zeros(len(column), np.uint64)


def refuse_repeated(seen: Seen, batch: Batch, names: tuple[str, ...], report: Report) -> None:
    """Refuse the rows whose key an earlier row of the file has; rows without a key are no duplicates."""
    columns = [batch.values[name] for name in names]
    present = np.logical_and.reduce([np.asarray(c.is_valid()) for c in columns]) & ~batch.refused
    rows = np.flatnonzero(present)
    if not len(rows):
        return
    again = seen.repeated(hashes([c.take(pa.array(rows)) for c in columns]))
    list_duplicates(batch, rows[again], names[-1], "an earlier row of the file has it too", report)


def list_duplicates(batch: Batch, rows: NDArray[np.int64], name: str, text: str, report: Report) -> None:
    """Refuse rows as duplicates and list them."""
    if not len(rows):
        return
    values = batch.values[name].take(pa.array(rows))
    listed = findings(batch.rows[rows], name, values, text, batch.geometry[rows])
    report.duplicates.add(listed, name=name, count=len(rows))
    batch.refused[rows] = True
