"""Long jobs on drafts: what runs, how far it is, and whether somebody asked it to stop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session


def insert_job(session: Session, job: UUID, plan_id: int, kind: str, community_code: str, actor: str) -> None:
    """Enter a job that begins now."""
    session.execute(
        text("""
            INSERT INTO plan_jobs (id, plan_id, kind, community_code, actor)
            VALUES (:id, :plan, :kind, :community, :actor)
        """),
        {"id": job, "plan": plan_id, "kind": kind, "community": community_code, "actor": actor},
    )


def select_running(
    session: Session, plan_id: int, community_code: str, longest: timedelta
) -> Row[Any] | None:
    """Return actor and started_at of a job at work on a community, begun less than `longest` ago."""
    return session.execute(
        text("""
            SELECT actor, started_at FROM plan_jobs
            WHERE plan_id = :plan AND community_code = :community AND state IN ('running', 'stopping')
              AND started_at > now() - CAST(:longest AS interval)
            ORDER BY started_at DESC LIMIT 1
        """),
        {"plan": plan_id, "community": community_code, "longest": longest},
    ).one_or_none()


def update_progress(session: Session, job: UUID, done: float, deviation: float) -> bool:
    """Write down how far a job is; return whether it shall go on."""
    state = session.scalar(
        text("""
            UPDATE plan_jobs SET done = :done, deviation = :deviation WHERE id = :id RETURNING state
        """),
        {"id": job, "done": done, "deviation": deviation},
    )
    return state == "running"


def ask_to_stop(session: Session, plan_id: int, job: UUID) -> bool:
    """Ask a job to stop; return whether there is such a job."""
    session.execute(
        text("""
            UPDATE plan_jobs SET state = 'stopping' WHERE id = :id AND plan_id = :plan AND state = 'running'
        """),
        {"id": job, "plan": plan_id},
    )
    return bool(
        session.scalar(
            text("SELECT EXISTS (SELECT FROM plan_jobs WHERE id = :id AND plan_id = :plan)"),
            {"id": job, "plan": plan_id},
        )
    )


def end_job(session: Session, job: UUID, state: str, message: str | None) -> None:
    """Write down how a job ended: ``done`` or ``failed``, and why."""
    session.execute(
        text("""
            UPDATE plan_jobs SET state = :state, message = :message, finished_at = now() WHERE id = :id
        """),
        {"id": job, "state": state, "message": message},
    )
