"""What each grid carries: the city's own rules for it, the stored figures, and what has changed since."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import REAL, Text

from gridgis.models.base import Base


def _grid_key() -> Mapped[str]:
    return mapped_column(ForeignKey("grids.code", ondelete="CASCADE"), primary_key=True)


class Cycle(Base):
    """How often things are to be looked at; of a component's class the longest prefix decides."""

    __tablename__ = "cycles"
    __table_args__ = (
        CheckConstraint("layer IN ('buildings', 'components')", name="layer"),
        CheckConstraint("class_prefix ~ '^[0-9]{0,5}$'", name="class_prefix"),
        CheckConstraint("days > 0", name="days"),
    )

    layer: Mapped[str] = mapped_column(primary_key=True)
    class_prefix: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]


class WorkloadParameter(Base):
    """A figure of `gridgis.measures.workload.Parameters` that this city has set for itself."""

    __tablename__ = "workload_parameters"
    __table_args__ = (CheckConstraint("value >= 0 AND value < 'infinity'", name="value"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float]


class HandlingTime(Base):
    """How long workers were at incidents of a class that they handled themselves, in the last 52 weeks.

    Learned once a day; `incidents` are all of the class, `timed` those that the median is of.
    """

    __tablename__ = "handling_times"

    kind: Mapped[str] = mapped_column(primary_key=True)
    class_prefix: Mapped[str] = mapped_column(primary_key=True)
    incidents: Mapped[int]
    timed: Mapped[int]
    median_min: Mapped[float | None]


class Absence(Base):
    """Days on which a worker is on leave; why is nobody's business here."""

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("valid_to > valid_from", name="validity"),
        ExcludeConstraint(
            ("worker_code", "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_absences_worker",
            using="gist",
        ),
        # who is on leave on a day
        Index("ix_absences_worker_code", "worker_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    worker_code: Mapped[str] = mapped_column(ForeignKey("workers.code", ondelete="CASCADE"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class TrackDay(Base):
    """A worker's day: what the cleaning of its track left out, and the box it lies in (metric CRS)."""

    __tablename__ = "track_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    worker_code: Mapped[str] = mapped_column(ForeignKey("workers.code", ondelete="CASCADE"), primary_key=True)
    report: Mapped[dict[str, Any]] = mapped_column(JSONB)
    west_m: Mapped[float]
    south_m: Mapped[float]
    east_m: Mapped[float]
    north_m: Mapped[float]


class PatrolDay(Base):
    """What one day's patrols did in a grid; it outlives the tracks.

    `reached` has a bit for each of the grid's marks, then for each of its components by id.
    """

    __tablename__ = "patrol_days"

    grid_code: Mapped[str] = _grid_key()
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    seconds: Mapped[float]
    length_m: Mapped[float]
    reached: Mapped[bytes]


class GridMeasure(Base):
    """The figures of one grid in force, all of them sums or parts of sums, so that areas add up."""

    __tablename__ = "grid_measures"
    # figures of a division by code prefix
    __table_args__ = (
        Index("ix_grid_measures_grid_code", "grid_code", postgresql_ops={"grid_code": "text_pattern_ops"}),
    )

    grid_code: Mapped[str] = _grid_key()
    # standing
    area_m2: Mapped[float]
    households: Mapped[int]
    firms: Mapped[int]
    buildings: Mapped[int]
    components: Mapped[int]
    # collection, on the day of measuring; timeliness and accuracy over the period
    cycled: Mapped[int]  # buildings and components that have a cycle
    current: Mapped[int]  # of these: looked at within it
    never: Mapped[int]
    oldest_at: Mapped[datetime | None]
    latest_at: Mapped[datetime | None]
    buildings_a_week: Mapped[float]
    components_a_week: Mapped[float]
    fields_wanted: Mapped[int]
    fields_filled: Mapped[int]
    inspections: Mapped[int]
    inspections_due: Mapped[int]  # of the inspections: second and later ones of their object
    inspections_in_time: Mapped[int]
    rechecks: Mapped[int]
    rechecks_agreeing: Mapped[int]
    # incidents
    incident_weeks: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    # patrol, over the period
    roads_m: Mapped[float]
    bare_m2: Mapped[float]
    marks: Mapped[list[float]] = mapped_column(ARRAY(REAL))
    mark_components: Mapped[int]
    reached_roads_m: Mapped[float]
    reached_bare_m2: Mapped[float]
    reached_components: Mapped[int]
    patrol_s: Mapped[float]
    patrol_m: Mapped[float]
    # where it lies
    x_m: Mapped[float]
    y_m: Mapped[float]
    neighbours: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # workload
    incidents_a_week: Mapped[float]
    timed_a_week: Mapped[float] = mapped_column(server_default="0")  # of these: of classes with a median
    timed_min_a_week: Mapped[float] = mapped_column(server_default="0")
    tour_m: Mapped[float]
    patrol_min: Mapped[float]
    inspections_min: Mapped[float]
    incidents_min: Mapped[float]
    travel_min: Mapped[float]
    visits_min: Mapped[float]


class CommunityMeasure(Base):
    """The sums of `GridMeasure` over the grids of a community.

    A trigger keeps it (functions/community_measures.sql).
    """

    __tablename__ = "community_measures"

    community_code: Mapped[str] = mapped_column(primary_key=True)
    grids: Mapped[int]
    area_m2: Mapped[float]
    roads_m: Mapped[float]
    reached_roads_m: Mapped[float]
    bare_m2: Mapped[float]
    reached_bare_m2: Mapped[float]
    mark_components: Mapped[int]
    reached_components: Mapped[int]
    patrol_s: Mapped[float]
    patrol_m: Mapped[float]
    patrolled: Mapped[int]  # grids
    buildings: Mapped[int]
    components: Mapped[int]
    cycled: Mapped[int]
    current: Mapped[int]
    never: Mapped[int]
    oldest_at: Mapped[datetime | None]
    inspections: Mapped[int]
    inspections_due: Mapped[int]
    inspections_in_time: Mapped[int]
    fields_wanted: Mapped[int]
    fields_filled: Mapped[int]
    rechecks: Mapped[int]
    rechecks_agreeing: Mapped[int]
    patrol_min: Mapped[float]
    inspections_min: Mapped[float]
    incidents_min: Mapped[float]
    travel_min: Mapped[float]
    visits_min: Mapped[float]
    incidents_last_week: Mapped[int]
    incidents: Mapped[int]  # of four weeks


class CommunityLoad(Base):
    """Minutes a week of a worker in the grids of one community, by the primary beats of the figures' day."""

    __tablename__ = "community_loads"
    # what else the workers of a district carry
    __table_args__ = (Index("ix_community_loads_worker_code", "worker_code"),)

    community_code: Mapped[str] = mapped_column(primary_key=True)
    worker_code: Mapped[str] = mapped_column(primary_key=True)
    minutes: Mapped[float]
    elsewhere: Mapped[bool]  # whether the worker has grids in other communities too


class CommunityLand(Base):
    """How the grids of a community tile it, with every place where they do not."""

    __tablename__ = "community_land"

    community_code: Mapped[str] = mapped_column(
        ForeignKey("divisions.code", ondelete="CASCADE"), primary_key=True
    )
    area_m2: Mapped[float | None]  # of the outline, where there is one
    gap_m2: Mapped[float]
    overlap_m2: Mapped[float]
    outside_m2: Mapped[float]
    slivers: Mapped[int]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class MeasureChange(Base):
    """Something whose figures are to be made again; without a code, everything of the kind.

    Triggers write it (functions/measure_changes.sql) and `gridgis.services.measuring` takes it away.
    """

    __tablename__ = "measure_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    code: Mapped[str | None]
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]


class MeasureState(Base):
    """The one row that says which day the figures are of, and when they were made."""

    __tablename__ = "measure_state"
    __table_args__ = (CheckConstraint("single", name="one_row"),)

    single: Mapped[bool] = mapped_column(primary_key=True, server_default="true")
    day: Mapped[date] = mapped_column(Date)
    within_m: Mapped[float]
    measured_at: Mapped[datetime]
