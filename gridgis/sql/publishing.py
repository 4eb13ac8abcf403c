"""Statements of publishing: what a draft changes, and putting it into force in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

# not by the beginning of the transaction: another plan may have come into force while we waited
_IN_FORCE = (
    "g.valid_from <= statement_timestamp() AND (g.valid_to IS NULL OR g.valid_to > statement_timestamp())"
)
#: Valid from then on: a grid that the transaction has written and nobody sees yet.
_NOT_YET = "infinity"


def try_lock(session: Session) -> bool:
    """Take the lock of whoever changes which plan is in force; tell whether it was free."""
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('gridgis publishing'))")))


def lock_plan(session: Session, plan_id: int) -> Row[Any] | None:
    """Return a plan, and keep edits and others' publishing from it to the end of the transaction."""
    return session.execute(
        text("""
            SELECT id, name, state, based_on, valid_from, valid_to, effective_at, created_by, submitted_by,
                   submitted_at, approved_by, published_by, editors
            FROM plans WHERE id = :id FOR UPDATE
        """),
        {"id": plan_id},
    ).one_or_none()


def select_due(session: Session, at: datetime, *, approved_only: bool) -> list[int]:
    """Return the submitted drafts whose hour has come, the earliest first."""
    return list(
        session.scalars(
            text("""
                SELECT id FROM plans
                WHERE state = 'draft' AND submitted_by IS NOT NULL AND effective_at <= :at
                  AND (approved_by IS NOT NULL OR NOT :approved_only)
                ORDER BY effective_at, id
            """),
            {"at": at, "approved_only": approved_only},
        )
    )


def update_way(session: Session, plan_id: int, **values: Any) -> None:
    """Write how far a draft is on its way: effective_at, submitted_by, submitted_at and approved_by."""
    session.execute(
        text("""
            UPDATE plans SET effective_at = :effective_at, submitted_by = :submitted_by,
              submitted_at = :submitted_at, approved_by = :approved_by WHERE id = :id
        """),
        {"id": plan_id, **values},
    )


def select_draft(session: Session, plan_id: int) -> Sequence[Row[Any]]:
    """Return a draft's own rows by key, n2 before n10.

    Columns: key, community_code, wkb (EPSG:4326; null: gone), assigned, worker_code, number, kind
    (null: as it was) and sub_status.
    """
    return session.execute(
        text("""
            SELECT key, community_code, ST_AsBinary(geom) AS wkb, assigned, worker_code, number,
                   kind, sub_status
            FROM draft_grids WHERE plan_id = :plan ORDER BY length(key), key
        """),
        {"plan": plan_id},
    ).all()


def select_base(session: Session) -> Sequence[Row[Any]]:
    """Return code, community_code and wkb (EPSG:4326) of the grids in force, by code."""
    return session.execute(
        text(f"""
            SELECT g.code, g.community_code, ST_AsBinary(g.geom) AS wkb FROM grids g
            WHERE {_IN_FORCE} ORDER BY g.code
        """)  # noqa: S608 - constant condition
    ).all()


def select_highest(session: Session, communities: Sequence[str]) -> dict[str, str]:
    """Return the highest code ever given in each of some communities that have had grids."""
    rows = session.execute(
        text("""
            SELECT c.code, max(g.code) AS highest
            FROM unnest(CAST(:communities AS text[])) AS c (code) JOIN grids g ON g.community_code = c.code
            GROUP BY c.code
        """),
        {"communities": list(communities)},
    )
    return {row.code: row.highest for row in rows}


def select_outlines(session: Session, communities: Sequence[str]) -> dict[str, bytes]:
    """Return the WKB of the outlines of communities that have one."""
    rows = session.execute(
        text("""
            SELECT code, ST_AsBinary(geom) AS wkb FROM divisions
            WHERE code = ANY(:communities) AND geom IS NOT NULL
        """),
        {"communities": list(communities)},
    )
    return {row.code: bytes(row.wkb) for row in rows}


