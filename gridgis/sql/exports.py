"""The rows of an export, as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    TextClause,
    and_,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session

from gridgis.sql.export_layers import Column, Layer

#: Decimals of a degree in GeoJSON: 1 cm.
DECIMALS = 7

_BATCH = 1000
#: What EPSG:3857 shows: west, south, east, north, in degrees.
_MERCATOR = (-180.0, -85.06, 180.0, 85.06)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows and columns of a layer.

    Attributes
    ----------
    columns
        The columns that leave.
    prefixes
        Code prefixes the caller may see and asked for; ``("",)`` is everything.
    bbox
        xmin, ymin, xmax, ymax in degrees; rows that touch it.
    class_prefix
        First digits of a class code, or the whole name of a class.
    start, end
        Half-open period.
    binds
        ``as_of`` and ``on_day`` (an instant and its local date), ``floor`` (smallest count shown), ``areas``
        (codes of the divisions that the prefixes stand for).
    grain_deg
        Coordinates are rounded to a multiple of this; 0 leaves them.
    dimension
        Only points (0), lines (1) or areas (2).
    id
        Only this row, even where it is no longer in force.
    """

    columns: tuple[Column, ...]
    prefixes: tuple[str, ...]
    bbox: tuple[float, float, float, float] | None
    class_prefix: str | None
    start: datetime | None
    end: datetime | None
    binds: Mapping[str, Any]
    grain_deg: float = 0.0
    dimension: int | None = None
    id: str | None = None


def select_versions(session: Session, tables: Sequence[str]) -> list[tuple[str, int]]:
    """Return the version of each table, and the plan in force; equal answers mean equal rows."""
    rows = session.execute(
        text("""
            SELECT layer, version FROM layer_versions WHERE layer = ANY(:tables)
            UNION ALL
            SELECT 'plan in force', max(id) FROM plans
            WHERE valid_from <= now() AND (valid_to IS NULL OR valid_to > now())
            ORDER BY 1
        """),
        {"tables": list(tables)},
    )
    return [(row.layer, row.version or 0) for row in rows]


def select_provenance(session: Session, layer: Layer, code: str) -> Row[Any] | None:
    """Return when a row last changed, and the load that brought it: file, source, datum and time."""
    # the names are constants of LAYERS
    question = (
        "SELECT t.updated_at, i.file_name, i.source, i.source_crs, i.loaded_at"  # noqa: S608
        f" FROM {layer.name} t LEFT JOIN imports i ON i.id = t.import_id WHERE t.{layer.id} = :code"
    )
    return session.execute(text(question), {"code": code}).one_or_none()


def stream_features(session: Session, layer: Layer, selection: Selection) -> Iterator[Sequence[str]]:
    """Yield batches of GeoJSON Feature texts, in the order of the ids, from a server-side cursor.

    The database writes the JSON: rings follow RFC 7946's right-hand rule, coordinates have 7 decimals.
    """
    shape = "'null'"
    if layer.geometry:
        oriented = f"ST_ForcePolygonCCW({_geometry(selection)})"
        shape = f"coalesce(ST_AsGeoJSON({oriented}, {DECIMALS}, 0), 'null')"
    members = ", ".join(f'{_json_value(c)} AS "{c.name}"' for c in selection.columns)
    feature = " || ".join(
        (
            """'{"type":"Feature",'""",
            f"""coalesce('"id":' || to_json(t.{layer.id})::text || ',', '')""",
            f"""'"geometry":' || {shape}""",
            f"""',"properties":' || row_to_json((SELECT r FROM (SELECT {members}) r))::text || '}}'""",  # noqa: S608
        )
    )
    yield from _stream(session, layer, selection, [text(feature)], scalar=True)


def stream_rows(session: Session, layer: Layer, selection: Selection) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield batches of rows, in the order of the ids: the columns' values, then the WKB of any geometry."""
    expressions = [text(c.expression) for c in selection.columns]
    if layer.geometry:
        expressions.append(text(f"ST_AsBinary(ST_ForcePolygonCCW({_geometry(selection)}), 'NDR')"))
    yield from _stream(session, layer, selection, expressions, scalar=False)


def _stream(
    session: Session, layer: Layer, selection: Selection, expressions: list[TextClause], *, scalar: bool
) -> Iterator[Sequence[Any]]:
    statement: Select[Any] = (
        select(*expressions)
        .select_from(text(layer.source))
        .where(*_conditions(layer, selection))
        .order_by(text(f"t.{layer.id}"))
    )
    result = session.execute(statement, dict(selection.binds), execution_options={"yield_per": _BATCH})
    yield from (result.scalars() if scalar else result).partitions()


def _in_mercator(bbox: tuple[float, float, float, float]) -> ColumnElement[Any]:
    """Return a box in EPSG:3857, which ends before the poles; a metre makes up for its rounding."""
    sides = np.clip(bbox, _MERCATOR[:2] * 2, _MERCATOR[2:] * 2).tolist()
    return func.ST_Expand(func.ST_Transform(func.ST_MakeEnvelope(*sides, 4326), 3857), 1.0)


def _conditions(layer: Layer, selection: Selection) -> list[ColumnElement[bool]]:
    """Return what a row must fulfil; PostgreSQL sees prefixes as literals and can use the code's index."""
    found: list[ColumnElement[bool]] = []
    if selection.prefixes != ("",):
        found.append(_within(layer, selection.prefixes))
    if selection.bbox is not None:
        box = func.ST_MakeEnvelope(*selection.bbox, 4326)
        if layer.is_indexed_in_mercator:
            found.append(literal_column("t.geom_3857").op("&&")(_in_mercator(selection.bbox)))
        found.append(func.ST_Intersects(literal_column("t.geom"), box))
    if selection.dimension is not None:
        found.append(func.ST_Dimension(literal_column("t.geom")) == selection.dimension)
    if selection.class_prefix is not None:
        class_of: ColumnElement[Any] = literal_column(layer.class_of)
        if selection.class_prefix.isdigit():
            found.append(class_of.op("^@")(selection.class_prefix))
        else:
            found.append(class_of == selection.class_prefix)
    if layer.reported_at:
        reported_at: ColumnElement[Any] = literal_column(layer.reported_at)
        if selection.start is not None:
            found.append(reported_at >= selection.start)
        if selection.end is not None:
            found.append(reported_at < selection.end)
    if selection.id is not None:
        found.append(literal_column(f"t.{layer.id}") == selection.id)
    elif layer.in_force:
        found.append(and_(text(layer.in_force)))
    return found


def _within(layer: Layer, prefixes: Sequence[str]) -> ColumnElement[bool]:
    if not layer.place:
        meets = "SELECT FROM divisions d WHERE d.code = ANY(:areas) AND ST_Intersects(d.geom, t.geom)"
        return and_(text(f"EXISTS ({meets})"))
    place: ColumnElement[Any] = literal_column(layer.place)
    within = or_(false(), *(place.op("^@")(prefix) for prefix in prefixes))
    if not layer.is_listed_by_grid:
        return within
    listed = func.standing_below(layer.name, list(prefixes)).table_valued("grid_code", "id").alias("listed")
    return and_(within, literal_column("t.id").in_(select(listed.c.id)))


def _geometry(selection: Selection) -> str:
    if not selection.grain_deg:
        return "t.geom"
    return f"ST_SnapToGrid(t.geom, {selection.grain_deg:.7f})"


def _json_value(column: Column) -> str:
    if column.kind == "instant":  # RFC 3339 in UTC; PostgreSQL's own text has no T
        return f"""to_char({column.expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
    return column.expression
