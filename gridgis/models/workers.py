"""Workers by opaque staff code, their beats, and the GPS tracks of their shifts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base, Imported, geometry


class Worker(Imported, Base):
    """One grid worker: an opaque code and a duty, never a name."""

    __tablename__ = "workers"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9A-Za-z_-]{1,32}$'", name="code"),
        # whose station is nearest?
        Index("ix_workers_station", "station", postgresql_using="gist"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    division_code: Mapped[str | None] = mapped_column(ForeignKey("divisions.code"))
    department_code: Mapped[str | None] = mapped_column(ForeignKey("departments.code"))
    active: Mapped[bool] = mapped_column(server_default="true")
    station: Mapped[Any] = geometry("POINT", nullable=True)


class Beat(Imported, Base):
    """One dated line of the roster: this worker has this grid; a worker's beat is all of them together."""

    __tablename__ = "beats"
    __table_args__ = (
        CheckConstraint("role IN ('primary', 'deputy')", name="role"),
        CheckConstraint("valid_to > valid_from", name="validity"),
        # one grid, one primary worker at a time; compared as a number, which takes a third of the time
        ExcludeConstraint(
            (text("CAST(grid_code AS bigint)"), "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_beats_primary",
            where=text("role = 'primary'"),
            using="gist",
        ),
        CheckConstraint("absence_id IS NULL OR role = 'deputy'", name="cover"),
        # who has or had a grid, in whatever role
        Index("ix_beats_grid_code", "grid_code"),
        # grids of a worker
        Index("ix_beats_worker_code", "worker_code"),
        # rows of a load, to undo it
        Index("ix_beats_import_id", "import_id"),
        # the cover of a leave
        Index("ix_beats_absence_id", "absence_id", postgresql_where=text("absence_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    worker_code: Mapped[str] = mapped_column(ForeignKey("workers.code"))
    grid_code: Mapped[str] = mapped_column(ForeignKey("grids.code"))
    role: Mapped[str] = mapped_column(server_default="primary")
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    absence_id: Mapped[int | None] = mapped_column(ForeignKey("absences.id", ondelete="CASCADE"))


class Track(Base):
    """One GPS fix of a shift; partitioned by week, so that retention is a dropped partition."""

    __tablename__ = "tracks"
    __table_args__ = (
        CheckConstraint("accuracy_m > 0", name="accuracy"),
        # rows of a load, to undo it
        Index("ix_tracks_import_id", "import_id", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (fixed_at)"},
    )

    worker_code: Mapped[str] = mapped_column(ForeignKey("workers.code"), primary_key=True)
    fixed_at: Mapped[datetime] = mapped_column(primary_key=True)
    accuracy_m: Mapped[float | None]
    speed_m_s: Mapped[float | None]
    geom: Mapped[Any] = geometry("POINT")
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id"))
