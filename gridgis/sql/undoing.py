"""Taking loads back: what stands on their rows, and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

#: Tables that a load of each layer writes, in the order in which their rows can go.
TABLES = {
    "divisions": ("divisions",),
    "departments": ("departments",),
    "grids": ("grids",),
    "buildings": ("buildings",),
    "components": ("components",),
    "roads": ("roads",),
    "workers": ("beats", "workers"),
    "incidents": ("incident_log", "incidents"),
    "tracks": ("tracks",),
    "inspections": ("inspections",),
}

_DELETE = {
    table: text(f"DELETE FROM {table} WHERE import_id = :id")  # noqa: S608 - names of our own tables
    for tables in TABLES.values()
    for table in tables
}
# keys carry no load of their own and go with their incidents
_DELETE["incidents"] = text("""
    WITH gone AS (DELETE FROM incidents WHERE import_id = :id RETURNING id)
    DELETE FROM incident_keys k USING gone WHERE k.id = gone.id
""")

# What refers to a load's rows from outside of it, by layer: the words of the message -> how to count.
_DEPENDENTS = {
    "divisions": {
        "divisions below": """
            SELECT count(*) FROM divisions x JOIN divisions d ON x.parent_code = d.code
            WHERE d.import_id = :id AND x.import_id IS DISTINCT FROM :id""",
        "grids": """
            SELECT count(*) FROM grids x JOIN divisions d ON x.community_code = d.code
            WHERE d.import_id = :id""",
        "departments": """
            SELECT count(*) FROM departments x JOIN divisions d ON x.division_code = d.code
            WHERE d.import_id = :id""",
        "workers": """
            SELECT count(*) FROM workers x JOIN divisions d ON x.division_code = d.code
            WHERE d.import_id = :id""",
    },
    "departments": {
        "workers": """
            SELECT count(*) FROM workers x JOIN departments d ON x.department_code = d.code
            WHERE d.import_id = :id""",
        "incidents": """
            SELECT count(*) FROM incidents x JOIN departments d ON x.department_code = d.code
            WHERE d.import_id = :id""",
    },
    "grids": {
        "beats of workers": """
            SELECT count(*) FROM beats x JOIN grids g ON x.grid_code = g.code
            WHERE g.import_id = :id""",
        "lines of lineage": """
            SELECT count(*) FROM grid_lineage x JOIN grids g ON g.code IN (x.predecessor, x.successor)
            WHERE g.import_id = :id""",
        "plans based on theirs": """
            SELECT count(*) FROM plans
            WHERE based_on IN (SELECT introduced_by FROM grids WHERE import_id = :id)""",
    },
    "buildings": {
        "inspections": """
            SELECT count(*) FROM inspections x JOIN buildings b ON x.building_id = b.id
            WHERE b.import_id = :id""",
    },
    "components": {
        "inspections": """
            SELECT count(*) FROM inspections x JOIN components c ON x.component_id = c.id
            WHERE c.import_id = :id""",
    },
    "workers": {
        "tracks": """
            SELECT count(*) FROM tracks x JOIN workers w ON x.worker_code = w.code
            WHERE w.import_id = :id""",
        "inspections": """
            SELECT count(*) FROM inspections x JOIN workers w ON x.worker_code = w.code
            WHERE w.import_id = :id""",
        "beats given since": """
            SELECT count(*) FROM beats x JOIN workers w ON x.worker_code = w.code
            WHERE w.import_id = :id AND x.import_id IS DISTINCT FROM :id""",
    },
    "incidents": {
        "later steps in their logs": """
            SELECT count(*) FROM incident_log x JOIN incidents i ON x.incident_id = i.id
            WHERE i.import_id = :id AND x.import_id IS DISTINCT FROM :id""",
    },
}


def count_dependents(session: Session, layer: str, import_id: int) -> dict[str, int]:
    """Return how many rows of other loads or of daily work refer to a load's rows; nothing where none do."""
    counts = {
        what: int(session.execute(text(query), {"id": import_id}).scalar_one())
        for what, query in _DEPENDENTS.get(layer, {}).items()
    }
    return {what: count for what, count in counts.items() if count}


def delete_rows(session: Session, table: str, import_id: int) -> int:
    """Delete a load's rows from one of its tables and return how many they were."""
    if table == "incident_log":
        # the log lets go of rows of the load that is named here, and of no others
        session.execute(text("SELECT set_config('gridgis.undo_import', :id, true)"), {"id": str(import_id)})
    return _count(session.execute(_DELETE[table], {"id": import_id}))


def clear_grids(session: Session, import_id: int) -> dict[str, int]:
    """Take the grid off everything that stands in a load's grids; return how many rows of each layer."""
    statements = {
        table: text(f"""
            UPDATE {table} t SET grid_code = NULL, match = 'none', distance_m = NULL, updated_at = now()
            FROM grids g WHERE t.grid_code = g.code AND g.import_id = :id""")  # noqa: S608 - our own tables
        for table in ("buildings", "components", "incidents")
    }
    return {table: _count(session.execute(query, {"id": import_id})) for table, query in statements.items()}


def delete_empty_plans(session: Session) -> int:
    """Delete published plans that no grid belongs to any more."""
    return _count(
        session.execute(
            text("""
                DELETE FROM plans p WHERE state = 'published'
                  AND NOT EXISTS (SELECT FROM grids WHERE introduced_by = p.id OR retired_by = p.id)""")
        )
    )


def clear_outlines(session: Session, codes: Sequence[str]) -> None:
    """Take the outlines off divisions that had none before a load filled them in."""
    session.execute(
        text("UPDATE divisions SET geom = NULL, area_m2 = NULL, updated_at = now() WHERE code = ANY(:codes)"),
        {"codes": list(codes)},
    )


def _count(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount
