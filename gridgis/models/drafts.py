"""Drafts: what a plan that is being drawn changes in the grids in force, and every edit that led there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from gridgis.models.base import Base, geometry


def _plan(*, key: bool = True) -> Mapped[int]:
    return mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), primary_key=key)


class Draft(Base):
    """Where a draft's log stands; its row is locked by whoever edits, so that edits come one after another.

    These counters are no columns of `plans`: an edit does not change which plans there are, and would
    otherwise empty every cache that depends on that.
    """

    __tablename__ = "drafts"
    __table_args__ = (CheckConstraint("edit_seq >= 0 AND edit_seq <= last_seq", name="edit_seq"),)

    plan_id: Mapped[int] = _plan()
    edit_seq: Mapped[int] = mapped_column(server_default="0")  # newest edit done; 0 when there is none
    last_seq: Mapped[int] = mapped_column(server_default="0")  # highest number ever given: none is used twice
    last_key: Mapped[int] = mapped_column(server_default="0")  # likewise of the keys n1, n2, …
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DraftGrid(Base):
    """One grid as the draft wants it, laid over the grids in force; without a row they stay as they are.

    `key` is the code of a grid in force, or n1, n2, … of a grid that the draft makes. Without `geom` the
    grid in force is gone.
    """

    __tablename__ = "draft_grids"
    __table_args__ = (
        CheckConstraint("key ~ '^([0-9]{14,16}|n[1-9][0-9]*)$'", name="key"),
        CheckConstraint("key !~ '^[0-9]' OR left(key, 12) = community_code", name="community"),
        CheckConstraint("(geom IS NULL) = (area_m2 IS NULL)", name="gone"),
        CheckConstraint("geom IS NOT NULL OR key !~ '^n'", name="new"),
        CheckConstraint("area_m2 > 0", name="area"),
        # grids of an extent: the surroundings of an edit, the page's map
        Index("ix_draft_grids_geom", "geom", postgresql_using="gist"),
        # grids of a community or a larger division
        Index("ix_draft_grids_community", "plan_id", "community_code"),
    )

    plan_id: Mapped[int] = _plan()
    key: Mapped[str] = mapped_column(primary_key=True)
    community_code: Mapped[str] = mapped_column(ForeignKey("divisions.code"))
    geom: Mapped[Any] = geometry("POLYGON", nullable=True)
    area_m2: Mapped[float | None]
    assigned: Mapped[bool] = mapped_column(server_default="false")  # the draft, not the roster, says whose
    worker_code: Mapped[str | None] = mapped_column(ForeignKey("workers.code"))
    kind: Mapped[str | None]  # type of the grid; null: it and the sub-status are as in force
    sub_status: Mapped[str | None]
    number: Mapped[int | None]  # place in its community's numbering, for grids that get a code at publishing
    locked: Mapped[bool] = mapped_column(server_default="false")
    version: Mapped[int]  # the edit that wrote this; 0: how the draft began
    # what lies in it, counted when its ground was drawn; null: the ground is as in force
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class DraftEdit(Base):
    """One edit of a draft, with the rows of `draft_grids` before and after it, shapes as hexadecimal EWKB.

    Undoing puts the rows before it back, byte for byte; redoing those after it.
    """

    __tablename__ = "draft_edits"

    plan_id: Mapped[int] = _plan()
    seq: Mapped[int] = mapped_column(primary_key=True)
    operation: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB)
    communities: Mapped[list[str]] = mapped_column(ARRAY(Text))  # of the grids it touched
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    undone: Mapped[bool] = mapped_column(server_default="false")
    before: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    after: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class PlanJob(Base):
    """An automatic design under way or ended, so that another process can ask it to stop."""

    __tablename__ = "plan_jobs"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'stopping', 'done', 'failed')", name="state"),
        # jobs of a draft; also what deleting the draft looks for
        Index("ix_plan_jobs_plan_id", "plan_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = _plan(key=False)
    kind: Mapped[str]
    community_code: Mapped[str] = mapped_column(ForeignKey("divisions.code"))
    state: Mapped[str] = mapped_column(server_default="running")
    done: Mapped[float] = mapped_column(server_default="0")  # share of the search
    deviation: Mapped[float | None]  # of the best so far
    actor: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    message: Mapped[str | None]
