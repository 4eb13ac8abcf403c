"""Several grids made into one."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import shapely

from gridgis.planning.editing.fabric import Change, Fabric
from gridgis.planning.editing.refusals import Refused, listed
from gridgis.planning.editing.surgery import Surgery


def merge(fabric: Fabric, keys: Collection[str]) -> Change:
    """Make grids of one community into one.

    Raises
    ------
    Refused
        ``communities`` and ``not_adjacent``, naming the grids, and what the proof refuses.
    """
    surgery = Surgery(fabric)
    joined(surgery, keys)
    return surgery.change()


def joined(surgery: Surgery, keys: Iterable[str]) -> str:
    """Join grids and return the key of the one they become."""
    together = sorted(set(keys))
    if len(together) < 2:
        raise Refused("no_change", "two grids at least are needed to merge", keys=together)
    one_community(surgery, together)
    shapes = {key: surgery.held(key).polygon for key in together}
    whole = shapely.get_parts(shapely.coverage_union_all([*shapes.values()]))
    if len(whole) > 1:
        largest = whole[shapely.area(whole).argmax()]
        loose = [key for key, shape in shapes.items() if not largest.covers(shape.point_on_surface())]
        raise Refused(
            "not_adjacent",
            f"no common border joins {listed(loose)} to {listed(set(together) - set(loose))}",
            place=shapely.multipolygons([shapes[key] for key in loose]),
            keys=loose,
        )
    return surgery.replace(together, whole)[0]


def one_community(surgery: Surgery, keys: Collection[str]) -> str:
    """Return the community that grids share; refused where they are of several."""
    of = {key: surgery.held(key).community for key in keys}
    if len(set(of.values())) > 1:
        raise Refused(
            "communities",
            f"{listed(f'{key} belongs to {of[key]}' for key in of)}; a grid lies in one community",
            place=shapely.multipolygons([surgery.held(key).polygon for key in keys]),
            keys=keys,
        )
    return next(iter(of.values()))
