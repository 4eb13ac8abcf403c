"""The grids of a draft: those in force, overlaid by what the draft changes; and what lies around them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gridgis.sql.summary import bounds

Box = tuple[float, float, float, float]

# `plan` is null for the grids in force alone; binds are written into the statement, so PostgreSQL sees it.
_LIVE = """
    SELECT l.key, l.community_code, ST_AsBinary(l.geom) AS wkb, l.area_m2, l.assigned,
           CASE WHEN l.assigned THEN l.worker_code ELSE r.worker_code END AS worker_code,
           l.kind, l.sub_status, l.classified, l.number, l.locked, l.version, l.figures
    FROM (
      SELECT g.code AS key, g.community_code, g.geom, g.area_m2, false AS assigned, NULL AS worker_code,
             g.kind, g.sub_status, false AS classified, CAST(NULL AS bigint) AS number, false AS locked,
             CAST(0 AS bigint) AS version, CAST(NULL AS jsonb) AS figures
      FROM grids g
      WHERE {base} AND g.valid_from <= :at AND (g.valid_to IS NULL OR g.valid_to > :at)
        AND NOT EXISTS (SELECT FROM draft_grids d WHERE d.plan_id = :plan AND d.key = g.code)
      UNION ALL
      SELECT g.key, g.community_code, g.geom, g.area_m2, g.assigned, g.worker_code,
             coalesce(g.kind, f.kind), CASE WHEN g.kind IS NULL THEN f.sub_status ELSE g.sub_status END,
             g.kind IS NOT NULL, g.number, g.locked, g.version, g.figures
      FROM draft_grids g LEFT JOIN grids f ON f.code = g.key
      WHERE g.plan_id = :plan AND g.geom IS NOT NULL AND {own}
    ) l
    LEFT JOIN beats r ON r.grid_code = l.key AND r.role = 'primary' AND r.valid_from <= :day
      AND (r.valid_to IS NULL OR r.valid_to > :day)
    ORDER BY l.key
"""
# Each box looks the index up by itself (OFFSET 0 keeps it so): under row security the planner does not use
# the index for a join, but reads the whole table.
_IN_BOXES = """
    SELECT o.{column} FROM unnest(CAST(:west AS float8[]), CAST(:south AS float8[]), CAST(:east AS float8[]),
                                  CAST(:north AS float8[])) AS b (w, s, e, n)
    CROSS JOIN LATERAL (
      SELECT t.{column} FROM {table} t
      WHERE {meets} {more} OFFSET 0
    ) o
"""


_BOX = "ST_MakeEnvelope(b.w, b.s, b.e, b.n, 4326)"
_MEETS = f"t.geom && {_BOX}"
#: Layers whose one index is on the shape in Web Mercator, where upright boxes are upright boxes as well.
_MERCATOR = ("buildings", "components")
_MEETS_MERCATOR = f"t.geom_3857 && ST_Transform({_BOX}, 3857)"


def in_boxes(table: str, column: str, more: str = "") -> str:
    """Return the question for the rows of a table whose boxes meet those that `sides` binds."""
    meets = _MEETS_MERCATOR if table in _MERCATOR else _MEETS
    return f"ARRAY({_IN_BOXES.format(table=table, column=column, meets=meets, more=more)})"


_BY_KEY = text(_LIVE.format(base="g.code = ANY(:keys)", own="g.key = ANY(:keys)"))
_BY_AREA = text(
    _LIVE.format(
        base="g.code BETWEEN :low AND :high AND g.code ^@ ANY(:prefixes)",
        own="g.community_code ^@ ANY(:prefixes)",
    )
)
_BY_BOX = text(
    _LIVE.format(
        base=f"g.code = ANY({in_boxes('grids', 'code')})",
        own=f"g.key = ANY({in_boxes('draft_grids', 'key', 'AND t.plan_id = :plan')})",
    )
)
_OWN = text(_LIVE.format(base="false", own="g.community_code ^@ ANY(:prefixes)"))
_BY_WORKER = text(
    _LIVE.format(
        base="""g.code IN (SELECT grid_code FROM beats WHERE worker_code = ANY(:workers) AND role = 'primary'
                  AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day))""",
        own="""(g.worker_code = ANY(:workers) OR (NOT g.assigned AND g.key IN (
                  SELECT grid_code FROM beats WHERE worker_code = ANY(:workers) AND role = 'primary'
                  AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day))))""",
    )
)


_UNASSIGNED = text(
    "SELECT community_code, count(*) AS grids FROM ("  # noqa: S608 - constant statement
    + _BY_AREA.text
    + ") g WHERE worker_code IS NULL GROUP BY community_code ORDER BY community_code"
)


class View:
    """Whose grids are asked for, and when.

    Parameters
    ----------
    plan_id
        The draft; ``None`` for the grids in force alone.
    at, day
        The instant of the plan in force, and the local day of the roster.
    """

    def __init__(self, plan_id: int | None, at: datetime, day: date) -> None:
        self.plan_id, self.at, self.day = plan_id, at, day

    def select(self, session: Session, statement: Any, **binds: Any) -> Sequence[Row[Any]]:
        """Run one of this module's questions about grids."""
        return session.execute(
            statement, {"plan": self.plan_id, "at": self.at, "day": self.day, **binds}
        ).all()


