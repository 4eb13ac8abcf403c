"""Incidents from report to closing, and the log that nothing can rewrite (invariant 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Sequence, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base, Imported, Located, geometry, location_checks, tile_geometry

STATES = (
    "reported", "verifying", "accepted", "filed", "dispatched", "suspended", "handled", "checking", "checked",
    "self_handled", "problem_bank", "closed", "rejected", "declined", "void", "merged",
)  # fmt: skip
FINAL_STATES = ("closed", "rejected", "declined", "void", "merged")
SOURCES = ("collection", "patrol", "dispatch", "service", "public")

incident_id = Sequence("incident_id_seq", metadata=Base.metadata)
incident_log_id = Sequence("incident_log_id_seq", metadata=Base.metadata)


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


class IncidentKey(Base):
    """What is unique over all time; a partitioned table can only promise it within a month."""

    __tablename__ = "incident_keys"
    __table_args__ = (CheckConstraint("number ~ '^[CE]([0-9]{4}|[0-9]{5})[0-9]{12}$'", name="number"),)

    id: Mapped[int] = mapped_column(incident_id, server_default=incident_id.next_value(), primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    client_uuid: Mapped[UUID | None] = mapped_column(unique=True)  # one report sent twice is one incident
    reported_at: Mapped[datetime]


class Incident(Located, Imported, Base):
    """One incident; partitioned by month of `reported_at`."""

    __tablename__ = "incidents"
    __table_args__ = (
        *location_checks(),
        ForeignKeyConstraint(["grid_code"], ["grids.code"]),
        ForeignKeyConstraint(
            ["profile", "kind", "class_code"], ["classes.profile", "classes.kind", "classes.code"]
        ),
        CheckConstraint(f"source IN ({_listed(SOURCES)})", name="source"),
        CheckConstraint(f"state IN ({_listed(STATES)})", name="state"),
        CheckConstraint("accuracy_m > 0", name="accuracy"),
        CheckConstraint("closed_at >= reported_at", name="closed"),
        # one incident by its id, newest first within a grid or division
        Index("ix_incidents_grid_code_reported_at", "grid_code", "reported_at"),
        # incidents tiles
        Index("ix_incidents_geom_3857", "geom_3857", postgresql_using="gist"),
        # live incidents tiles
        Index(
            "ix_incidents_open_geom_3857",
            "geom_3857",
            postgresql_using="gist",
            postgresql_where=f"state NOT IN ({_listed(FINAL_STATES)})",
        ),
        # the newest of all incidents, and those of a part of a day
        Index("ix_incidents_reported_at", "reported_at"),
        # the queue of the command centre
        Index(
            "ix_incidents_open",
            "reported_at",
            postgresql_where=f"state NOT IN ({_listed(FINAL_STATES)})",
        ),
        # rows of a load, to undo it; they lie together
        Index("ix_incidents_import_id", "import_id", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (reported_at)"},
    )

    id: Mapped[int] = mapped_column(ForeignKey("incident_keys.id"), primary_key=True)
    reported_at: Mapped[datetime] = mapped_column(primary_key=True)
    number: Mapped[str]
    profile: Mapped[str]
    kind: Mapped[str]
    class_code: Mapped[str]
    source: Mapped[str]
    description: Mapped[str | None]
    address: Mapped[str | None]
    accuracy_m: Mapped[float | None]
    reporter_code: Mapped[str | None]  # a worker's staff code; a public reporter leaves none
    department_code: Mapped[str | None] = mapped_column(ForeignKey("departments.code"))
    component_code: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="reported")
    filed_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    geom: Mapped[Any] = geometry("POINT", nullable=True)
    geom_3857: Mapped[Any] = tile_geometry("POINT")


class IncidentLog(Base):
    """One change of one incident; append-only by trigger (functions/append_only.sql)."""

    __tablename__ = "incident_log"
    __table_args__ = (
        # the history on an incident's card
        Index("ix_incident_log_incident_id_at", "incident_id", "at"),
        # rows of a load, to undo it; they lie together
        Index("ix_incident_log_import_id", "import_id", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[int] = mapped_column(
        incident_log_id, server_default=incident_log_id.next_value(), primary_key=True
    )
    at: Mapped[datetime] = mapped_column(server_default=func.now(), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident_keys.id"))
    actor: Mapped[str]
    role: Mapped[str]
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason: Mapped[str | None]
    receiver: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id"))
