"""The sample city in the store, at the size `make demo` serves within its minute and a half."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from gridgis.config import Config
from gridgis.errors import Conflict, Unavailable
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
    "inspections",
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
    rows = {}
    with _making(folder, grids, amounts, until, config.code_profile) as wait_for:
        for layer in ORDER:
            wait_for(layer)
            options = Options(source="gridgis sample", actor="gridgis demo", plan_name="示例网格")
            report = load(session, config, layer, folder / f"{layer}.parquet", options)
            rows[layer] = report.counts["loaded"]
            say(f"{rows[layer]:,} {layer}")
    return rows


@contextmanager
def _making(folder: Path, *asked: object) -> Iterator[Callable[[str], None]]:
    """Make the files in a process beside this one, which loads each as soon as it is whole."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_make, args=(theirs, folder, *asked), daemon=True)
    process.start()
    theirs.close()

    def wait_for(layer: str) -> None:
        try:
            while ours.recv() != layer:
                pass
        except EOFError:
            raise Unavailable(f"the sample city ended before its {layer} were made") from None

    try:
        yield wait_for
    finally:
        process.kill()
        process.join()
        ours.close()


def _make(
    done: Connection, folder: Path, grids: int, amounts: Amounts, until: datetime, profile: str
) -> None:
    """Write the sample; tell the name of each layer when it is whole, so when the next one begins."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the parent, who ends us
    begun: list[str] = []

    def progress(layer: str, _rows: int) -> None:
        if not begun or begun[-1] != layer:
            if begun:
                done.send(begun[-1])
            begun.append(layer)

    generate(shenzhen(grids), amounts, folder, until=until, profile=profile, progress=progress)
    done.send(begun[-1])
