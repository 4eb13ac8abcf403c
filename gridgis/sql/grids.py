"""What one grid holds: who has it, what it was and became, and the counts it shares a community with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session


def select_workers(session: Session, code: str, day: date) -> Sequence[Row[Any]]:
    """Return worker_code and role of those who have the grid on a day, the primary worker first."""
    return session.execute(
        text("""
            SELECT worker_code, role FROM beats
            WHERE grid_code = :code AND daterange(valid_from, valid_to) @> :day
            ORDER BY role DESC, worker_code
        """),
        {"code": code, "day": day},
    ).all()


def select_lineage(session: Session, code: str) -> Row[Any]:
    """Return `predecessors` and `successors`: the codes of the grids it was made from and became."""
    return session.execute(
        text("""
            SELECT
              ARRAY(SELECT predecessor FROM grid_lineage WHERE successor = :code ORDER BY 1) AS predecessors,
              ARRAY(SELECT successor FROM grid_lineage WHERE predecessor = :code ORDER BY 1) AS successors
        """),
        {"code": code},
    ).one()


def count_in_community(session: Session, community_code: str) -> Sequence[Row[Any]]:
    """Return, for each grid in force of a community: code, buildings, households, population, firms."""
    return session.execute(
        text("""
            SELECT g.code, count(b.id) AS buildings,
                   coalesce(sum(b.households), 0)::bigint AS households,
                   coalesce(sum(b.population), 0)::bigint AS population,
                   coalesce(sum(b.firms), 0)::bigint AS firms
            FROM grids g LEFT JOIN (
              standing_below('buildings', ARRAY[:community]) s JOIN buildings b USING (id)
            ) ON s.grid_code = g.code
            WHERE g.community_code = :community AND g.code ^@ :community
              AND g.valid_from <= now() AND (g.valid_to IS NULL OR g.valid_to > now())
            GROUP BY g.code ORDER BY g.code
        """),
        {"community": community_code},
    ).all()


def count_things(session: Session, code: str) -> Row[Any]:
    """Return how many components stand in the grid and how many of its incidents are open."""
    return session.execute(
        text("""
            SELECT (SELECT count(*) FROM standing_in('components', ARRAY[:code])) AS components,
                   (SELECT count(*) FROM incidents WHERE grid_code = :code
                    AND state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged')) AS open_incidents
        """),
        {"code": code},
    ).one()


def count_kinds(session: Session, prefixes: Sequence[str]) -> Sequence[Row[Any]]:
    """Return kind, sub_status (both may be null) and grids: how many are in force below some prefixes."""
    return session.execute(
        text("""
            SELECT kind, sub_status, count(*) AS grids FROM grids
            WHERE code ^@ ANY(:prefixes) AND valid_from <= now() AND (valid_to IS NULL OR valid_to > now())
            GROUP BY kind, sub_status
        """),
        {"prefixes": list(prefixes)},
    ).all()


def exists(session: Session) -> bool:
    """Tell whether there is any grid, of any plan."""
    return bool(session.scalar(text("SELECT EXISTS (SELECT FROM grids)")))
