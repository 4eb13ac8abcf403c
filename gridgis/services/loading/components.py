"""Loading components: each has a class of the catalogue and an identifier, given where there is none."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridgis.codes.components import SERIAL_DIGITS
from gridgis.services.loading.batches import Batch
from gridgis.services.loading.checking import refuse
from gridgis.services.loading.classes import Classes
from gridgis.services.loading.job import Job
from gridgis.services.loading.keys import Seen, refuse_repeated
from gridgis.services.loading.registers import refuse_taken
from gridgis.services.loading.serials import Serials
from gridgis.services.loading.standing import Standing
from gridgis.services.loading.writing import constant, ewkb
from gridgis.sql import loading as loading_sql

_COLUMNS = (
    "component_code", "class_code", "name", "competent_dept_code", "competent_dept_name", "owner_code",
    "owner_name", "maintainer_code", "maintainer_name", "state", "initial_date", "change_date", "data_source",
    "remark", "accuracy_class", "source_id", "grid_code", "match", "distance_m",
)  # fmt: skip


class Components:
    """Components: the serial of a minted code ascends within district and class."""

    whole = False

    def __init__(self, job: Job) -> None:
        self.job = job
        self.standing = Standing(job)
        self.classes = Classes(job)
        self.serials = Serials(job, SERIAL_DIGITS)
        self.seen = Seen()
        self.fresh = loading_sql.is_empty(job.session, "components")

    def check(self, batch: Batch) -> None:
        """Refuse unknown classes, codes of another class and dates in the wrong order; locate the rest."""
        self.classes.check(batch, "component", ~batch.refused)
        values = batch.values
        values["name"] = pc.coalesce(values["name"], self.classes.names(values["class_code"], "component"))
        self._check_codes(batch)
        backwards = pc.less(values["change_date"], values["initial_date"])
        refuse(self.job.report, batch, np.asarray(backwards.fill_null(False)) & ~batch.refused, "change_date",
               values["change_date"].cast(pa.string()), "a date not before initial_date")  # fmt: skip
        columns, points = self.standing.locate(batch.geometry)
        values |= columns
        values["district"] = pa.array(self.standing.districts(columns["grid_code"], points), pa.string())
        without = np.asarray(pc.and_(values["component_code"].is_null(), values["district"].is_null()))
        refuse(self.job.report, batch, without & ~batch.refused, "component_code", values["component_code"],
               "a code, or a city whose districts or grids are loaded, so that one can be given")  # fmt: skip
        refuse_repeated(self.seen, batch, ("component_code",), self.job.report)

    def _check_codes(self, batch: Batch) -> None:
        codes, classes = batch.values["component_code"], batch.values["class_code"]
        if codes.null_count == len(codes):
            return
        width = 6 + pc.max(pc.utf8_length(classes)).as_py() + SERIAL_DIGITS
        says = pc.utf8_slice_codeunits(codes, 6, width - SERIAL_DIGITS)
        right = pc.and_(pc.equal(says, classes), pc.equal(pc.utf8_length(codes), width))
        wrong = np.asarray(pc.invert(right).fill_null(False)) & ~batch.refused
        refuse(self.job.report, batch, wrong, "component_code", codes,
               f"{width} digits: district 6, the row's class_code, serial {SERIAL_DIGITS}")  # fmt: skip

    def check_stored(self, batch: Batch) -> None:
        """Refuse codes that the store has."""
        if not self.fresh:
            refuse_taken(batch, "component_code", self.job)

    def write(self, batch: Batch) -> None:
        """Give codes where there are none, and insert."""
        self._mint(batch)
        batch = batch.good()
        columns = {name: batch.values[name] for name in _COLUMNS}
        columns["profile"] = constant(self.classes.profile, len(batch))
        columns["geom"] = ewkb(batch.geometry)
        columns["import_id"] = constant(self.job.import_id, len(batch))
        loading_sql.copy(self.job.session, "components", pa.table(columns))

    def _mint(self, batch: Batch) -> None:
        codes = batch.values["component_code"].to_numpy(zero_copy_only=False).astype(object)
        missing = np.asarray(batch.values["component_code"].is_null())
        self.serials.note(codes[~missing])
        rows = np.flatnonzero(missing)
        prefixes = pc.binary_join_element_wise(batch.values["district"], batch.values["class_code"], "")
        taken, overflow = self.serials.take(prefixes.to_numpy(zero_copy_only=False)[rows])
        codes[rows] = taken
        full = np.zeros(len(batch), bool)
        full[rows[overflow]] = True
        refuse(self.job.report, batch, full, "component_code", list(codes),
               "a class with serials left in this district: a million are used up")  # fmt: skip
        self.job.report.counts["codes_given"] += int((~overflow).sum())
        batch.values["component_code"] = pa.array(codes, pa.string())

    def finish(self) -> None:
        """Keep the serials, and let the planner know what the table holds."""
        self.serials.save()
        loading_sql.analyze(self.job.session, "components")
