"""What stands in each grid and how it is kept up: looked at within its cycle, in time, completely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: A look by another worker this soon after the one before is a sample of how right that one was.
_RECHECK_DAYS = 30
_DAY_US = 86_400_000_000
#: The instant of what never happened.
NEVER = np.iinfo(np.int64).max
#: Earlier than any look, and not so early that adding a cycle overflows.
_BEFORE_ALL = np.iinfo(np.int64).min // 2
#: What is counted of each grid; every one is a sum, so that areas add up.
FIGURES = (
    "households", "firms", "buildings", "components", "cycled", "current", "never", "buildings_a_week",
    "components_a_week", "fields_wanted", "fields_filled", "inspections", "inspections_due",
    "inspections_in_time", "rechecks", "rechecks_agreeing",
)  # fmt: skip
_REAL = {"buildings_a_week", "components_a_week"}


@dataclass(frozen=True, slots=True)
class _Looks:
    """Looks that reached their thing, by thing and time, each with the one before it of the same thing."""

    thing: NDArray[np.int64]
    at_us: NDArray[np.int64]
    follows: NDArray[np.bool_]
    since_before_us: NDArray[np.int64]
    by_another: NDArray[np.bool_]
    unchanged: NDArray[np.bool_]


def collected(
    things: pa.Table, looks: pa.Table, grids: NDArray[Any], since_us: int, until_us: int
) -> dict[str, NDArray[Any]]:
    """Return `FIGURES`, and of the last looks at things the `oldest_us` and `latest_us`, one of each a grid.

    Instants are `NEVER` where nothing was looked at.

    A thing is looked at when an inspection reached it; "no_access" did not. Timeliness and accuracy are of
    inspections in [since_us, until_us), everything else is as at `until_us`. A recheck is an inspection by
    another worker within 30 days of the one before; it agrees when it found nothing changed.

    Parameters
    ----------
    things
        A building or component a row: is_building, id, grid_code, days (of its cycle, null where it has
        none), households, firms, fields_filled, fields_wanted.
    looks
        An inspection a row: is_building and thing_id name its thing, then id, at_us, worker_code,
        result. Instants are whole microseconds since 1970.
    grids
        Codes, ascending; things of other grids are passed over.
    """
    grid = _places(grids, things["grid_code"].to_numpy())
    things, grid = things.filter(pa.array(grid >= 0)), grid[grid >= 0]
    is_building = things["is_building"].to_numpy()
    days = things["days"].cast(pa.float64()).to_numpy()
    cycled = ~np.isnan(days)
    found = _ordered(looks, _keys(is_building, things["id"].to_numpy()), until_us)

    seen = np.zeros(len(things), dtype=bool)
    seen[found.thing] = True
    last_us = np.full(len(things), _BEFORE_ALL)
    np.maximum.at(last_us, found.thing, found.at_us)
    oldest_us = np.full(len(grids), NEVER)
    np.minimum.at(oldest_us, grid[seen], last_us[seen])
    latest_us = np.full(len(grids), _BEFORE_ALL)
    np.maximum.at(latest_us, grid[seen], last_us[seen])

    def counted(of: Any, weight: Any = None) -> NDArray[Any]:
        return np.bincount(grid[of], None if weight is None else weight[of], len(grids))

    weekly = 7.0 / np.where(cycled, days, 1.0)
    cycle_us = np.where(cycled, days, 0.0).astype(np.int64) * _DAY_US
    amounts = {name: things[name].to_numpy().astype(np.float64) for name in (
        "households", "firms", "fields_wanted", "fields_filled")}  # fmt: skip
    made = {name: counted(slice(None), values) for name, values in amounts.items()} | {
        "buildings": counted(is_building),
        "components": counted(~is_building),
        "cycled": counted(cycled),
        "never": counted(cycled & ~seen),
        "current": counted(cycled & (last_us + cycle_us >= until_us)),
        "buildings_a_week": counted(cycled & is_building, weekly),
        "components_a_week": counted(cycled & ~is_building, weekly),
    }
    made |= _kept_up(found, grid, cycle_us, since_us, len(grids))
    whole = {name: made[name] if name in _REAL else np.rint(made[name]).astype(np.int64) for name in FIGURES}
    return whole | {"oldest_us": oldest_us, "latest_us": np.where(oldest_us == NEVER, NEVER, latest_us)}


def _kept_up(
    found: _Looks, grid: NDArray[Any], cycle_us: NDArray[np.int64], since_us: int, grids: int
) -> dict[str, Any]:
    """Return the figures about inspections in the period."""
    recent = found.at_us >= since_us
    cycle_us = cycle_us[found.thing]
    due = recent & (cycle_us > 0) & found.follows
    rechecks = recent & found.by_another & (found.since_before_us <= _RECHECK_DAYS * _DAY_US)
    counts = {
        "inspections": recent,
        "inspections_due": due,
        "inspections_in_time": due & (found.since_before_us <= cycle_us),
        "rechecks": rechecks,
        "rechecks_agreeing": rechecks & found.unchanged,
    }
    place = grid[found.thing]
    return {name: np.bincount(place[of], minlength=grids) for name, of in counts.items()}


def _ordered(looks: pa.Table, keys: NDArray[np.int64], until_us: int) -> _Looks:
    """Return the looks that count, in order; those at other things are passed over."""
    reached = pc.and_(pc.not_equal(looks["result"], "no_access"), pc.less(looks["at_us"], until_us))
    looks = looks.filter(reached)
    by_key = np.argsort(keys, kind="stable")
    thing = _places(keys[by_key], _keys(looks["is_building"].to_numpy(), looks["thing_id"].to_numpy()))
    looks, thing = looks.filter(pa.array(thing >= 0)), thing[thing >= 0]
    thing = by_key[thing] if len(keys) else thing
    at_us = looks["at_us"].to_numpy()
    order = np.lexsort((looks["id"].to_numpy(), at_us, thing))
    thing, at_us = thing[order], at_us[order]
    worker = pa.chunked_array(looks["worker_code"].chunks, pa.string()).combine_chunks().dictionary_encode()
    who = pc.fill_null(worker.indices, -1).to_numpy(zero_copy_only=False)[order]
    unchanged = pc.equal(looks["result"], "unchanged").to_numpy()[order]
    before = np.maximum(np.arange(len(thing)) - 1, 0)
    follows = np.r_[False, thing[1:] == thing[:-1]][: len(thing)]
    by_another = follows & (who >= 0) & (who[before] >= 0) & (who != who[before])
    return _Looks(thing, at_us, follows, at_us - at_us[before], by_another, unchanged)


def _keys(is_building: NDArray[Any], ids: NDArray[Any]) -> NDArray[np.int64]:
    """Return one whole number a thing: buildings and components have ids of their own."""
    return np.asarray(ids, dtype=np.int64) * 2 + np.asarray(is_building, dtype=bool)


def _places(ordered: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.int64]:
    """Return where values lie in an ascending array, -1 where they do not."""
    if not len(ordered):
        return np.full(len(wanted), -1)
    if ordered.dtype == object:
        ordered, wanted = ordered.astype(str), wanted.astype(str)
    at = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return np.where(ordered[at] == wanted, at, -1)
