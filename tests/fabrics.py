"""Fabrics drawn as letters, and what must hold after every edit of them."""

from __future__ import annotations

import numpy as np
import shapely

from gridgis.geometry.coverage import check_coverage
from gridgis.planning.editing.fabric import Buildings, Fabric
from tests.sketch import sketch

SRID = 4547
#: South-west corner of the drawings and the side of a cell, about a hundred metres.
WEST, SOUTH, CELL = 114.05, 22.54, 0.001


def at(x, y):
    """A place of the drawing, in cells from its south-west corner."""
    return (WEST + x * CELL, SOUTH + y * CELL)


def path(*places):
    return shapely.LineString([at(*place) for place in places])


def block(x, y, size=0.2):
    """A square building about a place."""
    (west, south), (east, north) = at(x - size, y - size), at(x + size, y + size)
    return shapely.box(west, south, east, north)


def drawn(drawing, communities=None, **more):
    """A fabric of letters; a letter's community is its own entry, or C."""
    shapes = sketch(drawing, origin=(WEST, SOUTH), cell=CELL)
    of = communities or {}
    outlines = {
        name: shapely.union_all([shape for key, shape in shapes.items() if of.get(key, "C") == name])
        for name in {of.get(key, "C") for key in shapes}
    }
    more = {"outlines": outlines} | more
    return Fabric([(key, of.get(key, "C"), shape) for key, shape in shapes.items()], srid=SRID, **more)


def houses(**at_places):
    """Buildings by name."""
    return Buildings(np.array([*at_places], dtype=object), np.array([*at_places.values()], dtype=object))


def findings(fabric):
    """What the check of coverages finds in a fabric; long thin grids aside, which are allowed."""
    keys = np.array([*fabric.grids], dtype=object)
    held = [fabric.grids[key] for key in keys]
    found = check_coverage(
        keys, [h.polygon for h in held], [h.community for h in held], fabric.outlines, srid=fabric.srid
    ).findings
    return [finding for finding in found if finding.kind != "sliver"]


def stored(fabric):
    """The fabric as bytes."""
    return {key: (held.community, held.polygon.wkb) for key, held in fabric.grids.items()}
