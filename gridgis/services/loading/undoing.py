"""Taking a load back: exactly the rows it brought, or nothing when others stand on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridgis.errors import Conflict, NotFound
from gridgis.sql import imports as imports_sql
from gridgis.sql import undoing as undoing_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Undone:
    """A load that was taken back, and how many rows of each table went with it or lost their grid."""

    import_id: int
    layer: str
    file: str
    removed: dict[str, int]
    without_grid: dict[str, int]


def undo(session: Session, import_id: int, actor: str) -> Undone:
    """Remove what a load brought, in the caller's transaction.

    Undoing grids leaves buildings, components and incidents that stood in them without a grid (they are
    listed as unlocated), and removes the plan that the load published. Serials stay taken: a later load
    gives other codes.

    Parameters
    ----------
    actor
        Who takes it back.

    Raises
    ------
    NotFound
        There is no such load.
    Conflict
        It has been undone already, or rows that came later refer to its rows; the message says which.
    """
    found = imports_sql.select_one(session, import_id)
    if found is None:
        raise NotFound(f"there is no load {import_id}; `gridgis load --list` shows the loads there are")
    if found.undone_at is not None:
        raise Conflict(
            f"load {import_id} ({found.file_name}) was undone already on {found.undone_at:%Y-%m-%d %H:%M}"
        )
    imports_sql.lock_layer(session, found.layer)
    _refuse_dependents(session, import_id, found.layer)
    without_grid = undoing_sql.clear_grids(session, import_id) if found.layer == "grids" else {}
    removed = {
        table: undoing_sql.delete_rows(session, table, import_id) for table in undoing_sql.TABLES[found.layer]
    }
    if found.layer == "grids":
        removed["plans"] = undoing_sql.delete_empty_plans(session)
    if found.layer == "divisions" and (filled := found.counts.get("filled")):
        undoing_sql.clear_outlines(session, filled)
        removed["outlines"] = len(filled)
    imports_sql.mark_undone(session, import_id, actor)
    return Undone(import_id, found.layer, found.file_name, removed, without_grid)


def list_loads(session: Session, limit: int = 50) -> list[dict[str, Any]]:
    """Return the newest loads, newest first, with what became of their rows."""
    return [dict(row._mapping) for row in imports_sql.select_all(session, limit)]


def _refuse_dependents(session: Session, import_id: int, layer: str) -> None:
    standing = undoing_sql.count_dependents(session, layer, import_id)
    if standing:
        listed = ", ".join(f"{count:,} {what}" for what, count in standing.items())
        raise Conflict(
            f"load {import_id} cannot be undone while others stand on its {layer}: {listed}; "
            "undo their loads first"
        )
