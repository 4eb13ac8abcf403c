"""The sample city in the store, at the size `make demo` serves within its minute and a half."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gridgis.config import Config
from gridgis.errors import Conflict
from gridgis.sample.city import shenzhen
from gridgis.sample.generation import Amounts, generate
from gridgis.services.loading.load import load
from gridgis.services.loading.options import Options
from gridgis.sql import grids as grids_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

GRIDS = 16_000
AMOUNTS = Amounts(buildings=60_000, components=100_000, incidents=30_000, days=1)

#: What a layer needs is loaded before it.
ORDER = (
    "divisions",
    "departments",
    "grids",
    "roads",
    "buildings",
    "components",
    "workers",
    "incidents",
    "tracks",
)


def is_empty(session: Session) -> bool:
    """Tell whether no grid was ever loaded, so that a sample city harms nobody's data."""
    return not grids_sql.exists(session)


def fill(
    session: Session,
    config: Config,
    folder: Path,
    until: datetime,
    say: Callable[[str], None],
    *,
    grids: int = GRIDS,
    amounts: Amounts = AMOUNTS,
) -> dict[str, int]:
    """Make the sample city and load every layer of it; returns the rows loaded of each.

    Parameters
    ----------
    folder
        Where the files may lie meanwhile.
    until
        The city's present: its incidents and tracks end there.
    say
        Called with a line for people after each step.

    Raises
    ------
    Conflict
        The settings are another city's; the sample is Shenzhen.
    """
    city = shenzhen(grids)
    if config.root_division != city.root_code:
        raise Conflict(
            f"the sample is {city.name}, {city.root_code}; GRIDGIS_ROOT_DIVISION is {config.root_division}",
            field="root_division",
        )
    say(f"making a sample of {grids:,} grids, {amounts.buildings:,} buildings and so on (gridgis sample)")
    generate(city, amounts, folder, until=until, profile=config.code_profile)
    say("made; loading it")
    rows = {}
    for layer in ORDER:
        options = Options(source="gridgis sample", actor="gridgis demo", plan_name="示例网格")
        report = load(session, config, layer, folder / f"{layer}.parquet", options)
        rows[layer] = report.counts["loaded"]
        say(f"{rows[layer]:,} {layer}")
    return rows
