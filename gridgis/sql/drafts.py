"""Drafts as rows of plans: listed, made, changed, locked for an edit, and the log of their edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

_PLAN = """
    p.id, p.name, p.description, p.state, p.based_on, p.valid_from, p.valid_to, p.effective_at, p.created_by,
    p.created_at, coalesce(d.updated_at, p.created_at) AS updated_at, p.shared, p.editors, p.submitted_by,
    p.submitted_at, p.approved_by, p.published_by, coalesce(d.edit_seq, 0) AS edit_seq,
    coalesce(d.last_seq, 0) AS last_seq, coalesce(d.last_key, 0) AS last_key
"""
_LOG = """
    (SELECT count(*) FROM draft_edits e WHERE e.plan_id = p.id AND NOT e.undone) AS edits,
    (SELECT count(*) FROM draft_edits e WHERE e.plan_id = p.id AND e.undone) AS undone,
    (SELECT count(*) FROM draft_grids g WHERE g.plan_id = p.id) AS changed
"""

#: The columns of a draft's grid as an edit's row keeps them: jsonb would make GeoJSON of a geometry.
_ROW = """
    jsonb_build_object(
      'key', g.key, 'community_code', g.community_code, 'geom', g.geom::text, 'area_m2', g.area_m2,
      'assigned', g.assigned, 'worker_code', g.worker_code, 'kind', g.kind, 'sub_status', g.sub_status,
      'number', g.number, 'locked', g.locked, 'version', g.version, 'figures', g.figures)
"""


def select_plans(session: Session) -> Sequence[Row[Any]]:
    """Return every plan with its log's counts: drafts first, then the newest in force."""
    return session.execute(
        text(f"""
            SELECT {_PLAN}, {_LOG} FROM plans p LEFT JOIN drafts d ON d.plan_id = p.id
            ORDER BY p.state = 'draft' DESC, p.valid_from DESC NULLS FIRST, p.id DESC
        """)  # noqa: S608 - constant columns
    ).all()


def select_plan(session: Session, plan_id: int) -> Row[Any] | None:
    """Return one plan with its log's counts."""
    return session.execute(
        text(f"""
            SELECT {_PLAN}, {_LOG} FROM plans p LEFT JOIN drafts d ON d.plan_id = p.id WHERE p.id = :id
        """),  # noqa: S608 - constant columns
        {"id": plan_id},
    ).one_or_none()


def lock_draft(session: Session, plan_id: int) -> Row[Any] | None:
    """Return a draft once nobody else edits it, and keep others from it to the end of the transaction.

    The plan's row is held too, so that it is neither submitted nor published meanwhile.
    """
    return session.execute(
        text(f"""
            SELECT {_PLAN} FROM plans p JOIN drafts d ON d.plan_id = p.id
            WHERE p.id = :id FOR UPDATE OF d FOR SHARE OF p
        """),  # noqa: S608 - constant columns
        {"id": plan_id},
    ).one_or_none()


def select_in_force(session: Session) -> int | None:
    """Return the plan in force now."""
    return session.scalar(
        text("""
            SELECT id FROM plans WHERE state <> 'draft' AND valid_from <= now()
              AND (valid_to IS NULL OR valid_to > now())
        """)
    )


def insert_plan(session: Session, values: Mapping[str, Any]) -> int:
    """Write a new draft: name, description, based_on, created_by; return its number."""
    plan_id = session.scalar(
        text("""
            INSERT INTO plans (name, description, based_on, created_by)
            VALUES (:name, :description, :based_on, :created_by) RETURNING id
        """),
        dict(values),
    )
    session.execute(text("INSERT INTO drafts (plan_id) VALUES (:id)"), {"id": plan_id})
    return int(plan_id or 0)


def update_plan(session: Session, plan_id: int, values: Mapping[str, Any]) -> None:
    """Write name, description, shared and editors of a draft."""
    session.execute(
        text("""
            UPDATE plans SET name = :name, description = :description, shared = :shared, editors = :editors
            WHERE id = :id
        """).bindparams(bindparam("editors", type_=ARRAY(Text))),
        {"id": plan_id, **values},
    )


def delete_plan(session: Session, plan_id: int) -> None:
    """Delete a draft with its grids and its log."""
    session.execute(text("DELETE FROM plans WHERE id = :id"), {"id": plan_id})


def copy_grids(session: Session, source: int, target: int, prefixes: Sequence[str]) -> None:
    """Begin a draft with another one's grids (those below some code prefixes) and count its keys on."""
    session.execute(
        text("""
            INSERT INTO draft_grids (plan_id, key, community_code, geom, area_m2, assigned, worker_code, kind,
                                     sub_status, number, locked, version, figures)
            SELECT :target, key, community_code, geom, area_m2, assigned, worker_code, kind, sub_status,
                   number, locked, 0, figures
            FROM draft_grids WHERE plan_id = :source AND community_code ^@ ANY(:prefixes)
        """),
        {"source": source, "target": target, "prefixes": list(prefixes)},
    )
    session.execute(
        text("""
            UPDATE drafts SET last_key = (SELECT last_key FROM drafts WHERE plan_id = :source)
            WHERE plan_id = :target
        """),
        {"source": source, "target": target},
    )


def clear_grids(session: Session, plan_id: int, prefixes: Sequence[str]) -> None:
    """Begin a draft without the grids in force below some code prefixes."""
    session.execute(
        text("""
            INSERT INTO draft_grids (plan_id, key, community_code, version)
            SELECT :plan, code, community_code, 0 FROM grids
            WHERE valid_from <= now() AND (valid_to IS NULL OR valid_to > now())
              AND community_code ^@ ANY(:prefixes)
        """),
        {"plan": plan_id, "prefixes": list(prefixes)},
    )


