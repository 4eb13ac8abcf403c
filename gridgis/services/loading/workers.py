"""Loading workers with their beats, and the tracks of their shifts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from gridgis.services.loading.batches import Batch
from gridgis.services.loading.checking import refuse, refuse_future
from gridgis.services.loading.grids import FIRST_DAY
from gridgis.services.loading.job import Job
from gridgis.services.loading.keys import Seen, hashes, refuse_repeated
from gridgis.services.loading.registers import refuse_known, refuse_persons, refuse_unknown
from gridgis.services.loading.writing import constant, ewkb
from gridgis.sql import loading as loading_sql

#: Odd and large, so that hashes put together keep what each says.
_MIXED = np.uint64(0x9E3779B97F4A7C15)


class Workers:
    """Workers by staff code; the grids of a worker become lines of the roster."""

    whole = True

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen = Seen()
        self.known = loading_sql.select_codes(job.session, "workers")
        self.divisions = loading_sql.select_codes(job.session, "divisions")
        self.departments = loading_sql.select_codes(job.session, "departments")
        self.grids = loading_sql.select_codes(job.session, "grids")

    def check(self, batch: Batch) -> None:
        """Refuse persons' numbers, unknown divisions, departments and grids, and grids given twice."""
        refuse_repeated(self.seen, batch, ("code",), self.job.report)
        refuse_persons(batch, "code", self.job)
        refuse_unknown(batch, "division_code", self.divisions, "the code of a stored division", self.job)
        refuse_unknown(
            batch, "department_code", self.departments, "the code of a stored department", self.job
        )
        owner: dict[str, str] = {}
        for row, (code, text) in enumerate(
            zip(batch.values["code"].to_pylist(), batch.values["grid_codes"].to_pylist(), strict=True)
        ):
            accepted = self._objection(code, _split(text), owner)
            if accepted and not batch.refused[row]:
                refuse(self.job.report, batch, np.arange(len(batch)) == row, "grid_codes",
                       batch.values["grid_codes"], accepted)  # fmt: skip

    def _objection(self, code: str | None, grids: list[str], owner: dict[str, str]) -> str:
        for grid in grids:
            if grid not in self.grids:
                return f"codes of stored grids joined with ;, which {grid!r} is not"
            if owner.setdefault(grid, code or "") != code:
                return f"grids that have no other primary worker, while {grid} has {owner[grid]}"
        return ""

    def check_stored(self, batch: Batch) -> None:
        """Refuse workers that are stored, and grids that have a primary worker in that time."""
        refuse_known(batch, "code", self.known, self.job)
        beats = self._beats(batch)
        taken: dict[str, list[tuple[object, object, str]]] = {}
        for row in loading_sql.select_primary_beats(self.job.session, beats["grid_code"].unique()):
            taken.setdefault(row.grid_code, []).append((row.valid_from, row.valid_to, row.worker_code))
        for beat in beats[beats["grid_code"].isin(taken)].itertuples():
            other = next(
                (w for _, end, w in taken[beat.grid_code] if end is None or end > beat.valid_from), None
            )
            at = np.flatnonzero(batch.values["code"].to_numpy(zero_copy_only=False) == beat.worker_code)
            if other is not None and not batch.refused[at].any():
                refuse(self.job.report, batch, np.isin(np.arange(len(batch)), at), "grid_codes",
                       batch.values["grid_codes"],
                       f"grids with no primary worker then, while {beat.grid_code} has {other}")  # fmt: skip

    def write(self, batch: Batch) -> None:
        """Insert the workers and their beats."""
        columns = {
            name: batch.values[name] for name in ("code", "division_code", "department_code", "active")
        }
        columns["station"] = ewkb(batch.geometry)
        columns["import_id"] = constant(self.job.import_id, len(batch))
        loading_sql.copy(self.job.session, "workers", pa.table(columns))
        beats = self._beats(batch)
        if len(beats):
            rows = pa.Table.from_pandas(beats, preserve_index=False)
            rows = rows.append_column("import_id", constant(self.job.import_id, len(beats)))
            loading_sql.copy(self.job.session, "beats", rows)
        self.job.report.counts["beats"] += len(beats)

    def _beats(self, batch: Batch) -> pd.DataFrame:
        """Return a line per worker and grid; without a date it holds from the first day of the first plan."""
        frame = pd.DataFrame(
            {
                "worker_code": batch.values["code"].to_pylist(),
                "grid_code": [_split(text) for text in batch.values["grid_codes"].to_pylist()],
                "valid_from": batch.values["valid_from"].to_pylist(),
            }
        )
        frame["valid_from"] = frame["valid_from"].fillna(datetime(*FIRST_DAY, tzinfo=UTC).date())
        return frame.explode("grid_code").dropna(subset="grid_code")

    def finish(self) -> None:
        """Nothing is left to do."""


