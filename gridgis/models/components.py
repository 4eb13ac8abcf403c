"""Components: coded street furniture and facilities, with the 18 attributes of STANDARDS section 6."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Computed, Date, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base, Imported, Located, geometry, location_checks, tile_geometry


class Component(Located, Imported, Base):
    """One component; street and community are the first 9 and 12 digits of its grid's code.

    As of buildings, no index on what a change of grid writes.
    """

    __tablename__ = "components"
    __table_args__ = (
        *location_checks(),
        ForeignKeyConstraint(
            ["profile", "kind", "class_code"], ["classes.profile", "classes.kind", "classes.code"]
        ),
        CheckConstraint("component_code ~ '^[0-9]{16,17}$'", name="code"),
        CheckConstraint("substr(component_code, 7, length(class_code)) = class_code", name="class"),
        CheckConstraint("state IN ('intact', 'damaged', 'missing', 'abandoned', 'removed')", name="state"),
        CheckConstraint(
            "data_source IN ('surveyed', 'topographic_map', 'base_geodata', 'other')", name="data_source"
        ),
        CheckConstraint("accuracy_class IN ('A', 'B', 'C')", name="accuracy_class"),
        CheckConstraint("change_date >= initial_date", name="change_date"),
        CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="valid"),
        # components tiles, exports by bbox
        Index("ix_components_geom_3857", "geom_3857", postgresql_using="gist"),
        # rows of a load, to undo it; they lie together
        Index("ix_components_import_id", "import_id", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    component_code: Mapped[str] = mapped_column(unique=True)
    profile: Mapped[str]
    kind: Mapped[str] = mapped_column(Computed("'component'", persisted=True))
    class_code: Mapped[str]
    name: Mapped[str]
    competent_dept_code: Mapped[str | None]
    competent_dept_name: Mapped[str | None]
    owner_code: Mapped[str | None]
    owner_name: Mapped[str | None]
    maintainer_code: Mapped[str | None]
    maintainer_name: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="intact")
    initial_date: Mapped[date | None] = mapped_column(Date)
    change_date: Mapped[date | None] = mapped_column(Date)
    data_source: Mapped[str | None]
    remark: Mapped[str | None]
    accuracy_class: Mapped[str | None]
    source_id: Mapped[str | None]
    geom: Mapped[Any] = geometry("GEOMETRY")
    geom_3857: Mapped[Any] = tile_geometry("GEOMETRY")
