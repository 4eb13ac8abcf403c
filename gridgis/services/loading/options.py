"""What the user may say about a load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

#: Called with rows done and rows in all (``None`` while unknown).
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of one load; the defaults suit a clean file that states its CRS.

    Attributes
    ----------
    crs
        Of the coordinates, over what the file says; empty believes the file, and a silent file is EPSG:4326.
    renames
        Column of the file -> field of the layer.
    values
        Field -> {value in the file -> value to read instead}.
    constants
        Field -> value given to every row that has none.
    source
        Who the file is from; kept with the load.
    table
        Which layer or sheet of a file that holds several.
    encoding
        Of the file's text; found by looking when empty.
    dry_run
        Check everything, write nothing.
    skip_refused
        Load the good rows and list the others, in place of loading nothing.
    accept_gaps
        Load grids although they leave gaps or overlap.
    plan_name, valid_from
        Of the plan that a first load of grids publishes.
    actor
        Who loads.
    now
        The present, beyond which nothing was seen or walked; the clock's when ``None``.
    """

    crs: str = ""
    renames: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    table: str = ""
    encoding: str = ""
    dry_run: bool = False
    skip_refused: bool = False
    accept_gaps: bool = False
    plan_name: str = ""
    valid_from: datetime | None = None
    actor: str = "system"
    now: datetime | None = None