def insert_grids(session: Session, plan_id: int, day: date, rows: dict[str, Sequence[Any]]) -> None:
    """Write new grids, which nobody sees before `put_into_force`.

    Parameters
    ----------
    day
        Their initial date.
    rows
        ``code``, ``wkb`` (EPSG:4326), ``area_m2``; ``kind`` and ``sub_status``, where the kind is null those
        of the grid ``heir_of``, which may be null.
    """
    session.execute(
        text(f"""
            INSERT INTO grids (code, community_code, area_m2, kind, sub_status, initial_date, introduced_by,
                               valid_from, geom)
            SELECT n.code, left(n.code, 12), n.area_m2, coalesce(n.kind, h.kind),
                   CASE WHEN n.kind IS NULL THEN h.sub_status ELSE n.sub_status END, :day, :plan,
                   '{_NOT_YET}', ST_GeomFromWKB(n.wkb, 4326)
            FROM unnest(CAST(:code AS text[]), CAST(:wkb AS bytea[]), CAST(:area_m2 AS float8[]),
                        CAST(:kind AS text[]), CAST(:sub_status AS text[]), CAST(:heir_of AS text[]))
              AS n (code, wkb, area_m2, kind, sub_status, heir_of)
            LEFT JOIN grids h ON h.code = n.heir_of
        """),  # noqa: S608 - constant instant
        {"plan": plan_id, "day": day, **{name: list(values) for name, values in rows.items()}},
    )


def update_borders(
    session: Session, codes: Sequence[str], wkb: Sequence[bytes], area_m2: Sequence[float]
) -> None:
    """Give grids that stay the vertices their borders have gained (WKB, EPSG:4326)."""
    session.execute(
        text("""
            UPDATE grids g SET geom = ST_GeomFromWKB(n.wkb, 4326), area_m2 = n.area_m2, updated_at = now()
            FROM unnest(CAST(:codes AS text[]), CAST(:wkb AS bytea[]), CAST(:area_m2 AS float8[]))
              AS n (code, wkb, area_m2)
            WHERE g.code = n.code
        """),
        {"codes": list(codes), "wkb": list(wkb), "area_m2": list(area_m2)},
    )


def update_kinds(session: Session, kinds: dict[str, tuple[str | None, str | None]]) -> None:
    """Give grids that stay their type and sub-status."""
    session.execute(
        text("""
            UPDATE grids g SET kind = n.kind, sub_status = n.sub_status, updated_at = now()
            FROM unnest(CAST(:codes AS text[]), CAST(:kinds AS text[]), CAST(:sub_statuses AS text[]))
              AS n (code, kind, sub_status)
            WHERE g.code = n.code AND (g.kind, g.sub_status) IS DISTINCT FROM (n.kind, n.sub_status)
        """),
        {
            "codes": list(kinds),
            "kinds": [kind for kind, _ in kinds.values()],
            "sub_statuses": [status for _, status in kinds.values()],
        },
    )


def keep_words(
    session: Session, plan_id: int, day: date, classified: Sequence[str], assigned: Sequence[str]
) -> None:
    """Write down what grids are like before a plan gives some that stay a type and others a worker.

    Of grids that it retires, those of `handing_over.select_begun` are among the `assigned`.
    """
    session.execute(
        text("""
            INSERT INTO plan_words (plan_id, grid_code, classified, kind, sub_status, assigned, worker_code)
            SELECT :plan, g.code, k.yes, CASE WHEN k.yes THEN g.kind END,
                   CASE WHEN k.yes THEN g.sub_status END, a.yes, CASE WHEN a.yes THEN b.worker_code END
            FROM grids g
            CROSS JOIN LATERAL (SELECT g.code = ANY(:classified) AS yes) k
            CROSS JOIN LATERAL (SELECT g.code = ANY(:assigned) AS yes) a
            LEFT JOIN beats b ON b.grid_code = g.code AND b.role = 'primary' AND b.valid_from <= :day
              AND (b.valid_to IS NULL OR b.valid_to > :day)
            WHERE k.yes OR a.yes
        """),
        {"plan": plan_id, "day": day, "classified": list(classified), "assigned": list(assigned)},
    )


