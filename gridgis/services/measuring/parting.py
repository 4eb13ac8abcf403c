"""Writing the city's parts as files, for figures to be made where the database is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.errors import InvalidInput
from gridgis.formats import partitions
from gridgis.geometry.crs import to_metric
from gridgis.measures.figures import Moment
from gridgis.measures.part import Occasion, Part, Window
from gridgis.measures.patrol_days import Box, midnight
from gridgis.services.measuring.everything import read_occasion, read_windows
from gridgis.services.measuring.figures import read_material, read_patrol_days
from gridgis.services.measuring.ground import read_ground
from gridgis.services.measuring.land import read_outlines
from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: By which divisions a city may be parted.
PART_LEVELS = ("district", "street")


def write_parts(session: Session, config: Config, at: datetime, folder: Path, level: str) -> list[str]:
    """Write what every figure is made from, a part a division of `level`, and return the parts' names.

    A name is the beginning that the codes of a part's grids have in common.

    Raises
    ------
    InvalidInput
        A city is not parted by that level.
    """
    if level not in PART_LEVELS:
        raise InvalidInput(
            f"a city is parted by {' or '.join(PART_LEVELS)}, not {level}", field="partition_by"
        )
    moment = Moment.of(at, config.zone)
    folder.mkdir(parents=True, exist_ok=True)
    occasion, outlines = read_occasion(session, config, moment), read_outlines(session)
    grids: dict[str, list[str]] = {}
    for code in sql.select_grid_codes(session, moment.at):
        grids.setdefault(code[: divisions.WIDTHS[level]], []).append(code)
    boxes = []
    for name, codes in grids.items():
        ground = read_ground(session, config.metric_srid, moment.at, codes)
        own = np.array(codes, dtype=object)
        boxes.append(shapely.total_bounds(ground.polygons[ground.rows(own)]))
        kept = read_patrol_days(session, codes, moment.first, moment.day)
        material = read_material(session, config, moment, ground, codes)
        partitions.write_part(folder, name, Part(own, ground, outlines, material, kept, ()))
    days, again = [], set(occasion.stale)
    for window in read_windows(session, config, moment) if grids else ():
        again |= _write_tracks(folder, list(grids), np.array(boxes), window, occasion)
        days.append((window.first, window.last))
    # a day without tracks near one part may have them near another, and is then made anew in all
    partitions.write_occasion(folder, replace(occasion, stale=frozenset(again)), list(grids), days)
    return list(grids)


def _write_tracks(
    folder: Path, names: Sequence[str], boxes: NDArray[np.float64], window: Window, occasion: Occasion
) -> set[date]:
    """Write each worker's day into every part that its box comes near, and return the days.

    Each day is written whole, for it is cleaned as one.
    """
    fixes = window.fixes
    workers, who = np.unique(fixes["worker_code"].to_numpy().astype(str), return_inverse=True)
    count = (window.last - window.first).days + 1
    first = window.first.toordinal()
    starts = [midnight(date.fromordinal(first + n), occasion.zone).timestamp() for n in range(count)]
    day = np.searchsorted(starts, fixes["at_s"].to_numpy(), "right") - 1
    key = who * count + day
    near = _near(fixes, key, len(workers) * count, boxes, occasion)
    near[~near.any(axis=1), 0] = True  # what lies nowhere is told of by the first
    teller = near.argmax(axis=1)
    there = np.unique(key)
    for part, name in enumerate(names):
        told = {
            (str(workers[k // count]), date.fromordinal(first + int(k % count)))
            for k in there[teller[there] == part]
        }
        passing = fixes.filter(pa.array(near[key, part]))
        partitions.write_tracks(folder, name, Window(window.first, window.last, passing, told))
    return {date.fromordinal(first + int(n)) for n in np.unique(day)}


def _near(
    fixes: pa.Table, key: NDArray[np.int64], keys: int, boxes: NDArray[np.float64], occasion: Occasion
) -> NDArray[np.bool_]:
    """Return (keys, parts) whether the box around a worker's day comes near a part's grids.

    Fixes out of reach are left out by the first rule of cleaning and would make boxes that reach everywhere.
    """
    x, y = to_metric(fixes["lon"].to_numpy(), fixes["lat"].to_numpy(), occasion.srid)
    west, south, east, north = _reach(occasion.reach)
    with np.errstate(invalid="ignore"):
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    box = np.full((keys, 4), np.inf)
    for column, values in enumerate((x, y, -x, -y)):
        np.minimum.at(box[:, column], key[inside], values[inside])
    low, high = box[:, None, :2], -box[:, None, 2:]
    more_m = occasion.within_m + 1.0
    meets = (low <= boxes[None, :, 2:] + more_m) & (high >= boxes[None, :, :2] - more_m)
    return np.asarray(meets.all(axis=2))


def _reach(box: Box | None) -> Box:
    return box or (-np.inf, -np.inf, np.inf, np.inf)
