"""Loading what is named by its code: divisions, departments and roads."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from gridgis.codes import divisions as division_codes
from gridgis.codes.resident_id import is_resident_id
from gridgis.errors import CodeError
from gridgis.geometry.measurement import area_m2, length_m
from gridgis.services.loading.batches import Batch
from gridgis.services.loading.checking import refuse
from gridgis.services.loading.job import Job
from gridgis.services.loading.keys import Seen, list_duplicates, refuse_repeated
from gridgis.services.loading.writing import as_multi, constant, ewkb
from gridgis.services.tiles import low_zooms
from gridgis.sql import loading as loading_sql

Mask = NDArray[np.bool_]


class Divisions:
    """Divisions: the level and the parent follow from the code; an outline may come in a later file."""

    whole = True

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen = Seen()
        self.known = loading_sql.select_codes(job.session, "divisions")
        self.bare = loading_sql.select_without_outline(job.session)

    def check(self, batch: Batch) -> None:
        """Refuse codes that are none, levels and parents that contradict them, and missing parents."""
        report, values = self.job.report, batch.values
        nameless = np.asarray(values["name"].is_null())
        nameless &= np.array([code not in self.known for code in values["code"].to_pylist()], dtype=bool)
        refuse(report, batch, nameless & ~batch.refused, "name", values["name"], "the name of a new division")
        refuse_repeated(self.seen, batch, ("code",), report)
        codes = values["code"].to_pylist()
        levels, reasons = _levels(codes)
        refuse(report, batch, np.array([bool(r) for r in reasons]) & ~batch.refused, "code", values["code"],
               [r for r, done in zip(reasons, batch.refused, strict=True) if r and not done])  # fmt: skip
        given = values["level"].to_pylist()
        wrong = np.array(
            [g is not None and level and g != level for g, level in zip(given, levels, strict=True)]
        )
        refuse(report, batch, wrong, "level", values["level"],
               [f"{levels[i]}, as the code {codes[i]} says" for i in np.flatnonzero(wrong)])  # fmt: skip
        parents = [
            division_codes.parent(c) if level else None for c, level in zip(codes, levels, strict=True)
        ]
        stated = values["parent_code"].to_pylist()
        wrong = (
            np.array([s is not None and s != p for s, p in zip(stated, parents, strict=True)])
            & ~batch.refused
        )
        refuse(report, batch, wrong, "parent_code", values["parent_code"],
               [f"{parents[i]}, as the code {codes[i]} says" for i in np.flatnonzero(wrong)])  # fmt: skip
        values["level"], values["parent_code"] = pa.array(levels, pa.string()), pa.array(parents, pa.string())
        self._refuse_orphans(batch)

    def _refuse_orphans(self, batch: Batch) -> None:
        codes, parents = batch.values["code"].to_pylist(), batch.values["parent_code"]
        accepted = "a division that the file or the store has; load the levels above first"
        while True:  # each round may orphan the level below
            there = self.known | {c for c, bad in zip(codes, batch.refused, strict=True) if not bad}
            orphan = (
                np.array([p is not None and p not in there for p in parents.to_pylist()]) & ~batch.refused
            )
            if not orphan.any():
                return
            refuse(self.job.report, batch, orphan, "parent_code", parents, accepted)

    def check_stored(self, batch: Batch) -> None:
        """Refuse divisions that are stored, unless this file brings the outline they lack."""
        codes = batch.values["code"].to_pylist()
        outlined = ~shapely.is_missing(batch.geometry)
        taken = np.array([c in self.known and not (c in self.bare and o) for c, o in
                          zip(codes, outlined, strict=True)], dtype=bool) & ~batch.refused  # fmt: skip
        list_duplicates(batch, np.flatnonzero(taken), "code", "the store has it", self.job.report)

    def write(self, batch: Batch) -> None:
        """Insert new divisions and fill in the outlines of stored ones."""
        geometry = as_multi(batch.geometry, "polygon")
        area = area_m2(geometry, self.job.config.metric_srid)
        stored = np.array([code in self.known for code in batch.values["code"].to_pylist()], dtype=bool)
        for row in np.flatnonzero(stored):
            code = batch.values["code"][row].as_py()
            loading_sql.update_outline(
                self.job.session, code, shapely.to_wkb(geometry[row]), float(area[row])
            )
        self.job.report.counts["outlines_filled"] += int(stored.sum())
        self.job.memo["filled"] = batch.values["code"].filter(pa.array(stored)).to_pylist()
        names = ("code", "name", "level", "parent_code", "edition")
        rows = pa.table(
            {
                **{name: batch.values[name] for name in names},
                "area_m2": pa.array(area, from_pandas=True),
                "geom": ewkb(geometry),
                "import_id": constant(self.job.import_id, len(batch)),
            }
        )
        loading_sql.copy(self.job.session, "divisions", rows.filter(pa.array(~stored)))

    def finish(self) -> None:
        """Simplify outlines for tiles."""
        low_zooms.refresh_divisions(self.job.session)


class Departments:
    """Departments by social-credit or local code."""

    whole = True

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen = Seen()
        self.known = loading_sql.select_codes(job.session, "departments")
        self.divisions = loading_sql.select_codes(job.session, "divisions")

    def check(self, batch: Batch) -> None:
        """Refuse persons' numbers, repeated codes and unknown divisions."""
        refuse_repeated(self.seen, batch, ("code",), self.job.report)
        refuse_persons(batch, "code", self.job)
        refuse_unknown(batch, "division_code", self.divisions, "the code of a stored division", self.job)

    def check_stored(self, batch: Batch) -> None:
        """Refuse departments that are stored."""
        refuse_known(batch, "code", self.known, self.job)

    def write(self, batch: Batch) -> None:
        """Insert the departments."""
        names = ("code", "name", "kind", "division_code")
        columns = {name: batch.values[name] for name in names}
        columns["import_id"] = constant(self.job.import_id, len(batch))
        loading_sql.copy(self.job.session, "departments", pa.table(columns))

    def finish(self) -> None:
        """Nothing is left to do."""


