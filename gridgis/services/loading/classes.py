"""Classes of components and incidents: of the active profile, or refused with what there is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridgis.codes.catalogue import catalogue
from gridgis.errors import CodeError
from gridgis.services.loading.batches import Batch
from gridgis.services.loading.checking import refuse
from gridgis.services.loading.doctor import findings
from gridgis.services.loading.job import Job
from gridgis.sql import loading as loading_sql


class Classes:
    """The stored classes of the active profile."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.profile = job.config.code_profile
        rows = loading_sql.select_class_codes(job.session, self.profile)
        self._names = {
            kind: {r.code: r.name_zh for r in rows if r.kind == kind} for kind in ("component", "event")
        }
        self._reserved = {r.code for r in rows if r.kind == "event" and r.reserved}

    def check(self, batch: Batch, kind: str, rows: np.ndarray) -> None:
        """Refuse the rows (a mask) whose class of this kind is unknown; a lost leading zero is put back."""
        known = pa.array(sorted(self._names[kind]), pa.string())
        codes = batch.values["class_code"]
        good = np.asarray(pc.is_in(codes, value_set=known))
        if (rows & ~good).any():
            padded = pc.binary_join_element_wise("0", codes, "")
            zeroed = np.asarray(pc.is_in(padded, value_set=known)) & rows & ~good
            if zeroed.any():
                listed = findings(
                    batch.rows[zeroed], "class_code", codes.filter(pa.array(zeroed)), "leading 0 put back"
                )
                self.job.report.repaired.add(listed, name="class_code", count=int(zeroed.sum()))
                batch.values["class_code"] = pc.if_else(pa.array(zeroed), padded, codes)
                good |= zeroed
        wrong = rows & ~good & ~batch.refused
        if wrong.any():
            reasons = {
                code: self._reason(kind, code)
                for code in pc.unique(codes.filter(pa.array(wrong))).to_pylist()
            }
            accepted = [reasons[code] for code in codes.filter(pa.array(wrong)).to_pylist()]
            refuse(self.job.report, batch, wrong, "class_code", codes, accepted)

    def refuse_reserved(self, batch: Batch) -> None:
        """Refuse incidents of event classes about people: they are readable, never reportable."""
        events = np.asarray(pc.equal(batch.values["kind"], "event").fill_null(False))
        reserved = pa.array(sorted(self._reserved), pa.string())
        wrong = events & np.asarray(pc.is_in(batch.values["class_code"], value_set=reserved)) & ~batch.refused
        refuse(self.job.report, batch, wrong, "class_code", batch.values["class_code"],
               "a class that is not reserved: classes about people are not loaded")  # fmt: skip

    def names(self, codes: pa.Array, kind: str) -> pa.Array:
        """Return the Chinese names of component or event classes."""
        known = self._names[kind]
        at = pc.index_in(codes, value_set=pa.array(list(known), pa.string()))
        return pa.array(list(known.values()), pa.string()).take(at)

    def _reason(self, kind: str, code: str | None) -> str:
        try:
            catalogue(self.profile).get(kind, code or "")
        except CodeError as error:
            return f"a {kind} class of {self.profile} ({error.message})"
        return f"a {kind} class of {self.profile}"