class Tracks:
    """Tracks: a fix that is there already is dropped and counted, since devices send twice."""

    whole = False

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen, self.places = Seen(), Seen()
        self.written: list[datetime] = []  # from when to when, batch by batch
        self.workers = loading_sql.select_codes(job.session, "workers")

    def check(self, batch: Batch) -> None:
        """Refuse unknown workers, fixes from the future and workers in two places; drop repeated fixes."""
        refuse_unknown(batch, "worker_code", self.workers, "the code of a stored worker", self.job)
        refuse_future(batch, "fixed_at", self.job.options, self.job.report)
        rows = np.flatnonzero(~batch.refused)
        if not len(rows):
            return
        keys = [batch.values[name].take(pa.array(rows)) for name in ("worker_code", "fixed_at")]
        instants = hashes(keys)
        again = self.seen.repeated(instants)
        elsewhere = again & ~self.places.repeated(instants * _MIXED + _places(batch.geometry[rows]))
        refuse(self.job.report, batch, np.isin(np.arange(len(batch)), rows[elsewhere]), "fixed_at",
               batch.values["fixed_at"],
               "one place of a worker at one instant; an earlier row has another")  # fmt: skip
        again &= ~elsewhere
        batch.refused[rows[again]] = True
        self.job.report.counts["repeated_fixes_dropped"] += int(again.sum())

    def check_stored(self, batch: Batch) -> None:
        """Do nothing: fixes that the store has are left out when they are written."""

    def write(self, batch: Batch) -> None:
        """Insert the fixes that are not there yet."""
        if not len(batch):
            return
        times = batch.values["fixed_at"]
        span = pc.min_max(times).as_py()
        self.written += span.values()
        loading_sql.ensure_partitions(self.job.session, "tracks", span["min"], span["max"])
        columns = {
            name: batch.values[name] for name in ("worker_code", "fixed_at", "accuracy_m", "speed_m_s")
        }
        columns["geom"] = ewkb(batch.geometry)
        columns["import_id"] = constant(self.job.import_id, len(batch))
        copied = loading_sql.copy_tracks(self.job.session, pa.table(columns), span["min"], span["max"])
        counts = self.job.report.counts
        if copied.first is not None:
            if not counts["conflicting_fixes_dropped"]:
                self.job.report.notes.append(_conflict(batch, copied.first))
            counts["conflicting_fixes_dropped"] += copied.elsewhere
        counts["repeated_fixes_dropped"] += len(batch) - copied.added - copied.elsewhere
        counts["loaded"] += copied.added - len(batch)

    def finish(self) -> None:
        """Let the planner know what the table holds."""
        if self.written:
            loading_sql.analyze_between(self.job.session, "tracks", min(self.written), max(self.written))


def _conflict(batch: Batch, at: int) -> str:
    worker, instant = (batch.values[name][at].as_py() for name in ("worker_code", "fixed_at"))
    return (
        f"fixes of which the store has another place at the same instant were left out, the first in row "
        f"{batch.rows[at]}: {worker} at {instant:%Y-%m-%dT%H:%M:%S%z}; what is stored was kept"
    )


def _places(points: NDArray[Any]) -> NDArray[np.uint64]:
    """Return a hash of each point, to about ten metres: devices that send twice may round."""
    x, y = (pd.util.hash_array(np.round(of(points), 4)) for of in (shapely.get_x, shapely.get_y))
    return np.asarray(x * _MIXED + y)


def _split(text: str | None) -> list[str]:
    return [code.strip() for code in (text or "").replace("；", ";").split(";") if code.strip()]
