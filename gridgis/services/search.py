"""One line in, things found: codes, names, addresses, what people call things, coordinates in any datum."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gridgis.codes.aliases import recogniser
from gridgis.codes.catalogue import catalogue
from gridgis.config import Config
from gridgis.errors import InvalidInput
from gridgis.geometry.crs import parse_crs
from gridgis.scope import Scope
from gridgis.sql import locating as locating_sql
from gridgis.sql import search as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_PER_KIND = 5
#: Readings offered for a longitude and latitude that come without a datum, the likeliest first.
_DATUMS = ("EPSG:4326", "GCJ-02", "BD-09")
_NUMBER = r"([-+]?\d{1,9}(?:\.\d+)?)\s*[°]?"
_COORDINATES = re.compile(
    rf"(?:(?P<before>[A-Za-z][\w:-]*|\d{{4,5}})\s*[:：]?\s+)?{_NUMBER}\s*[,，;\s]\s*{_NUMBER}"
    r"(?:\s+(?P<after>[A-Za-z][\w:-]*|EPSG:\d+))?\s*"
)


@dataclass(frozen=True, slots=True)
class Result:
    """One thing found.

    Attributes
    ----------
    kind
        division, grid, building, component, incident, class or point.
    id
        Its code; an incident's id; for a point nothing.
    title, hint
        What it is called, and what tells it from its like.
    lon, lat, grid_code
        Of a point only: where it lies in EPSG:4326, and in which grid.
    """

    kind: str
    id: str
    title: str
    hint: str | None = None
    lon: float | None = None
    lat: float | None = None
    grid_code: str | None = None


def find(session: Session, scope: Scope, config: Config, line: str, at: datetime) -> list[Result]:
    """Return what a line can mean, the surest kind first; empty when it means nothing here.

    Two numbers are a place: with a datum named before or after them (``GCJ-02 114.05, 22.54``) in that one,
    in metres without one in the city's own system, else as WGS 84 and as the two shifted datums that people
    copy from other maps.
    """
    words = line.strip()
    if not words or not scope.prefixes:
        return []
    if match := _COORDINATES.fullmatch(words):
        return _points(session, scope, config, match, at)
    if re.fullmatch(r"\d{2,20}", words):
        return _by_digits(session, scope, words)
    if re.fullmatch(r"[CcEe]\d{2,17}", words):
        return _incidents(session, scope, words.upper())
    return _by_words(session, scope, config, words)


def _by_digits(session: Session, scope: Scope, digits: str) -> list[Result]:
    prefixes = scope.prefixes
    found = [
        Result("division", row.code, row.name, row.code)
        for row in sql.find_divisions(session, digits, prefixes, _PER_KIND)
    ]
    found += [
        Result("grid", row.code, row.code, row.community_name)
        for row in sql.find_grids(session, digits, prefixes, _PER_KIND)
    ]
    if len(digits) >= 8:
        found += [
            Result("component", row.code, row.name, row.code)
            for row in sql.find_components(session, digits, prefixes, _PER_KIND)
        ]
    # a whole grid code means that grid, though a division may begin with the same digits
    return sorted(found, key=lambda result: result.id != digits)


def _by_words(session: Session, scope: Scope, config: Config, words: str) -> list[Result]:
    prefixes = scope.prefixes
    found = [
        Result("division", row.code, row.name, row.parent_name)
        for row in sql.find_divisions(session, words, prefixes, _PER_KIND)
    ]
    candidates = recogniser(config.code_profile).recognise(words).candidates
    classes = [candidate.entry for candidate in candidates]
    classes += [entry for entry in catalogue(config.code_profile).search(words) if entry not in classes]
    found += [Result("class", entry.code, entry.name_zh, entry.name_en) for entry in classes[:_PER_KIND]]
    found += [
        Result("building", row.code, row.name or row.address or row.code, row.address)
        for row in sql.find_buildings(session, words, prefixes, _PER_KIND)
    ]
    return found


def _incidents(session: Session, scope: Scope, stem: str) -> list[Result]:
    rows = sql.find_incidents(session, stem, scope.prefixes, 2 * _PER_KIND)
    return [Result("incident", str(row.id), row.number) for row in rows]


def _points(
    session: Session, scope: Scope, config: Config, match: re.Match[str], at: datetime
) -> list[Result]:
    x, y = (float(number) for number in match.group(2, 3))
    named = match["before"] or match["after"]
    in_degrees = abs(x) <= 180 and abs(y) <= 180
    if named:
        systems: tuple[str, ...] = (named,)
    else:
        systems = _DATUMS if in_degrees else (f"EPSG:{config.metric_srid}",)
    if in_degrees and abs(x) <= 90 < abs(y):  # a latitude came first
        x, y = y, x
    return [place for system in systems if (place := _point(session, scope, config, x, y, system, at))]


def _point(
    session: Session, scope: Scope, config: Config, x: float, y: float, system: str, at: datetime
) -> Result | None:
    """Return the place in one system; ``None`` where it is no place on earth."""
    try:
        crs = parse_crs(system)
        lon, lat = (float(value) for value in crs.to_wgs84(x, y))
    except InvalidInput:
        return None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return None
    found = locating_sql.locate_point(
        session, lon, lat, at, tolerance_m=config.snap_tolerance_m, metric_srid=config.metric_srid
    )
    code = found.grid_code if scope.covers(found.grid_code) else None
    title = f"{lon:.6f}, {lat:.6f}"
    return Result("point", "", title, crs.name, lon=lon, lat=lat, grid_code=code)
