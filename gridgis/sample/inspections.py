"""Inspections: dated looks at buildings and components, more diligent in some beats than in others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridgis.sample.layers import Layer, coded, instants
from gridgis.sample.rhythm import moments

RESULTS = ("unchanged", "corrected", "gone", "no_access")
_RESULT_SHARE = (0.9, 0.065, 0.005, 0.03)
_DAYS = 400
#: Share of inspections that another worker repeats within a month, to see how far they can be trusted.
_REPEATED = 0.04


def inspect(
    buildings: tuple[np.ndarray, pa.Array],
    components: tuple[np.ndarray, pa.Array],
    workers: tuple[np.ndarray, list[str]],
    count: int,
    until_s: int,
    rng: np.random.Generator,
) -> Layer:
    """Return ``count`` inspections of the 400 days before an instant, in order of time.

    Parameters
    ----------
    buildings, components
        The face each stands in, and its key: a building's ``source_id``, a component's code.
    workers
        The worker of each face, and their codes.
    """
    face = np.concatenate([buildings[0], components[0]])
    of_face, codes = workers
    count = count if len(face) else 0
    diligence = rng.gamma(4.0, 0.25, len(codes)) + 0.05
    weight = diligence[of_face[face]]
    thing = rng.choice(len(face), count, p=weight / weight.sum()) if count else np.empty(0, np.int64)
    at = moments("collection", count, _DAYS, until_s, rng)
    who = of_face[face[thing]]
    again = np.flatnonzero(rng.random(count) < _REPEATED)
    again = again[again > 0]  # the first has none before it
    thing[again] = thing[again - 1]
    at[again] = np.minimum(at[again - 1] + rng.integers(1, 30, len(again)) * 86_400, until_s)
    who[again] = (who[again - 1] + 1) % len(codes)
    order = np.lexsort((thing, at))
    thing, at, who = thing[order], at[order], who[order]
    is_building = thing < len(buildings[0])
    none = pa.nulls(count, pa.string())
    first = np.where(is_building, thing, 0)
    second = np.where(is_building, 0, thing - len(buildings[0]))
    building = buildings[1].take(pa.array(first)) if len(buildings[1]) else none
    component = components[1].take(pa.array(second)) if len(components[1]) else none
    columns = {
        "building_source_id": pc.if_else(pa.array(is_building), building, None),
        "component_code": pc.if_else(pa.array(is_building), None, component),
        "worker_code": coded(codes, who),
        "inspected_at": instants(at),
        "result": coded(list(RESULTS), rng.choice(len(RESULTS), count, p=_RESULT_SHARE)),
    }
    return Layer("inspections", pa.table(columns))
