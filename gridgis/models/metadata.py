"""The one list of tables, for migrations."""

from gridgis.models import (  # noqa: F401
    accounts,
    buildings,
    city,
    classes,
    components,
    departments,
    divisions,
    drafts,
    grids,
    imports,
    incident_days,
    incidents,
    inspections,
    measures,
    plans,
    roads,
    serials,
    tiles,
    workers,
)
from gridgis.models.base import Base

metadata = Base.metadata