def select_words(session: Session, plan_id: int) -> Sequence[Row[Any]]:
    """Return grid_code, classified, kind, sub_status, assigned and worker_code: what `keep_words` wrote."""
    return session.execute(
        text("""
            SELECT grid_code, classified, kind, sub_status, assigned, worker_code
            FROM plan_words WHERE plan_id = :plan ORDER BY grid_code
        """),
        {"plan": plan_id},
    ).all()


def insert_lineage(
    session: Session,
    plan_id: int,
    predecessors: Sequence[str],
    successors: Sequence[str],
    shares: Sequence[float],
) -> None:
    """Write what became of each retired grid."""
    session.execute(
        text("""
            INSERT INTO grid_lineage (predecessor, successor, plan_id, share)
            SELECT p, s, :plan, least(share, 1) FROM unnest(
              CAST(:predecessors AS text[]), CAST(:successors AS text[]), CAST(:shares AS float8[]))
              AS l (p, s, share)
        """),
        {"plan": plan_id, "predecessors": list(predecessors), "successors": list(successors),
         "shares": list(shares)},
    )  # fmt: skip


def put_into_force(session: Session, plan_id: int, actor: str, retired: Sequence[str]) -> datetime:
    """Let the plan begin and the former one end now, the last thing before the commit; return the instant.

    The clock is read here and not at the start of the transaction, whose work may take a minute in which
    everybody was told of the former plan.
    """
    effective: datetime = session.scalar(text("SELECT clock_timestamp()"))
    binds = {"at": effective, "plan": plan_id, "retired": list(retired), "actor": actor}
    session.execute(
        text("""
            UPDATE grids SET valid_to = :at, retired_by = :plan, updated_at = :at WHERE code = ANY(:retired)
        """),
        binds,
    )
    session.execute(
        text(f"""
            UPDATE grids SET valid_from = :at, updated_at = :at
            WHERE introduced_by = :plan AND valid_from = '{_NOT_YET}'
        """),  # noqa: S608 - constant instant
        binds,
    )
    session.execute(
        text("""
            UPDATE plans SET state = 'retired', valid_to = :at
            WHERE state = 'published' AND valid_to IS NULL
        """),
        binds,
    )
    session.execute(
        text("""
            UPDATE plans SET state = 'published', valid_from = :at, published_by = :actor WHERE id = :plan
        """),
        binds,
    )
    return effective


def select_undone(session: Session, plan_id: int) -> Sequence[Row[Any]]:
    """Return code, community_code, wkb (EPSG:4326), brought and retired_by of what a plan changed."""
    return session.execute(
        text("""
            SELECT g.code, g.community_code, ST_AsBinary(g.geom) AS wkb, g.introduced_by = :plan AS brought,
                   g.retired_by
            FROM grids g WHERE g.introduced_by = :plan OR g.retired_by = :plan ORDER BY g.code
        """),
        {"plan": plan_id},
    ).all()


def insert_reversal(session: Session, name: str, plan_id: int, actor: str) -> int:
    """Make the draft that takes a plan back, and return its number."""
    made = session.scalar(
        text("""
            INSERT INTO plans (name, description, based_on, created_by)
            SELECT :name, 'takes back plan ' || id || ' ' || name, id, :actor FROM plans WHERE id = :plan
            RETURNING id
        """),
        {"name": name, "plan": plan_id, "actor": actor},
    )
    assert made is not None  # noqa: S101 - the plan is locked
    session.execute(text("INSERT INTO drafts (plan_id) VALUES (:id)"), {"id": made})
    return int(made)


def insert_draft_grids(session: Session, plan_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows of a draft: key, community_code, wkb (null: gone) and area_m2."""
    session.execute(
        text("""
            INSERT INTO draft_grids (plan_id, key, community_code, geom, area_m2, version)
            VALUES (:plan, :key, :community_code, ST_GeomFromWKB(:wkb, 4326), :area_m2, 0)
        """),
        [{"plan": plan_id, **row} for row in rows],
    )
