"""A community's grids made new in the order of their numbers, so that publishing gives them codes in it."""

from __future__ import annotations

import numpy as np

from gridgis.geometry.crs import geometries_to_metric
from gridgis.planning.editing.fabric import Change, Fabric
from gridgis.planning.editing.refusals import Refused
from gridgis.planning.editing.surgery import Surgery
from gridgis.planning.numbering import sequence_numbers


def renumber(fabric: Fabric, community: str) -> Change:
    """Make all grids of a community new, in order of `numbering.sequence_numbers`; their ground stays.

    Numbers that were given stay given, so each grid takes one more of the community's when the draft is
    published, and its former code leads to the new one.

    Raises
    ------
    Refused
        ``unknown_grid`` for a community without grids, ``locked``, ``code_overflow``.
    """
    keys = fabric.of(community)
    if not keys:
        raise Refused("unknown_grid", f"community {community} has no grids in this draft")
    surgery = Surgery(fabric)
    polygons = [fabric.held(key).polygon for key in keys]
    numbers = sequence_numbers(geometries_to_metric(polygons, fabric.srid))
    for row in np.argsort(numbers).tolist():
        surgery.replace([keys[row]], [polygons[row]])
    return surgery.change()
