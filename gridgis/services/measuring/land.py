"""How the grids of each community tile it, kept with every place where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridgis.geometry.coverage import CoverageCheck, check_coverage
from gridgis.geometry.measurement import area_m2
from gridgis.services.measuring.ground import Ground
from gridgis.sql import loading as loading_sql
from gridgis.sql import measure_writing as writing
from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def make(
    session: Session, at: datetime, srid: int, ground: Ground | None, communities: Sequence[str] | None
) -> None:
    """Check the land of some communities again, or of all (``None``)."""
    if communities is not None:
        ground = Ground.read(session, srid, at, sql.select_community_grids(session, communities, at))
    if ground is None or not len(ground.codes):
        writing.replace_land(session, communities, [])
        return
    outlines = {
        row.code: shapely.from_wkb(bytes(row.wkb))
        for row in loading_sql.select_outlines(session, "community")
        if communities is None or row.code in communities
    }
    parents = np.array([code[:12] for code in ground.codes], dtype=object)
    wanted = sorted(set(parents)) if communities is None else sorted(set(communities) & set(parents))
    found = check_coverage(ground.codes, ground.shapes, parents, outlines, srid=srid)
    writing.replace_land(session, communities, [_row(code, outlines, found, srid) for code in wanted])


def _row(code: str, outlines: dict[str, Any], found: CoverageCheck, srid: int) -> dict[str, Any]:
    here = [finding for finding in found.findings if finding.parent == code]
    total = {kind: sum(f.area_m2 for f in here if f.kind == kind) for kind in ("gap", "overlap", "outside")}
    return {
        "community_code": code,
        "area_m2": float(area_m2([outlines[code]], srid)[0]) if code in outlines else None,
        **{f"{kind}_m2": value for kind, value in total.items()},
        "slivers": sum(f.kind == "sliver" for f in here),
        "findings": [
            {
                "kind": f.kind,
                "grids": list(f.codes),
                "area_m2": f.area_m2,
                "place": shapely.to_geojson(f.place),
            }
            for f in here
        ],
    }