class Roads:
    """Road centre-lines; a code is optional."""

    whole = False

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen = Seen()
        self.fresh = loading_sql.is_empty(job.session, "roads")

    def check(self, batch: Batch) -> None:
        """Refuse codes that an earlier row has."""
        refuse_repeated(self.seen, batch, ("code",), self.job.report)

    def check_stored(self, batch: Batch) -> None:
        """Refuse codes that the store has."""
        if not self.fresh:
            refuse_taken(batch, "code", self.job)

    def write(self, batch: Batch) -> None:
        """Insert the roads with their lengths."""
        geometry = as_multi(batch.geometry, "line")
        columns = {name: batch.values[name] for name in ("code", "name", "class")}
        columns["length_m"] = pa.array(length_m(geometry, self.job.config.metric_srid))
        columns["geom"] = ewkb(geometry)
        columns["import_id"] = constant(self.job.import_id, len(batch))
        loading_sql.copy(self.job.session, "roads", pa.table(columns))

    def finish(self) -> None:
        """Nothing is left to do."""


def refuse_unknown(batch: Batch, name: str, known: set[str], accepted: str, job: Job) -> None:
    """Refuse rows whose value refers to nothing; no value refers to nothing on purpose."""
    values = batch.values[name]
    if values.null_count == len(values):
        return
    there = np.asarray(values.is_null()) | np.asarray(pc.is_in(values, pa.array(sorted(known), pa.string())))
    refuse(job.report, batch, ~there & ~batch.refused, name, values, accepted)


def refuse_known(batch: Batch, name: str, known: set[str], job: Job) -> None:
    """Refuse rows whose key the store has."""
    taken = np.asarray(pc.is_in(batch.values[name], pa.array(sorted(known), pa.string()))) & ~batch.refused
    list_duplicates(batch, np.flatnonzero(taken), name, "the store has it", job.report)


def refuse_taken(batch: Batch, name: str, job: Job) -> None:
    """Refuse rows whose key the store has, asking it about these rows only."""
    codes = batch.values[name].drop_null().to_pylist()
    if codes:
        refuse_known(batch, name, loading_sql.select_taken(job.session, job.layer.name, name, codes), job)


def refuse_persons(batch: Batch, name: str, job: Job) -> None:
    """Refuse keys that are a person's identity number, without repeating them."""
    values = batch.values[name].to_pylist()
    wrong = np.array([v is not None and len(v) == 18 and is_resident_id(v) for v in values], dtype=bool)
    shown = ["(a person's number)"] * len(values)
    refuse(
        job.report, batch, wrong & ~batch.refused, name, shown, "a code that is no person's identity number"
    )


def _levels(codes: list[str | None]) -> tuple[list[str | None], list[str]]:
    """Return the level of each division code, and why it has none."""
    levels: list[str | None] = []
    reasons: list[str] = []
    for code in codes:
        try:
            levels.append(division_codes.level(code) if code else None)
            reasons.append("")
        except CodeError as error:
            levels.append(None)
            reasons.append(error.message)
    return levels, reasons
