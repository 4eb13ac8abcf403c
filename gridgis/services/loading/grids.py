"""Loading grids: the first load publishes a plan; afterwards changes belong to plans."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridgis.codes import grids as grid_codes
from gridgis.codes.grid_types import read_scheme
from gridgis.errors import CodeError, Conflict
from gridgis.geometry.measurement import area_m2
from gridgis.services.loading.batches import Batch
from gridgis.services.loading.checking import refuse
from gridgis.services.loading.job import Job
from gridgis.services.loading.keys import Seen, refuse_repeated
from gridgis.services.loading.registers import refuse_known, refuse_unknown
from gridgis.services.loading.tiling import check_tiling
from gridgis.services.loading.writing import constant, ewkb
from gridgis.services.tiles import low_zooms
from gridgis.sql import loading as loading_sql
from gridgis.sql import locating as locating_sql

#: From when a first plan holds, unless the user says otherwise: before any record a city will bring, so
#: that its past incidents and tracks lie under a plan.
FIRST_DAY = (2000, 1, 1)
#: Written as the file has them.
_COLUMNS = ("code", "community_code", "name", "kind", "sub_status", "initial_date", "remark")


class Grids:
    """Grids: checked as one coverage, then published."""

    whole = True

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen = Seen()
        self.known = loading_sql.select_codes(job.session, "grids")
        self.communities = loading_sql.select_codes(job.session, "divisions")
        self.divided = loading_sql.select_communities_with_grids(job.session)
        self.plan = loading_sql.select_plan_in_force(job.session)
        self.scheme = read_scheme(job.config.grid_types)

    def check(self, batch: Batch) -> None:
        """Refuse codes that are none or repeated, communities that are not there, unknown types."""
        codes = batch.values["code"]
        pattern = self.job.config.grid_code_pattern
        reasons = [_reason(code, pattern) for code in codes.to_pylist()]
        wrong = np.array([bool(reason) for reason in reasons]) & ~batch.refused
        refuse(self.job.report, batch, wrong, "code", codes, [reasons[i] for i in np.flatnonzero(wrong)])
        refuse_repeated(self.seen, batch, ("code",), self.job.report)
        batch.values["community_code"] = pc.utf8_slice_codeunits(codes, 0, 12)
        accepted = "a stored community; load divisions first"
        refuse_unknown(batch, "community_code", self.communities, accepted, self.job)
        self._read_types(batch)

    def _read_types(self, batch: Batch) -> None:
        """Turn types and sub-statuses, given by code or name, into codes; refuse what the scheme lacks."""
        given = [batch.values[name].to_pylist() for name in ("kind", "sub_status")]
        read: dict[tuple[str | None, str | None], tuple[str | None, str | None]] = {}
        reasons: dict[str, dict[tuple[str | None, str | None], str]] = {"kind": {}, "sub_status": {}}
        for pair in set(zip(*given, strict=True)):
            try:
                read[pair] = self.scheme.parse(*pair)
            except CodeError as error:
                reasons[error.field or "kind"][pair] = error.message
        pairs = list(zip(*given, strict=True))
        for name, why in reasons.items():
            wrong = np.array([pair in why for pair in pairs], dtype=bool) & ~batch.refused
            told = [why[pairs[row]] for row in np.flatnonzero(wrong)]
            refuse(self.job.report, batch, wrong, name, batch.values[name], told)
        for place, name in enumerate(reasons):
            codes = [read.get(pair, (None, None))[place] for pair in pairs]
            batch.values[name] = pa.array(codes, pa.string())

    def check_stored(self, batch: Batch) -> None:
        """Refuse grids that are stored, and new ones in a community that a plan has divided.

        Raises
        ------
        Conflict
            Every grid of the file is in a community that has grids: that is a new plan, not a load.
        """
        refuse_known(batch, "code", self.known, self.job)
        self._refuse_changes(batch)
        check_tiling(self.job, batch.good())

    def _refuse_changes(self, batch: Batch) -> None:
        if self.plan is None:
            return
        divided = set(batch.values["community_code"].to_pylist()) & self.divided
        if divided:
            raise Conflict(
                f"plan {self.plan.id} {self.plan.name!r} is in force and divides {len(divided)} of these "
                f"communities ({min(divided)} …); grids in force change by a plan: see `gridgis plan --help`"
            )

    def write(self, batch: Batch) -> None:
        """Insert the grids, under a plan published now if none is in force."""
        plan_id, valid_from = self._plan()
        rows = len(batch)
        columns = {name: batch.values[name] for name in _COLUMNS}
        columns["area_m2"] = pa.array(area_m2(batch.geometry, self.job.config.metric_srid))
        columns["introduced_by"] = constant(plan_id, rows)
        columns["valid_from"] = constant(valid_from, rows)
        columns["geom"] = ewkb(batch.geometry)
        columns["import_id"] = constant(self.job.import_id, rows)
        loading_sql.copy(self.job.session, "grids", pa.table(columns))
        loading_sql.analyze(self.job.session, "grids")

    def _plan(self) -> tuple[int, datetime]:
        if self.plan is not None:
            return self.plan.id, self.plan.valid_from
        options, config = self.job.options, self.job.config
        valid_from = options.valid_from or datetime(*FIRST_DAY, tzinfo=config.zone)
        name = options.plan_name or f"{config.city_name} 1"
        description = f"loaded from {self.job.report.file}"
        plan_id = loading_sql.insert_plan(self.job.session, name, description, valid_from, options.actor)
        self.job.report.notes.append(
            f"plan {plan_id} {name!r} is published, valid from {valid_from:%Y-%m-%d}"
        )
        return plan_id, valid_from

    def finish(self) -> None:
        """Look up again where everything stands that was there before; simplify outlines for tiles."""
        for layer in ("buildings", "components", "incidents"):
            if not loading_sql.is_empty(self.job.session, layer):
                moved = locating_sql.rehome(
                    self.job.session, layer, None, datetime.now(UTC),
                    tolerance_m=self.job.config.snap_tolerance_m, metric_srid=self.job.config.metric_srid,
                )  # fmt: skip
                self.job.report.counts[f"{layer}_located_anew"] = moved
        low_zooms.refresh_grids(self.job.session)


def _reason(code: str | None, pattern: str) -> str:
    try:
        grid_codes.parse(code, pattern)
    except CodeError as error:
        return error.message
    return ""
