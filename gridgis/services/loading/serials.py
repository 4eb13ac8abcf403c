"""Serials of components and incidents: always above the highest ever given after the same prefix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgis.services.loading.job import Job
from gridgis.sql import loading as loading_sql


class Serials:
    """Gives out serials in the order of the rows.

    Parameters
    ----------
    width
        Digits of a serial.
    """

    def __init__(self, job: Job, width: int) -> None:
        self.job = job
        self.width = width
        self._highest = loading_sql.select_serials(job.session)
        self._raised: set[str] = set()

    def take(self, prefixes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Return a code for each row: its prefix and the next serial after it.

        Returns
        -------
        codes
            Text, one a row.
        overflow
            Rows for which no serial is left; their code is not to be used.
        """
        if not len(prefixes):
            return prefixes, np.zeros(0, bool)
        at, distinct = pd.factorize(prefixes)
        start = np.array([self._highest.get(prefix, 0) for prefix in distinct])
        serial = start[at] + pd.Series(at).groupby(at).cumcount().to_numpy() + 1
        overflow = serial >= 10**self.width
        top = np.minimum(start + np.bincount(at), 10**self.width - 1)
        self._raise(dict(zip(distinct, top.tolist(), strict=True)))
        digits = np.char.zfill(serial.astype(str), self.width)
        return np.array(prefixes, dtype=object) + digits.astype(object), overflow

    def note(self, codes: NDArray[Any]) -> None:
        """Take note of codes that the file brings itself."""
        if not len(codes):
            return
        text = pd.Series(codes, dtype=object).astype(str)
        serial = text.str[-self.width :].astype(np.int64)
        highest = serial.groupby(text.str[: -self.width]).max()
        self._raise({str(prefix): int(top) for prefix, top in highest.items() if top > 0})

    def _raise(self, highest: dict[str, int]) -> None:
        for prefix, top in highest.items():
            if top > self._highest.get(prefix, 0):
                self._highest[prefix] = top
                self._raised.add(prefix)

    def save(self) -> None:
        """Write what has been given out; nobody will be given it again, even when this load is undone."""
        loading_sql.raise_serials(self.job.session, {p: self._highest[p] for p in sorted(self._raised)})
