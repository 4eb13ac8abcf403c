"""How the grids of each community tile it, with every place where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely

from gridgis.geometry.coverage import CoverageCheck, check_coverage
from gridgis.geometry.measurement import area_m2
from gridgis.measures.ground import Ground


def tiled(
    ground: Ground, outlines: Mapping[str, Any], communities: Iterable[str] | None
) -> list[dict[str, Any]]:
    """Return a row of areas and findings for each community that has grids here, by code.

    Parameters
    ----------
    ground
        Every grid of the communities asked for, with those around them.
    outlines
        Community -> polygon in EPSG:4326, where it is known.
    communities
        Which to return; all when ``None``.
    """
    if not len(ground.codes):
        return []
    parents = np.array([code[:12] for code in ground.codes], dtype=object)
    wanted = set(parents) if communities is None else set(communities) & set(parents)
    known = {code: outlines[code] for code in wanted if code in outlines}
    found = check_coverage(ground.codes, ground.shapes, parents, known, srid=ground.srid)
    return [_row(code, known, found, ground.srid) for code in sorted(wanted)]


def _row(code: str, outlines: Mapping[str, Any], found: CoverageCheck, srid: int) -> dict[str, Any]:
    here = [finding for finding in found.findings if finding.parent == code]
    total = {kind: sum(f.area_m2 for f in here if f.kind == kind) for kind in ("gap", "overlap", "outside")}
    return {
        "community_code": code,
        "area_m2": float(area_m2([outlines[code]], srid)[0]) if code in outlines else None,
        **{f"{kind}_m2": float(value) for kind, value in total.items()},
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
