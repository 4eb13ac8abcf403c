"""From columns as found to fields as stored: conversion, required values, personal data, refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gridgis.formats.converting import as_text, converted
from gridgis.formats.fields import Field, Layer
from gridgis.formats.matching import Matching
from gridgis.formats.personal import holds_personal, masked
from gridgis.formats.source import Chunk
from gridgis.measures.track_cleaning import CleaningRules
from gridgis.services.loading.batches import Batch
from gridgis.services.loading.doctor import Report, findings
from gridgis.services.loading.options import Options


def checked(
    chunk: Chunk, layer: Layer, matching: Matching, options: Options, zone: ZoneInfo, report: Report
) -> Batch:
    """Return the attributes of a chunk in the layer's fields; what is wrong goes into the report."""
    rows = np.arange(chunk.first_row, chunk.first_row + chunk.table.num_rows, dtype=np.int64)
    batch = Batch(rows, {})
    for field in layer.fields:
        column = _column(chunk, field, matching, options)
        result = converted(field, column, len(rows), zone)
        if result.refused.any():
            found = as_text(column) if column is not None else pa.nulls(len(rows), pa.string())
            refuse(report, batch, result.refused, field.name, found, result.accepted)
        if result.repaired.any():
            mended = result.repaired
            values = as_text(column).filter(pa.array(mended)) if column is not None else []
            listed = findings(rows[mended], field.name, values, result.how)
            report.repaired.add(listed, name=field.name, count=int(mended.sum()))
        batch.values[field.name] = (
            _without_personal(result.values, report) if field.free_text else result.values
        )
    return batch


def refuse(
    report: Report,
    batch: Batch,
    wrong: NDArray[np.bool_],
    name: str,
    values: pa.Array | list[str],
    accepted: str | list[str],
) -> None:
    """Refuse the rows of a batch where `wrong` is set.

    Parameters
    ----------
    name
        Field that is wrong.
    values
        The field's values, for all rows of the batch.
    accepted
        What would be accepted: for all, or one for each wrong row.
    """
    if not wrong.any():
        return
    rows = np.flatnonzero(wrong)
    shown = values.take(pa.array(rows)) if isinstance(values, pa.Array) else [values[i] for i in rows]
    listed = findings(batch.rows[rows], name, shown, accepted, batch.geometry[rows])
    report.refused.add(listed, name=name, count=len(rows))
    batch.refused |= wrong


def refuse_future(batch: Batch, name: str, options: Options, report: Report) -> None:
    """Refuse rows dated later than now, give or take what a telephone's clock may be ahead."""
    latest = (options.now or datetime.now(UTC)) + timedelta(seconds=CleaningRules().future_s)
    instants = batch.values[name]
    ahead = pc.greater(instants, pa.scalar(latest).cast(instants.type)).fill_null(False)
    wrong = ahead.to_numpy(zero_copy_only=False) & ~batch.refused
    refuse(report, batch, wrong, name, instants, f"an instant not later than {latest:%Y-%m-%dT%H:%M:%SZ}")


def _column(chunk: Chunk, field: Field, matching: Matching, options: Options) -> pa.Array | None:
    """Return a field's column with the user's value map and constant applied."""
    name = matching.columns.get(field.name)
    column = chunk.table.column(name) if name is not None else None
    if column is not None and (spellings := options.values.get(field.name)):
        text = as_text(column)
        at = pc.index_in(text, value_set=pa.array(list(spellings), pa.string()))
        mapped = pa.array(list(spellings.values()), pa.string()).take(at)
        column = pc.if_else(at.is_valid(), pc.if_else(pc.equal(mapped, ""), None, mapped), text)
    if field.name in options.constants:
        constant = pa.scalar(options.constants[field.name])
        if column is None:
            return pa.repeat(constant, chunk.table.num_rows)
        return pc.fill_null(as_text(column), constant)
    return column


def _without_personal(texts: pa.Array, report: Report) -> pa.Array:
    hits = holds_personal(texts)
    count = pc.sum(hits).as_py() or 0
    if not count:
        return texts
    report.counts["personal_masked"] += count
    return masked(texts)
