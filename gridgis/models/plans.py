"""Plans: versions of the whole set of grids, and what became of each grid between them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from gridgis.models.base import Base


class Plan(Base):
    """A version of the grids; one at most is in force at any instant."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published', 'retired')", name="state"),
        CheckConstraint("(state = 'draft') = (valid_from IS NULL)", name="in_force"),
        CheckConstraint("valid_to > valid_from", name="validity"),
        CheckConstraint("(submitted_by IS NULL) = (submitted_at IS NULL)", name="submitted"),
        CheckConstraint("approved_by IS NULL OR submitted_by IS NOT NULL", name="approved"),
        ExcludeConstraint(
            (text("tstzrange(valid_from, valid_to)"), "&&"),
            name="ex_plans_validity",
            where=text("state <> 'draft'"),
            using="gist",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="draft")
    based_on: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    shared: Mapped[bool] = mapped_column(server_default="true")  # other planners see the draft
    editors: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")  # and these change it
    # on the way from draft to published: while submitted it takes no edits
    effective_at: Mapped[datetime | None]  # when it shall come into force
    submitted_by: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]
    published_by: Mapped[str | None]


class GridLineage(Base):
    """Which grids a retired grid became; a code always resolves, through this, to what stands there now."""

    __tablename__ = "grid_lineage"
    __table_args__ = (
        CheckConstraint("predecessor <> successor", name="two_codes"),
        CheckConstraint("share > 0 AND share <= 1", name="share"),
        # "what was here before?" on a grid's card; the primary key answers "what did it become?"
        Index("ix_grid_lineage_successor", "successor"),
    )

    predecessor: Mapped[str] = mapped_column(ForeignKey("grids.code"), primary_key=True)
    successor: Mapped[str] = mapped_column(ForeignKey("grids.code"), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    share: Mapped[float]  # of the predecessor's area


class PlanWord(Base):
    """What a plan said of a grid that stayed, as it was before the plan; taking it back restores that.

    What it did to the ground is in `grids` and `grid_lineage`.
    """

    __tablename__ = "plan_words"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    grid_code: Mapped[str] = mapped_column(ForeignKey("grids.code"), primary_key=True)
    classified: Mapped[bool]  # the plan gave it a type: kind and sub_status are the former ones
    kind: Mapped[str | None]
    sub_status: Mapped[str | None]
    assigned: Mapped[bool]  # the plan said whose it is: the former primary worker, or nobody
    worker_code: Mapped[str | None] = mapped_column(ForeignKey("workers.code"))
