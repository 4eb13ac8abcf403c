"""Loading buildings: a code minted from the footprint where the file has none."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely

from gridgis.codes import buildings as building_codes
from gridgis.geometry.measurement import area_m2
from gridgis.services.loading.batches import Batch
from gridgis.services.loading.checking import refuse
from gridgis.services.loading.job import Job
from gridgis.services.loading.keys import Seen, refuse_repeated
from gridgis.services.loading.registers import refuse_persons, refuse_taken
from gridgis.services.loading.standing import Standing
from gridgis.services.loading.writing import as_multi, constant, ewkb
from gridgis.sql import loading as loading_sql

_COLUMNS = (
    "code", "source_id", "name", "address", "use", "floors", "height_m", "households", "population", "firms",
    "has_contact", "footprint_m2", "grid_code", "match", "distance_m",
)  # fmt: skip


class Buildings:
    """Buildings: located by their point on surface."""

    whole = False

    def __init__(self, job: Job) -> None:
        self.job = job
        self.standing = Standing(job)
        self.seen = Seen()
        self.fresh = loading_sql.is_empty(job.session, "buildings")

    def check(self, batch: Batch) -> None:
        """Locate the buildings and give each a code; two with one footprint are duplicates."""
        columns, points = self.standing.locate(batch.geometry)
        batch.values |= columns
        batch.geometry = as_multi(batch.geometry, "polygon")
        batch.values["footprint_m2"] = pa.array(
            area_m2(batch.geometry, self.job.config.metric_srid), from_pandas=True
        )
        refuse_persons(batch, "code", self.job)
        self._mint(batch, self.standing.districts(columns["grid_code"], points))
        refuse_repeated(self.seen, batch, ("code",), self.job.report)

    def _mint(self, batch: Batch, districts: np.ndarray) -> None:
        codes = batch.values["code"].to_numpy(zero_copy_only=False).astype(object)
        missing = np.array([code is None for code in codes]) & ~batch.refused
        homeless = missing & np.array([district is None for district in districts])
        accepted = "a code, or a city whose districts or grids are loaded, so that one can be given"
        refuse(self.job.report, batch, homeless, "code", batch.values["code"], accepted)
        rows = np.flatnonzero(missing & ~homeless)
        footprints = shapely.to_wkb(shapely.normalize(batch.geometry[rows]), byte_order=1)
        codes[rows] = [
            building_codes.mint(d, wkb) for d, wkb in zip(districts[rows], footprints, strict=True)
        ]
        self.job.report.counts["codes_given"] += len(rows)
        batch.values["code"] = pa.array(codes, pa.string())

    def check_stored(self, batch: Batch) -> None:
        """Refuse buildings whose code the store has."""
        if not self.fresh:
            refuse_taken(batch, "code", self.job)

    def write(self, batch: Batch) -> None:
        """Insert the buildings."""
        columns = {name: batch.values[name] for name in _COLUMNS}
        columns["geom"] = ewkb(batch.geometry)
        columns["import_id"] = constant(self.job.import_id, len(batch))
        loading_sql.copy(self.job.session, "buildings", pa.table(columns))

    def finish(self) -> None:
        """Let the planner know what the table holds."""
        loading_sql.analyze(self.job.session, "buildings")
