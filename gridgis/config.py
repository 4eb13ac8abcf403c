"""Every setting, read once from ``GRIDGIS_*`` variables into one frozen object."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gridgis.errors import InvalidInput


def _setting(meaning: str, default: Any) -> Any:
    """Declare a setting; its meaning is what docs/settings.md prints."""
    if isinstance(default, list | dict):
        return field(default_factory=lambda: default, metadata={"meaning": meaning})
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one installation; ``GRIDGIS_<NAME>`` sets the field ``<name>``."""

    # Where things are
    data_dir: Path = _setting(
        "Folder of the embedded PostgreSQL, its log and the generated secrets; "
        "by default /var/lib/gridgis for root, ~/.local/share/gridgis for others.",
        # Root's home is closed to the user PostgreSQL runs as.
        Path("/var/lib/gridgis") if os.geteuid() == 0 else Path.home() / ".local" / "share" / "gridgis",
    )
    database_url: str = _setting(
        "PostgreSQL to use, e.g. postgresql://user@host/gridgis. Empty: the embedded one.",
        "",
    )

    # The city
    city_name: str = _setting("Name shown on pages and exports.", "深圳市")
    root_division: str = _setting("Code of the division that is the whole city.", "440300")
    metric_srid: int = _setting("EPSG number of the projected CRS, in metres, for areas and lengths.", 4547)
    code_profile: str = _setting(
        "Catalogue of component and event classes: cjt214-2007, gbt30428.2-2013 or gbt47678.5-2026.",
        "gbt47678.5-2026",
    )
    grid_code_pattern: str = _setting(
        "Picture of a grid code: twelve C for the community, two to four S for the sequence in it.",
        "CCCCCCCCCCCCSSS",
    )
    grid_types: str = _setting(
        "Scheme of the types of grids: urban, fringe, rural-fangshan, rural-miyun, or the path of a city's "
        "own file *.csv (gridgis/codes/data/README.md).",
        "urban",
    )
    level_names: tuple[str, ...] = _setting(
        "Names of the division levels from province to grid, comma-separated.",
        ("省", "市", "区", "街道", "社区", "网格"),
    )
    time_zone: str = _setting("IANA name of the zone of local dates and working hours.", "Asia/Shanghai")
    working_hours: tuple[tuple[time, time], ...] = _setting(
        "Working intervals of a working day, half-open, e.g. 08:00-12:00,14:00-18:00.",
        ((time(8), time(12)), (time(14), time(18))),
    )
    snap_tolerance_m: float = _setting(
        "A point that no grid covers is given to the nearest grid within this distance, in metres.", 50.0
    )
    gap_tolerance_m2: float = _setting(
        "Gaps and overlaps of grids below this area, in square metres, are reported but not refused.", 0.01
    )
    patrol_within_m: float = _setting(
        "A road or component is patrolled when a valid track passes within this distance, in metres.", 30.0
    )
    publish_needs_approval: bool = _setting(
        "Whether a plan comes into force only after a second planner has approved it: true or false.", False
    )
    count_floor: int = _setting("Counts of people below this are hidden in exports.", 5)

    # The server
    host: str = _setting("Address the server listens on.", "127.0.0.1")
    port: int = _setting("Port the server listens on.", 8000)
    workers: int = _setting("Server processes.", 2)
    threads: int = _setting("Threads in each server process; the connection pool has as many places.", 4)
    tile_cache_mb: int = _setting("Memory for finished tiles in each server process, in MB; 0 for none.", 64)
    tile_folder: str = _setting(
        "Folder for finished tiles that nginx in front sends itself (docs/operations.md). Empty: none.", ""
    )
    stream_places: int = _setting(
        "Live pages each server process holds a line open for, besides its threads; further ones poll.", 64
    )
    session_idle_s: float = _setting("A log-in ends after so many seconds without a request.", 3600.0)
    statement_timeout_s: float = _setting(
        "A statement of a web request is ended after this many seconds.", 30.0
    )
    base_layer_url: str = _setting(
        "Address of XYZ or WMTS picture tiles for a background, with {z}, {x}, {y}. Browsers ask that host "
        "for them, the only one besides this server. Empty: none.",
        "",
    )
    base_layer_name: str = _setting("What the page calls that background.", "底图")
    base_layer_attribution: str = _setting("What its owner wants said on the map.", "")
    background: bool = _setting(
        "Keep figures right in a process beside the server: true, or false where another server or "
        "`gridgis coverage --follow` does it.",
        True,
    )
    admin_token: str = _setting(
        "Token that allows writes over HTTP. Empty: the one in the data folder's secrets.", ""
    )
    log_level: str = _setting("DEBUG, INFO, WARNING or ERROR.", "INFO")

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.time_zone)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read every ``GRIDGIS_*`` variable once.

        Raises
        ------
        InvalidInput
            A variable with an unknown name or a value that does not parse; the message names it.
        """
        environ = os.environ if environ is None else environ
        known = {f"GRIDGIS_{f.name.upper()}": f for f in fields(cls)}
        given = {name: value for name, value in environ.items() if name.startswith("GRIDGIS_")}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise InvalidInput(
                f"unknown setting {unknown[0]}; see docs/settings.md for the list", field=unknown[0]
            )
        values: dict[str, Any] = {}
        for name, text in given.items():
            setting = known[name]
            try:
                values[setting.name] = _PARSERS.get(setting.name, type(_default(setting)))(text)
            except (ValueError, InvalidInput) as error:
                raise InvalidInput(f"{name}={text!r}: {error}", field=name) from error
        return cls(**values)


def _default(setting: Any) -> Any:
    return setting.default


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("not an IANA time zone such as Asia/Shanghai") from error
    return text


def _working_hours(text: str) -> tuple[tuple[time, time], ...]:
    intervals: list[tuple[time, time]] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d\d:\d\d)-(\d\d:\d\d)\s*", part)
        if not match:
            raise ValueError("expected intervals like 08:00-12:00,14:00-18:00")
        start, end = (time.fromisoformat(t) for t in match.groups())
        if end <= start or (intervals and start < intervals[-1][1]):
            raise ValueError("intervals must be in order, must not overlap and must end after they start")
        intervals.append((start, end))
    return tuple(intervals)


def _grid_code_pattern(text: str) -> str:
    if not re.fullmatch(r"C{12}S{2,4}", text):
        raise ValueError("expected twelve C and two to four S, such as CCCCCCCCCCCCSSS")
    return text


def _level_names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if len(names) != 6 or not all(names):
        raise ValueError("expected six names: province, city, district, street, community, grid")
    return names


def _not_negative(kind: type) -> Any:
    def parse(text: str) -> Any:
        value = kind(text)
        if value < 0:
            raise ValueError("must be 0 or above")
        return value

    return parse


def _positive(kind: type) -> Any:
    def parse(text: str) -> Any:
        value = kind(text)
        if not value > 0:
            raise ValueError("must be above 0")
        return value

    return parse


def _choice(*allowed: str) -> Any:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text

    return parse


def _division(text: str) -> str:
    if not re.fullmatch(r"\d{6}|\d{9}|\d{12}", text):
        raise ValueError("a division code has 6, 9 or 12 digits")
    return text


def _yes_or_no(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text.lower() == "true"


def _folder(text: str) -> str:
    return str(Path(text).expanduser().resolve()) if text else ""


def _picture_tiles(text: str) -> str:
    if not text:
        return text
    # a browser's policy names one host, so no {s}; and what follows ends that policy's host or starts another
    if not re.fullmatch(r"https?://[\w.-]+(:\d+)?/[^\s;,'\"]*", text) or not all(
        text.count(f"{{{name}}}") == 1 for name in "zxy"
    ):
        raise ValueError("expected one http(s) address of one host with {z}, {x} and {y} once each")
    if re.search(r"\{(?![zxy]\})", text):
        raise ValueError("only {z}, {x} and {y} are filled in; write one host instead of {s}")
    return text


_PARSERS: dict[str, Any] = {
    "data_dir": lambda text: Path(text).expanduser().resolve(),
    "root_division": _division,
    "metric_srid": _positive(int),
    "code_profile": _choice("cjt214-2007", "gbt30428.2-2013", "gbt47678.5-2026"),
    "grid_code_pattern": _grid_code_pattern,
    "level_names": _level_names,
    "time_zone": _time_zone,
    "working_hours": _working_hours,
    "snap_tolerance_m": _positive(float),
    "patrol_within_m": _positive(float),
    "workers": _positive(int),
    "threads": _positive(int),
    "stream_places": _positive(int),
    "tile_cache_mb": _not_negative(int),
    "tile_folder": _folder,
    "base_layer_url": _picture_tiles,
    "session_idle_s": _positive(float),
    "background": _yes_or_no,
    "publish_needs_approval": _yes_or_no,
    "statement_timeout_s": _positive(float),
    "log_level": _choice("DEBUG", "INFO", "WARNING", "ERROR"),
}