def select_rows(session: Session, plan_id: int, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Return the draft's own rows of some grids, by key, as `replace_rows` takes them."""
    return list(
        session.scalars(
            text(f"""
                SELECT {_ROW} FROM draft_grids g WHERE g.plan_id = :plan AND g.key = ANY(:keys) ORDER BY g.key
            """),  # noqa: S608 - constant columns
            {"plan": plan_id, "keys": list(keys)},
        )
    )


def replace_rows(
    session: Session, plan_id: int, keys: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Delete the draft's rows of some grids and write others in their place."""
    session.execute(
        text("DELETE FROM draft_grids WHERE plan_id = :plan AND key = ANY(:keys)"),
        {"plan": plan_id, "keys": list(keys)},
    )
    session.execute(
        text("""
            INSERT INTO draft_grids (plan_id, key, community_code, geom, area_m2, assigned, worker_code, kind,
                                     sub_status, number, locked, version, figures)
            SELECT :plan, key, community_code, geom, area_m2, assigned, worker_code, kind, sub_status,
                   number, locked, version, figures
            FROM jsonb_populate_recordset(NULL::draft_grids, :rows)
        """).bindparams(bindparam("rows", type_=JSONB)),
        {"plan": plan_id, "rows": [_with_nulls(row) for row in rows]},
    )


def _with_nulls(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"assigned": False, "locked": False, **row}


def count_on(session: Session, plan_id: int, edit_seq: int, last_seq: int, last_key: int) -> None:
    """Say where the log of a draft stands now."""
    session.execute(
        text("""
            UPDATE drafts SET edit_seq = :edit_seq, last_seq = :last_seq,
              last_key = greatest(last_key, :last_key), updated_at = now()
            WHERE plan_id = :plan
        """),
        {"plan": plan_id, "edit_seq": edit_seq, "last_seq": last_seq, "last_key": last_key},
    )


def insert_edit(session: Session, values: Mapping[str, Any]) -> Row[Any]:
    """Write an edit in place of all that were undone; return seq, operation, actor and at."""
    session.execute(text("DELETE FROM draft_edits WHERE plan_id = :plan_id AND undone"), dict(values))
    return session.execute(
        text("""
            INSERT INTO draft_edits (plan_id, seq, operation, arguments, communities, actor, before, after)
            VALUES (:plan_id, :seq, :operation, :arguments, :communities, :actor, :before, :after)
            RETURNING seq, operation, actor, at
        """).bindparams(
            bindparam("arguments", type_=JSONB),
            bindparam("before", type_=JSONB),
            bindparam("after", type_=JSONB),
            bindparam("communities", type_=ARRAY(Text)),
        ),
        dict(values),
    ).one()


_EDIT = "SELECT seq, operation, arguments, communities, actor, at, undone, before, after FROM draft_edits"


def select_newest_done(session: Session, plan_id: int) -> Row[Any] | None:
    """Return the edit that undoing takes back."""
    return session.execute(
        text(f"{_EDIT} WHERE plan_id = :plan AND NOT undone ORDER BY seq DESC LIMIT 1"),
        {"plan": plan_id},
    ).one_or_none()


def select_oldest_undone(session: Session, plan_id: int) -> Row[Any] | None:
    """Return the edit that redoing makes again."""
    return session.execute(
        text(f"{_EDIT} WHERE plan_id = :plan AND undone ORDER BY seq LIMIT 1"), {"plan": plan_id}
    ).one_or_none()


def mark_undone(session: Session, plan_id: int, seq: int, undone: bool) -> None:
    """Say of an edit whether it is undone."""
    session.execute(
        text("UPDATE draft_edits SET undone = :undone WHERE plan_id = :plan AND seq = :seq"),
        {"plan": plan_id, "seq": seq, "undone": undone},
    )


def select_edits(session: Session, plan_id: int, limit: int) -> Sequence[Row[Any]]:
    """Return the newest edits that the transaction may see, without their rows, newest first."""
    return session.execute(
        text("""
            SELECT seq, operation, arguments, communities, actor, at, undone,
                   ARRAY(SELECT DISTINCT r ->> 'key' FROM jsonb_array_elements(before || after) r ORDER BY 1)
                     AS keys
            FROM draft_edits WHERE plan_id = :plan ORDER BY seq DESC LIMIT :limit
        """),
        {"plan": plan_id, "limit": limit},
    ).all()


def select_last_writer(session: Session, plan_id: int, key: str) -> Row[Any] | None:
    """Return seq, operation, actor and at of the newest edit done that touched a grid."""
    return session.execute(
        text("""
            SELECT seq, operation, actor, at FROM draft_edits
            WHERE plan_id = :plan AND NOT undone
              AND (before @> jsonb_build_array(jsonb_build_object('key', CAST(:key AS text)))
                   OR after @> jsonb_build_array(jsonb_build_object('key', CAST(:key AS text))))
            ORDER BY seq DESC LIMIT 1
        """),
        {"plan": plan_id, "key": key},
    ).one_or_none()


def select_actors(session: Session, plan_id: int, seqs: Sequence[int]) -> dict[int, str]:
    """Return who made some edits."""
    rows = session.execute(
        text("SELECT seq, actor FROM draft_edits WHERE plan_id = :plan AND seq = ANY(:seqs)"),
        {"plan": plan_id, "seqs": list(seqs)},
    )
    return {row.seq: row.actor for row in rows}