def select_by_key(session: Session, view: View, keys: Sequence[str]) -> Sequence[Row[Any]]:
    """Return some grids as the draft has them, by key.

    Columns: key, community_code, wkb (EPSG:4326), area_m2, assigned, worker_code (of the draft, else today's
    primary worker), kind and sub_status (of the draft, else in force), classified (whether the draft says
    them), number, locked, version, figures (null where the ground is as in force).
    """
    return view.select(session, _BY_KEY, keys=list(keys))


def select_by_prefix(session: Session, view: View, prefixes: Sequence[str]) -> Sequence[Row[Any]]:
    """Return the grids of divisions, by code prefix."""
    return view.select(session, _BY_AREA, **bounds(prefixes)) if prefixes else []


def count_unassigned(session: Session, view: View, prefixes: Sequence[str]) -> Sequence[Row[Any]]:
    """Return community_code and grids: how many nobody would have, of communities with any, by code."""
    return view.select(session, _UNASSIGNED, **bounds(prefixes)) if prefixes else []


def select_in_boxes(session: Session, view: View, boxes: Sequence[Box]) -> Sequence[Row[Any]]:
    """Return the grids whose boxes meet some boxes (degrees)."""
    return view.select(session, _BY_BOX, **sides(boxes))


def select_of_workers(session: Session, view: View, workers: Sequence[str]) -> Sequence[Row[Any]]:
    """Return the grids that some workers would have."""
    return view.select(session, _BY_WORKER, workers=list(workers))


def select_own(session: Session, view: View, prefixes: Sequence[str]) -> Sequence[Row[Any]]:
    """Return the grids that a draft has a row of, and keeps."""
    return view.select(session, _OWN, prefixes=list(prefixes))


def select_removed(session: Session, plan_id: int, prefixes: Sequence[str]) -> list[str]:
    """Return the grids in force that a draft does away with, by code."""
    return list(
        session.scalars(
            text("""
                SELECT key FROM draft_grids
                WHERE plan_id = :plan AND geom IS NULL AND community_code ^@ ANY(:prefixes) ORDER BY key
            """),
            {"plan": plan_id, "prefixes": list(prefixes)},
        )
    )


def sides(boxes: Sequence[Box]) -> dict[str, list[float]]:
    """Return the binds of `in_boxes`."""
    sides = zip(*boxes, strict=True) if boxes else ((), (), (), ())
    return {name: list(side) for name, side in zip(("west", "south", "east", "north"), sides, strict=True)}


def select_buildings(session: Session, boxes: Sequence[Box]) -> Sequence[Row[Any]]:
    """Return code and WKB of the buildings whose boxes meet some boxes, with households."""
    return session.execute(
        text(f"""
            SELECT t.code, ST_AsBinary(t.geom) AS wkb, t.households FROM buildings t
            WHERE t.id = ANY({in_boxes("buildings", "id")}) ORDER BY t.code
        """),  # noqa: S608 - constant boxes
        sides(boxes),
    ).all()


