"""Loads: their rows, and taking one back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session


def lock_layer(session: Session, layer: str) -> None:
    """Let one load of a layer at a time go on, until its transaction ends."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('gridgis load'), hashtext(:layer))"), {"layer": layer}
    )


def select_same_file(session: Session, layer: str, sha256: str) -> Row[Any] | None:
    """Return id, file_name, loaded_at and counts of the load that brought this very file into the layer."""
    return session.execute(
        text("""
            SELECT id, file_name, loaded_at, counts FROM imports
            WHERE layer = :layer AND sha256 = :sha256 AND undone_at IS NULL
        """),
        {"layer": layer, "sha256": sha256},
    ).one_or_none()


def insert(session: Session, values: Mapping[str, Any]) -> int:
    """Insert a load and return its id; `mapping` is any JSON value."""
    return int(
        session.execute(
            text("""
                INSERT INTO imports
                  (layer, file_name, sha256, size_bytes, source, source_crs, mapping, loaded_by)
                VALUES (:layer, :file_name, :sha256, :size_bytes, :source, :source_crs,
                        CAST(:mapping AS jsonb), :loaded_by)
                RETURNING id
            """),
            {**values, "mapping": json.dumps(values["mapping"])},
        ).scalar_one()
    )


def update_counts(session: Session, import_id: int, counts: Mapping[str, Any]) -> None:
    """Write what became of a load's rows."""
    session.execute(
        text("UPDATE imports SET counts = CAST(:counts AS jsonb) WHERE id = :id"),
        {"id": import_id, "counts": json.dumps(counts)},
    )


def select_all(session: Session, limit: int) -> Sequence[Row[Any]]:
    """Return the newest loads, newest first."""
    return session.execute(
        text("""
            SELECT id, layer, file_name, source, source_crs, counts, loaded_by, loaded_at, undone_at,
                   undone_by
            FROM imports ORDER BY id DESC LIMIT :limit
        """),
        {"limit": limit},
    ).all()


def select_one(session: Session, import_id: int) -> Row[Any] | None:
    """Return id, layer, file_name, counts and undone_at of a load, locked until the transaction ends."""
    return session.execute(
        text("SELECT id, layer, file_name, counts, undone_at FROM imports WHERE id = :id FOR UPDATE"),
        {"id": import_id},
    ).one_or_none()


def mark_undone(session: Session, import_id: int, actor: str) -> None:
    """Note that a load has been taken back; its file may then be loaded again."""
    session.execute(
        text("UPDATE imports SET undone_at = now(), undone_by = :actor WHERE id = :id"),
        {"id": import_id, "actor": actor},
    )
