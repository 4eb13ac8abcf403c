"""Divisions: the tree province > city > district > street > community."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gridgis.models.base import Base, Imported, geometry, tile_geometry


class Division(Imported, Base):
    """One division; its outline is optional, since code lists come without."""

    __tablename__ = "divisions"
    __table_args__ = (
        CheckConstraint("level IN ('province', 'city', 'district', 'street', 'community')", name="level"),
        CheckConstraint(
            "CASE level WHEN 'province' THEN code ~ '^[0-9]{2}0000$'"
            " WHEN 'city' THEN code ~ '^[0-9]{4}00$' WHEN 'district' THEN code ~ '^[0-9]{6}$'"
            " WHEN 'street' THEN code ~ '^[0-9]{9}$' ELSE code ~ '^[0-9]{12}$' END",
            name="code",
        ),
        # a child's code begins with its parent's significant digits
        CheckConstraint(
            "CASE level WHEN 'province' THEN parent_code IS NULL"
            " WHEN 'city' THEN parent_code = left(code, 2) || '0000'"
            " WHEN 'district' THEN parent_code = left(code, 4) || '00'"
            " WHEN 'street' THEN parent_code = left(code, 6) ELSE parent_code = left(code, 9) END",
            name="parent",
        ),
        CheckConstraint("geom IS NULL OR (ST_IsValid(geom) AND NOT ST_IsEmpty(geom))", name="valid"),
        # children of a division: roll-ups, drill-down, exports by division
        Index("ix_divisions_parent_code", "parent_code"),
        # divisions tiles
        Index("ix_divisions_geom_3857", "geom_3857", postgresql_using="gist"),
        # rows of a load, to undo it
        Index("ix_divisions_import_id", "import_id"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    level: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("divisions.code"))
    area_m2: Mapped[float | None]
    edition: Mapped[
        str | None
    ]  # which yearly list the code is from; codes of two editions must not be joined
    geom: Mapped[Any] = geometry("MULTIPOLYGON", nullable=True)
    geom_3857: Mapped[Any] = tile_geometry("MULTIPOLYGON")
