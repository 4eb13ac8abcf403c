"""Loading incidents: a number and a log row each, located under the plan in force when they were reported."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridgis.codes.incidents import SERIAL_DIGITS
from gridgis.services.loading.batches import Batch
from gridgis.services.loading.checking import refuse
from gridgis.services.loading.classes import Classes
from gridgis.services.loading.job import Job
from gridgis.services.loading.keys import Seen, refuse_repeated
from gridgis.services.loading.registers import refuse_persons, refuse_taken, refuse_unknown
from gridgis.services.loading.serials import Serials
from gridgis.services.loading.standing import Standing
from gridgis.services.loading.writing import constant, ewkb
from gridgis.sql import loading as loading_sql

_COLUMNS = (
    "id", "reported_at", "number", "kind", "class_code", "source", "description", "address", "accuracy_m",
    "reporter_code", "department_code", "component_code", "state", "filed_at", "dispatched_at", "handled_at",
    "closed_at", "due_at", "grid_code", "match", "distance_m",
)  # fmt: skip
_PARTITIONED = ("incidents", "incident_log")


class Incidents:
    """Incidents from another system, with what it says about their course."""

    whole = False

    def __init__(self, job: Job) -> None:
        self.job = job
        self.classes = Classes(job)
        self.serials = Serials(job, SERIAL_DIGITS)
        self.departments = loading_sql.select_codes(job.session, "departments")
        self.numbers, self.uuids = Seen(), Seen()
        self.written: list[datetime] = []  # from when to when, batch by batch
        self.fresh = loading_sql.is_empty(job.session, "incidents")
        self._changes = loading_sql.select_plan_starts(job.session)
        self._standing: dict[int, Standing] = {}
        for plan in range(len(self._changes)):
            self._at(plan)

    def check(self, batch: Batch) -> None:
        """Refuse unknown classes and departments, times out of order and repeated keys; locate the rest."""
        values = batch.values
        events = np.asarray(pc.equal(values["kind"], "event").fill_null(False))
        self.classes.check(batch, "event", events & ~batch.refused)
        self.classes.check(batch, "component", ~events & ~batch.refused)
        self.classes.refuse_reserved(batch)
        refuse_unknown(
            batch, "department_code", self.departments, "the code of a stored department", self.job
        )
        refuse_persons(batch, "reporter_code", self.job)
        backwards = np.asarray(pc.less(values["closed_at"], values["reported_at"]).fill_null(False))
        refuse(self.job.report, batch, backwards & ~batch.refused, "closed_at",
               values["closed_at"].cast(pa.string()), "a time not before reported_at")  # fmt: skip
        values["client_uuid"] = pc.utf8_lower(values["client_uuid"])
        self._check_numbers(batch)
        refuse_repeated(self.numbers, batch, ("number",), self.job.report)
        refuse_repeated(self.uuids, batch, ("client_uuid",), self.job.report)
        self._locate(batch)

    def _check_numbers(self, batch: Batch) -> None:
        """Refuse numbers that say another kind, class or local date than the row."""
        numbers = batch.values["number"]
        if numbers.null_count < len(numbers):
            right = pc.equal(pc.utf8_slice_codeunits(numbers, 0, -SERIAL_DIGITS), self._prefixes(batch))
            wrong = np.asarray(pc.invert(right).fill_null(False)) & ~batch.refused
            refuse(self.job.report, batch, wrong, "number", numbers,
                   "C or E, the row's class_code, the local date of reported_at and 4 digits")  # fmt: skip

    def _prefixes(self, batch: Batch) -> pa.Array:
        values = batch.values
        letter = pc.if_else(pc.equal(values["kind"], "event"), "E", "C")
        local = pc.local_timestamp(values["reported_at"].cast(pa.timestamp("us", self.job.config.time_zone)))
        # fields, not strftime, which is slow and goes by the process's locale
        day = pc.add(
            pc.add(pc.multiply(pc.year(local), 10_000), pc.multiply(pc.month(local), 100)), pc.day(local)
        )
        return pc.binary_join_element_wise(letter, values["class_code"], day.cast(pa.string()), "")

    def _locate(self, batch: Batch) -> None:
        times = batch.values["reported_at"].cast(pa.int64()).fill_null(0).to_numpy()
        starts = np.array([round(start.timestamp() * 1e6) for start in self._changes], dtype=np.int64)
        plan = np.clip(np.searchsorted(starts, times, "right") - 1, 0, None)
        if len(set(plan.tolist())) == 1:
            columns, _ = self._at(int(plan[0])).locate(batch.geometry)
            batch.values |= columns
            return
        parts = [np.flatnonzero(plan == p) for p in np.unique(plan)]
        found = [self._at(int(plan[rows[0]])).locate(batch.geometry[rows])[0] for rows in parts]
        back = pa.array(np.argsort(np.concatenate(parts)))
        for name in found[0]:
            batch.values[name] = pa.concat_arrays([columns[name] for columns in found]).take(back)

    def _at(self, plan: int) -> Standing:
        """Return the grids that were in force from a plan's start on."""
        if plan not in self._standing:
            start = self._changes[plan] if self._changes else datetime.now(UTC)
            self._standing[plan] = Standing(self.job, start)
        return self._standing[plan]

    def check_stored(self, batch: Batch) -> None:
        """Refuse numbers and reports that the store has."""
        if not self.fresh:
            refuse_taken(batch, "number", self.job)
            refuse_taken(batch, "client_uuid", self.job)

    def write(self, batch: Batch) -> None:
        """Give numbers where there are none; insert keys, incidents and their first log row."""
        self._mint(batch)
        batch = batch.good()
        if not len(batch):
            return
        session, values, rows = self.job.session, batch.values, len(batch)
        span = pc.min_max(values["reported_at"]).as_py()
        for table in _PARTITIONED:
            loading_sql.ensure_partitions(session, table, span["min"], span["max"])
        self.written += span.values()
        values["id"] = pa.array(loading_sql.next_incident_ids(session, rows), pa.int64())
        keys = {name: values[name] for name in ("id", "number", "client_uuid", "reported_at")}
        loading_sql.copy(session, "incident_keys", pa.table(keys))
        columns = {name: values[name] for name in _COLUMNS}
        columns["profile"] = constant(self.classes.profile, rows)
        columns["geom"] = ewkb(batch.geometry)
        columns["import_id"] = constant(self.job.import_id, rows)
        loading_sql.copy(session, "incidents", pa.table(columns))
        loading_sql.copy(session, "incident_log", self._log(batch))

    def _log(self, batch: Batch) -> pa.Table:
        """Return the first log row of each: that it came by this load, and in which state."""
        rows = len(batch)
        return pa.table(
            {
                "at": batch.values["reported_at"],
                "incident_id": batch.values["id"],
                "actor": constant(self.job.options.actor, rows),
                "role": constant("system", rows),
                "action": constant("import", rows),
                "to_state": batch.values["state"],
                "import_id": constant(self.job.import_id, rows),
            }
        )

    def _mint(self, batch: Batch) -> None:
        numbers = batch.values["number"].to_numpy(zero_copy_only=False).astype(object)
        missing = np.asarray(batch.values["number"].is_null())
        self.serials.note(numbers[~missing])
        rows = np.flatnonzero(missing)
        prefixes = self._prefixes(batch).to_numpy(zero_copy_only=False)[rows]
        numbers[rows], overflow = self.serials.take(prefixes)
        full = np.zeros(len(batch), bool)
        full[rows[overflow]] = True
        refuse(self.job.report, batch, full, "number", list(numbers),
               "at most 9,999 incidents of a class on one day: its serials are used up")  # fmt: skip
        self.job.report.counts["numbers_given"] += int((~overflow).sum())
        batch.values["number"] = pa.array(numbers, pa.string())

    def finish(self) -> None:
        """Keep the serials, and let the planner know what the tables hold."""
        self.serials.save()
        loading_sql.analyze(self.job.session, "incident_keys")
        for table in _PARTITIONED if self.written else ():
            loading_sql.analyze_between(self.job.session, table, min(self.written), max(self.written))
