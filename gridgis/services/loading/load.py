"""Loading a file into a layer: the doctor's report, and all of its good rows or none."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from gridgis.config import Config
from gridgis.errors import Conflict, NotFound
from gridgis.formats.layers import layer_named
from gridgis.formats.matching import Matching, matched
from gridgis.formats.opening import open_source
from gridgis.formats.source import Source
from gridgis.geometry.crs import parse_crs
from gridgis.services import migrating
from gridgis.services.loading.batches import Batch, joined
from gridgis.services.loading.buildings import Buildings
from gridgis.services.loading.checking import checked
from gridgis.services.loading.components import Components
from gridgis.services.loading.doctor import Refused, Report
from gridgis.services.loading.grids import Grids
from gridgis.services.loading.incidents import Incidents
from gridgis.services.loading.inspections import Inspections
from gridgis.services.loading.job import Job, Loader
from gridgis.services.loading.options import Options, Progress
from gridgis.services.loading.placing import Placing
from gridgis.services.loading.registers import Departments, Divisions, Roads
from gridgis.services.loading.workers import Tracks, Workers
from gridgis.services.loading.writing import Writer
from gridgis.sql import filling
from gridgis.sql import imports as imports_sql
from gridgis.sql import loading as loading_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Rows from which building indexes afterwards pays for locking an empty table.
_LARGE = 10_000

_LOADERS: dict[str, type[Any]] = {
    "divisions": Divisions,
    "departments": Departments,
    "grids": Grids,
    "buildings": Buildings,
    "components": Components,
    "roads": Roads,
    "workers": Workers,
    "incidents": Incidents,
    "tracks": Tracks,
    "inspections": Inspections,
}


def load(
    session: Session,
    config: Config,
    layer: str,
    path: Path,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Report:
    """Load a file into a layer, in the caller's transaction.

    The file is read once, in chunks, each checked, placed and located before it is copied, so memory does not
    grow with its size. When a row is refused nothing more is copied, the rest of the file is only checked,
    and `Refused` ends the transaction: unless `options.skip_refused` says to load the others.

    Parameters
    ----------
    layer
        One of `formats.layers.LAYERS`.
    path
        The file.
    progress
        Called after each chunk.

    Returns
    -------
    Report
        What was found and done; `outcome` is ``loaded``, ``checked`` (dry run) or ``already loaded``.

    Raises
    ------
    Refused
        Rows were refused and nothing is loaded; it carries the report.
    InvalidInput, NotFound, Conflict
        The file as a whole cannot be loaded.
    """
    options = options or Options()
    wanted = layer_named(layer)
    if migrating.pending(session):
        raise Conflict("the database has an older schema than this program; run: gridgis db migrate")
    migrating.check_city(session, config)
    if not path.is_file():
        raise NotFound(f"there is no file {path}")
    imports_sql.lock_layer(session, layer)
    sha256 = _sha256(path)
    same = imports_sql.select_same_file(session, layer, sha256)
    if same is not None:
        return _repeated(layer, path, same, config)
    source = open_source(path, table=options.table or None, encoding=options.encoding or None)
    report = Report(layer, path.name)
    job = Job(session, config, wanted, options, report)
    matching = matched(wanted, source.columns, options.renames)
    crs = parse_crs(options.crs or source.crs or "EPSG:4326")
    _describe(report, source, matching, crs.name)
    city = _city(session, config, layer)
    placing = Placing(wanted, matching, crs, bool(options.crs), config.metric_srid, city, report)
    with session.begin_nested():  # so that a caller who goes on after `Refused` keeps nothing of it
        if not options.dry_run:
            job.import_id = imports_sql.insert(session, _import_row(job, path, sha256))
        _run(job, source, matching, placing, progress)
        dropped = report.counts["repeated_fixes_dropped"] or report.counts["conflicting_fixes_dropped"]
        nothing = not (report.counts["loaded"] or options.dry_run or dropped)
        if job.is_lost or nothing or not report.counts["rows"]:
            raise Refused(report)
        if not options.dry_run:
            report.outcome, report.import_id = "loaded", job.import_id
            imports_sql.update_counts(session, job.import_id, {**report.counts, **job.memo})
    return report


def _repeated(layer: str, path: Path, same: Any, config: Config) -> Report:
    """Return the report of a file that is loaded already."""
    report = Report(layer, path.name, outcome="already loaded", import_id=same.id)
    report.notes.append(
        f"this very file was loaded as load {same.id} on "
        f"{same.loaded_at.astimezone(config.zone):%Y-%m-%d %H:%M}; nothing was changed. "
        f"To load it anew: gridgis load --undo {same.id}"
    )
    return report


def _run(job: Job, source: Source, matching: Matching, placing: Placing, progress: Progress | None) -> None:
    """Take every row of the file through the stages."""
    loader: Loader = _LOADERS[job.layer.name](job)
    counts = job.report.counts
    large = source.rows is None or source.rows >= _LARGE
    taken_off = filling.take_off(job.session, job.layer.name) if large and job.writes else []

    def store(batch: Batch) -> None:
        loader.check_stored(batch)
        counts["refused"] += int(batch.refused.sum())
        good = batch.good()
        _count_matches(good, counts)
        if job.writes:
            loader.write(good)
            late = int(good.refused.sum())  # for want of a serial
            counts["refused"] += late
            counts["loaded"] += len(good) - late

    if loader.whole:
        batches = list(_batches(job, source, matching, placing, progress))
        if batches:
            batch = joined(batches)
            loader.check(batch)
            store(batch)
    else:
        with Writer(store) as writer:
            for batch in _batches(job, source, matching, placing, progress):
                loader.check(batch)
                writer.put(batch)
    if job.writes:
        loader.finish()
        filling.put_back(job.session, taken_off)


def _count_matches(batch: Batch, counts: Counter[str]) -> None:
    """Count how rows were located, where the layer is."""
    if "match" in batch.values:
        for entry in batch.values["match"].value_counts().to_pylist():
            counts[{"none": "unlocated"}.get(entry["values"], entry["values"])] += entry["counts"]


def _batches(
    job: Job, source: Source, matching: Matching, placing: Placing, progress: Progress | None
) -> Iterator[Batch]:
    for chunk in source.chunks():
        batch = checked(chunk, job.layer, matching, job.options, job.config.zone, job.report)
        if job.layer.kinds:
            placing.place(chunk, batch)
        job.report.counts["rows"] += len(batch)
        yield batch
        if progress:
            progress(job.report.counts["rows"], source.rows)


def _describe(report: Report, source: Source, matching: Matching, crs: str) -> None:
    report.format, report.crs = source.format, crs
    report.encoding, report.encoding_guessed = source.encoding, source.encoding_guessed
    report.fields, report.unmatched, report.absent = matching.columns, matching.unmatched, matching.absent
    report.notes.extend(source.notes)


def _import_row(job: Job, path: Path, sha256: str) -> dict[str, Any]:
    options = job.options
    mapping = {
        "columns": job.report.fields,
        "values": {name: dict(values) for name, values in options.values.items()},
        "constants": dict(options.constants),
    }
    return {
        "layer": job.layer.name,
        "file_name": path.name,
        "sha256": sha256,
        "size_bytes": path.stat().st_size,
        "source": options.source or None,
        "source_crs": job.report.crs if job.layer.kinds else None,
        "mapping": mapping,
        "loaded_by": options.actor,
    }


def _city(session: Session, config: Config, layer: str) -> shapely.Geometry | None:
    outline = None if layer == "divisions" else loading_sql.select_city_outline(session, config.root_division)
    return shapely.from_wkb(outline) if outline else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
