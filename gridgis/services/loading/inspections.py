"""Loading inspections: each finds its building or component by a key."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridgis.services.loading.batches import Batch
from gridgis.services.loading.checking import refuse, refuse_future
from gridgis.services.loading.job import Job
from gridgis.services.loading.registers import refuse_unknown
from gridgis.services.loading.writing import constant
from gridgis.sql import loading as loading_sql

_KEYS = ("building_code", "building_source_id", "component_code")


class Inspections:
    """Dated looks at buildings and components."""

    whole = False

    def __init__(self, job: Job) -> None:
        self.job = job
        self.workers = loading_sql.select_codes(job.session, "workers")

    def check(self, batch: Batch) -> None:
        """Refuse unknown workers, looks that are still to come, and rows that name no object or several."""
        refuse_unknown(batch, "worker_code", self.workers, "the code of a stored worker", self.job)
        refuse_future(batch, "inspected_at", self.job.options, self.job.report)
        named = np.sum([np.asarray(batch.values[key].is_valid()) for key in _KEYS], axis=0)
        refuse(self.job.report, batch, (named != 1) & ~batch.refused, "component_code",
               batch.values["component_code"], f"exactly one of {', '.join(_KEYS)}")  # fmt: skip

    def check_stored(self, batch: Batch) -> None:
        """Find the objects; refuse rows whose object is not stored, or is one of several."""
        for key in _KEYS:
            asked = batch.values[key].to_pylist()
            wanted = sorted({code for code in asked if code is not None})
            ids = loading_sql.select_ids(self.job.session, key, wanted) if wanted else {}
            batch.values[f"{key} id"] = pa.array([ids.get(code) for code in asked], pa.int64())
            unknown = np.array([code is not None and code not in ids for code in asked], dtype=bool)
            refuse(self.job.report, batch, unknown & ~batch.refused, key, batch.values[key],
                   "the key of one stored building or component")  # fmt: skip

    def write(self, batch: Batch) -> None:
        """Insert the inspections."""
        if not len(batch):
            return
        values = batch.values
        by_code, by_source = (values[f"{key} id"] for key in _KEYS[:2])
        columns = {name: values[name] for name in ("worker_code", "inspected_at", "result")}
        columns["building_id"] = pc.coalesce(by_code, by_source)
        columns["component_id"] = values["component_code id"]
        columns["import_id"] = constant(self.job.import_id, len(batch))
        loading_sql.copy(self.job.session, "inspections", pa.table(columns))

    def finish(self) -> None:
        """Let the planner know what the table holds."""
        loading_sql.analyze(self.job.session, "inspections")
