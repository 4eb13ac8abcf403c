"""The whole sample city, from a seed to a folder of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from gridgis.errors import InvalidInput
from gridgis.sample.buildings import build, kinds_of
from gridgis.sample.city import CitySpec
from gridgis.sample.components import furnish
from gridgis.sample.departments import found_departments
from gridgis.sample.divisions import divide
from gridgis.sample.fabric import weave
from gridgis.sample.grids import divisions_layer, grids_layer, number_grids
from gridgis.sample.incidents import Surroundings, happen
from gridgis.sample.inspections import inspect
from gridgis.sample.kerbs import kerbs
from gridgis.sample.layers import Layer
from gridgis.sample.rhythm import DAY_S
from gridgis.sample.roads import lay_roads
from gridgis.sample.tracks import walk
from gridgis.sample.workers import employ
from gridgis.sample.writing import write_layer, write_manifest, write_parts

#: The sample's present where none is given: a fixed instant, so that the same seed makes the same bytes for
#: ever.
PRESENT = datetime(2026, 6, 30, 10, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of everything to make, the grids aside, which belong to the city."""

    buildings: int = 600_000
    components: int = 1_000_000
    incidents: int = 1_000_000
    workers: int | None = None  # one a grid
    days: int = 30
    track_workers: int = 200
    inspections: int | None = None  # one for every two buildings and components


def layers(spec: CitySpec, amounts: Amounts, seed: int, until: datetime, profile: str) -> Iterator[Layer]:
    """Yield the layers of a city in the order they load; tracks come in several parts of that name.

    Every layer draws from its own stream of random numbers, so that asking for more of one leaves the others
    alone.
    """
    for name, value in asdict(amounts).items():
        if value is not None and value < 0:
            raise InvalidInput(f"{name} is {value}; 0 or more is accepted", field=name)
    if until.tzinfo is None:
        raise InvalidInput(f"until is {until}, which has no time zone", field="until")
    until_s = int(until.timestamp())
    seeds = np.random.SeedSequence(seed).spawn(11)
    streams = iter([np.random.default_rng(s) for s in seeds[:10]])
    land = divide(spec, next(streams))
    fabric = weave(land, next(streams))
    grids = number_grids(land, fabric)
    departments = found_departments(spec, next(streams))
    yield divisions_layer(land, grids)
    yield departments.layer()
    yield grids_layer(land, fabric, grids)
    roads = lay_roads(land, fabric, next(streams))
    yield roads.layer(fabric)
    kinds = kinds_of(land, grids, next(streams))
    buildings = build(land, fabric, roads, grids, kinds, amounts.buildings, next(streams))
    yield buildings.layer
    ways = kerbs(fabric, roads)
    today = until_s // DAY_S
    components = furnish(land, grids, ways, departments, amounts.components, profile, today, next(streams))
    yield components.layer
    wanted = len(grids.codes) if amounts.workers is None else amounts.workers
    workers = employ(land, grids, departments, wanted, today - 366)
    around = Surroundings(land, grids, ways, roads, departments, components, workers.of_grid, workers.codes)
    yield workers.layer
    yield happen(around, amounts.incidents, profile, until_s, next(streams))
    yield inspect(
        (buildings.face, buildings.layer.table["source_id"].combine_chunks()),
        (components.face, components.layer.table["component_code"].combine_chunks()),
        (workers.of_grid, workers.codes),
        _looks(amounts),
        until_s,
        np.random.default_rng(seeds[10]),
    )
    yield from walk(land, fabric, workers, amounts.days, amounts.track_workers, until_s, next(streams))


def _looks(amounts: Amounts) -> int:
    if amounts.inspections is None:
        return (amounts.buildings + amounts.components) // 2
    return amounts.inspections


def generate(
    spec: CitySpec,
    amounts: Amounts,
    folder: Path,
    *,
    seed: int = 1,
    until: datetime = PRESENT,
    profile: str = "gbt47678.5-2026",
    progress: Callable[[str, int], None] = lambda layer, rows: None,
) -> dict[str, object]:
    """Write a sample city into a folder; returns the figures that its ``sample.json`` holds.

    Parameters
    ----------
    progress
        Called with a layer's name and the number of rows just written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tracks.parquet").unlink(missing_ok=True)  # a city without tracks writes none
    rows: dict[str, int] = {}
    city = layers(spec, amounts, seed, until, profile)
    for layer in city:
        if layer.name == "tracks":
            rows["tracks"] = write_parts(layer, city, folder, partial(progress, layer.name))
            break
        write_layer(layer, folder, partial(progress, layer.name))
        rows[layer.name] = len(layer)
    figures: dict[str, object] = {
        "city": spec.name,
        "seed": seed,
        "until": until.astimezone(UTC).isoformat(),
        "profile": profile,
        "rows": rows,
    }
    write_manifest(folder, figures)
    return figures
