"""Simplified outlines: what they are made from, and writing them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import numpy as np
import shapely
from psycopg2 import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgis.models.base import TILE_SRID


def select_moments(session: Session) -> list[datetime]:
    """Return the present instant and each later one at which grids come into force, in order."""
    rows = session.execute(
        text("SELECT now() UNION SELECT valid_from FROM grids WHERE valid_from > now() ORDER BY 1")
    )
    return [moment for (moment,) in rows]


def select_grids(session: Session, at: datetime) -> tuple[np.ndarray, np.ndarray]:
    """Return codes and outlines (EPSG:3857) of the grids in force at an instant, by code."""
    rows = session.execute(
        text(
            "SELECT code, ST_AsBinary(geom_3857) FROM grids"
            " WHERE valid_from <= :at AND (valid_to IS NULL OR valid_to > :at) ORDER BY code"
        ),
        {"at": at},
    ).all()
    return _texts(row[0] for row in rows), _shapes(row[1] for row in rows)


def select_some_grids(session: Session, codes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return codes and outlines (EPSG:3857) of some grids, in force or not, by code."""
    rows = session.execute(
        text("SELECT code, ST_AsBinary(geom_3857) FROM grids WHERE code = ANY(:codes) ORDER BY code"),
        {"codes": list(codes)},
    ).all()
    return _texts(row[0] for row in rows), _shapes(row[1] for row in rows)


def select_divisions(session: Session) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return codes, parents' codes, levels and outlines (EPSG:3857) of the divisions that have one."""
    rows = session.execute(
        text(
            "SELECT code, parent_code, level, ST_AsBinary(geom_3857) FROM divisions"
            " WHERE geom IS NOT NULL ORDER BY code"
        )
    ).all()
    columns = (_texts(row[place] for row in rows) for place in range(3))
    codes, parents, levels = columns
    return codes, parents, levels, _shapes(row[3] for row in rows)


def replace(session: Session, table: str, codes: np.ndarray, columns: Mapping[str, np.ndarray]) -> int:
    """Write the outlines that are new or differ and return how many; equal ones stay untouched.

    Parameters
    ----------
    table
        ``grid_shapes`` or ``division_shapes``.
    columns
        Geometries in EPSG:3857 by column name, each as long as `codes`.
    """
    names = list(columns)
    identifiers = {
        "table": sql.Identifier(table),
        "names": sql.SQL(", ").join(map(sql.Identifier, names)),
        "new": sql.SQL(", ").join(sql.SQL("excluded.{}").format(sql.Identifier(name)) for name in names),
        "old": sql.SQL(", ").join(sql.SQL("s.{}").format(sql.Identifier(name)) for name in names),
    }
    texts = [
        shapely.to_wkb(shapely.set_srid(columns[name], TILE_SRID), hex=True, include_srid=True)
        for name in names
    ]
    lines = ("\t".join(row) + "\n" for row in zip(codes, *texts, strict=True))
    cursor = cast(Any, session.connection().connection).cursor()
    try:
        cursor.execute(
            sql.SQL("CREATE TEMP TABLE fresh_shapes (LIKE {table}) ON COMMIT DROP").format(**identifiers)
        )
        cursor.copy_expert(
            sql.SQL("COPY fresh_shapes (code, {names}) FROM STDIN").format(**identifiers),
            io.StringIO("".join(lines)),
        )
        cursor.execute(
            sql.SQL(
                "INSERT INTO {table} AS s (code, {names}) SELECT code, {names} FROM fresh_shapes"
                " ON CONFLICT (code) DO UPDATE SET ({names}) = ROW({new})"
                " WHERE ({old}) IS DISTINCT FROM ({new})"
            ).format(**identifiers)
        )
        written = int(cursor.rowcount)
        cursor.execute("DROP TABLE fresh_shapes")
    finally:
        cursor.close()
    return written


def _texts(values: Any) -> np.ndarray:
    return np.array(list(values), dtype=object)


def _shapes(values: Any) -> np.ndarray:
    return np.asarray(shapely.from_wkb([bytes(value) for value in values]), dtype=object)