def select_roads(session: Session, boxes: Sequence[Box]) -> list[bytes]:
    """Return the WKB of the roads whose boxes meet some boxes."""
    return [
        bytes(wkb)
        for wkb in session.scalars(
            text(f"""
                SELECT ST_AsBinary(t.geom) FROM roads t
                WHERE t.id = ANY({in_boxes("roads", "id")}) ORDER BY t.id
            """),  # noqa: S608 - constant boxes
            sides(boxes),
        )
    ]


def select_building_boxes(session: Session, codes: Sequence[str]) -> dict[str, Box]:
    """Return the boxes of some buildings."""
    rows = session.execute(
        text("""
            SELECT code, ST_XMin(geom) AS w, ST_YMin(geom) AS s, ST_XMax(geom) AS e, ST_YMax(geom) AS n
            FROM buildings WHERE code = ANY(:codes)
        """),
        {"codes": list(codes)},
    )
    return {row.code: (row.w, row.s, row.e, row.n) for row in rows}


def select_outlines(session: Session, communities: Sequence[str]) -> dict[str, bytes]:
    """Return the WKB of the outlines of communities that have one."""
    rows = session.execute(
        text("""
            SELECT code, ST_AsBinary(geom) AS wkb FROM divisions
            WHERE code = ANY(:codes) AND level = 'community' AND geom IS NOT NULL
        """),
        {"codes": list(communities)},
    )
    return {row.code: bytes(row.wkb) for row in rows}


def select_communities(session: Session, prefixes: Sequence[str]) -> list[str]:
    """Return the communities below some code prefixes, by code."""
    return list(
        session.scalars(
            text("""
                SELECT code FROM divisions WHERE level = 'community' AND code ^@ ANY(:prefixes) ORDER BY code
            """),
            {"prefixes": list(prefixes)},
        )
    )


def select_changed_communities(session: Session, plan_id: int, prefixes: Sequence[str]) -> list[str]:
    """Return the communities that a draft has rows in, by code."""
    return list(
        session.scalars(
            text("""
                SELECT DISTINCT community_code FROM draft_grids
                WHERE plan_id = :plan AND community_code ^@ ANY(:prefixes) ORDER BY 1
            """),
            {"plan": plan_id, "prefixes": list(prefixes)},
        )
    )


def select_conflicts(session: Session, plan_id: int, prefixes: Sequence[str]) -> list[str]:
    """Return the grids that a draft changes although they are not in force any more, by code."""
    return list(
        session.scalars(
            text("""
                SELECT d.key FROM draft_grids d JOIN plans p ON p.id = d.plan_id AND p.state = 'draft'
                WHERE d.plan_id = :plan AND d.key ~ '^[0-9]' AND d.community_code ^@ ANY(:prefixes)
                  AND NOT EXISTS (
                    SELECT FROM grids g WHERE g.code = d.key AND g.valid_from <= now()
                      AND (g.valid_to IS NULL OR g.valid_to > now()))
                ORDER BY d.key
            """),
            {"plan": plan_id, "prefixes": list(prefixes)},
        )
    )


def count_used(session: Session, plan_id: int, communities: Sequence[str]) -> dict[str, int]:
    """Return the numbers that communities have given out for ever, plus the new grids a draft has in them."""
    rows = session.execute(
        text("""
            SELECT c.code, coalesce((SELECT max(CAST(substr(g.code, 13) AS integer)) FROM grids g
                                     WHERE g.code BETWEEN c.code || '00' AND c.code || '9999'), 0)
                   + (SELECT count(*) FROM draft_grids d
                      JOIN plans p ON p.id = d.plan_id AND p.state = 'draft'
                      WHERE d.plan_id = :plan AND d.community_code = c.code AND d.key ^@ 'n') AS used
            FROM unnest(CAST(:codes AS text[])) AS c (code)
        """),
        {"plan": plan_id, "codes": list(communities)},
    )
    return {row.code: int(row.used) for row in rows}


def worker_exists(session: Session, code: str, prefixes: Sequence[str]) -> bool:
    """Tell whether there is a worker of this code in some divisions."""
    return bool(
        session.scalar(
            text("""
                SELECT EXISTS (SELECT FROM workers WHERE code = :code AND active
                               AND coalesce(division_code, '') ^@ ANY(:prefixes))
            """),
            {"code": code, "prefixes": list(prefixes)},
        )
    )
