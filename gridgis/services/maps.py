"""Stand-alone maps: a theme of a division as one HTML page that opens anywhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.errors import InvalidInput, Unavailable
from gridgis.formats import map_html
from gridgis.formats.map_html import Area, LegendRow, Outline, Sheet
from gridgis.geometry.crs import geometries_from_metric
from gridgis.geometry.simplification import dissolved, simplified
from gridgis.measures.breaks import class_of, quantile_breaks
from gridgis.paths import resource
from gridgis.scope import Scope
from gridgis.services import summary
from gridgis.services.themes import THEMES, theme_values
from gridgis.sql import maps as sql
from gridgis.sql import summary as summary_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LANGUAGES = ("zh", "en")

_CLASSES = 5
_WEB_MERCATOR_SRID = 3857
#: How much there is, and how well it is covered; everything else calls for action.
_STOCKS = frozenset({"households", "components", "land_covered", "staffed", "patrolled", "inspected"})

#: The page is some thousand pixels wide, and is worth zooming into twice.
_PIXELS = 4000
_FINEST_M = 0.5

#: Pixels of the border of the whole, of a district, of a street, of a community.
_WIDTHS_PX = {"whole": 2.6, "district": 2.0, "street": 1.4, "community": 0.8}


@dataclass(frozen=True, slots=True)
class _Map:
    """What is on the map: areas by code, their outlines simplified as one coverage (EPSG:4326), values.

    `blank` is the value of an area without one; `None` is told in the words of the key `unknown`.
    """

    area: summary.Area
    level: str
    codes: np.ndarray
    names: Sequence[str]
    shapes: np.ndarray
    values: Mapping[str, float]
    breaks: Sequence[float]
    ramp: Sequence[str]
    blank: float | None
    unknown: str


def draw(
    session: Session,
    scope: Scope,
    config: Config,
    *,
    code: str,
    theme: str,
    at: datetime,
    level: str | None = None,
    language: str = "zh",
) -> str:
    """Return the page of theme `theme` over division `code` at the instant `at`.

    It may go anywhere, so small counts of people are not on it, whoever asks (`Config.count_floor`).

    Parameters
    ----------
    level
        Of the areas, one of `gridgis.services.summary.LEVELS`; by default the grids of a district or less,
        the streets of a city.
    language
        One of `LANGUAGES`.

    Raises
    ------
    NotFound
        No such theme, or no such division in sight.
    InvalidInput
        An unknown level or language, a level that is not below the division's, or areas without outlines.
    """
    if language not in LANGUAGES:
        raise InvalidInput(f"language {language!r} is not one of {', '.join(LANGUAGES)}", field="lang")
    area = summary.find_area(session, scope, config, code)
    level = level or ("street" if area.level in ("province", "city") else "grid")
    values = theme_values(
        session, scope, config, theme, code=code, level=level, at=at, floor=config.count_floor
    )
    kind = THEMES[theme]
    prefixes = scope.narrowed(divisions.prefix(code)).prefixes
    codes, names, shapes = _outlines(session, prefixes, area, level, at)
    breaks = quantile_breaks([value for value in values.values() if value > 0], _CLASSES)
    ramp = map_html.RAMPS["stock" if theme in _STOCKS else "alarm"]
    blank = 0 if kind.zero_is_blank and not kind.of_people else None
    unknown = "sheet.hidden" if kind.of_people else "sheet.unknown"
    drawn = _Map(area, level, codes, names, shapes, values, breaks, ramp, blank, unknown)
    return map_html.render(_sheet(session, drawn, config, theme, language, at), _assets())


def _outlines(
    session: Session, prefixes: Sequence[str], area: summary.Area, level: str, at: datetime
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Return significant codes, names and simplified outlines of the areas."""
    if level == "grid":
        rows = [(row.code, row.name, row.shape) for row in sql.select_grids(session, prefixes, at)]
    else:
        found = sql.select_divisions(session, prefixes, level)
        rows = [(divisions.prefix(row.code), row.name, row.shape) for row in found if row.shape is not None]
    if not rows or (level != "grid" and len(rows[0][0]) <= len(divisions.prefix(area.code))):
        raise InvalidInput(f"{area.code} ({area.level}) has no outlines of the level {level}", field="level")
    shapes = shapely.from_wkb([bytes(row[2]) for row in rows])
    west, south, east, north = shapely.total_bounds(shapes)
    tolerance_m = max(_FINEST_M, max(east - west, north - south) / _PIXELS)
    shapes = simplified(shapes, tolerance_m)
    digits = 5 if tolerance_m > 2 else 6  # of degrees; the fifth is a metre
    degrees = geometries_from_metric(shapes, _WEB_MERCATOR_SRID)
    rounded = shapely.transform(degrees, lambda points: np.round(points, digits))
    return np.array([row[0] for row in rows]), [row[1] or "" for row in rows], rounded


def _sheet(session: Session, drawn: _Map, config: Config, theme: str, language: str, at: datetime) -> Sheet:
    words = _words(language)
    kind, named = THEMES[theme], words[f"theme.{theme}"]
    unit = words["unit.days"] if kind.unit == "days" else ""  # the theme's name says the others
    moment = f"{at.astimezone(config.zone):%Y-%m-%d %H:%M}"
    above = [name for _, name in drawn.area.ancestors]
    return Sheet(
        language=language,
        title=f"{drawn.area.name} · {named}",
        subtitle=" › ".join([*above, drawn.area.name]) if above else "",
        legend_title=f"{named} ({unit})" if unit else named,
        legend=_legend(drawn, words),
        notes=[
            words["sheet.areas"].format(n=f"{len(drawn.codes):,}", level=words[f"level.{drawn.level}"]),
            words["sheet.method"],
            words["sheet.as_of"].format(at=f"{moment} ({config.time_zone})"),
            words["sheet.source"].format(city=config.city_name),
            words["sheet.crs"],
        ],
        areas=_areas(drawn, words, named, unit),
        outlines=_borders(session, drawn),
    )


def _areas(drawn: _Map, words: Mapping[str, str], named: str, unit: str) -> list[Area]:
    areas = []
    for code, name, shape in zip(drawn.codes.tolist(), drawn.names, drawn.shapes, strict=True):
        value = drawn.values.get(code, drawn.blank)
        said = words[drawn.unknown] if value is None else f"{_number(value)} {unit}".rstrip()
        areas.append(Area(code, name or code[-3:], f"{named}: {said}", _colour(drawn, value), shape))
    return areas


def _colour(drawn: _Map, value: float | None) -> str:
    if value is None:
        return map_html.UNKNOWN
    rank = class_of(value, drawn.breaks)
    return drawn.ramp[rank - 1] if rank else map_html.ZERO


def _legend(drawn: _Map, words: Mapping[str, str]) -> list[LegendRow]:
    values = [drawn.values.get(code, drawn.blank) for code in drawn.codes.tolist()]
    counts = Counter(_colour(drawn, value) for value in values)
    rows = [
        (map_html.UNKNOWN, words[drawn.unknown], counts[map_html.UNKNOWN]),
        (map_html.ZERO, "0", counts[map_html.ZERO]),
    ]
    for rank, end in enumerate(drawn.breaks, 1):
        inside = [value for value in values if value is not None and class_of(value, drawn.breaks) == rank]
        low, high = _number(min(inside, default=end)), _number(end)
        rows.append((drawn.ramp[rank - 1], low if low == high else f"{low} – {high}", len(inside)))
    return [LegendRow(colour, said, f"{count:,}") for colour, said, count in rows if count]


def _borders(session: Session, drawn: _Map) -> list[Outline]:
    """Return the borders of the levels above the areas, as the sums of areas, so that lines coincide."""
    own = len(divisions.prefix(drawn.area.code))
    width = divisions.WIDTHS.get(drawn.level, summary.GRID_WIDTH)
    borders = [Outline(dissolved(drawn.shapes), _WIDTHS_PX["whole"])]
    between = [
        level for level in ("district", "street", "community") if own < divisions.WIDTHS[level] < width
    ]
    for level in between:
        cut = np.array([code[: divisions.WIDTHS[level]] for code in drawn.codes.tolist()])
        keys = np.unique(cut).tolist()
        named = level == between[0]
        names = summary_sql.select_names(session, [divisions.normalise(key) for key in keys]) if named else {}
        borders += [
            Outline(
                dissolved(drawn.shapes[cut == key]),
                _WIDTHS_PX[level],
                names.get(divisions.normalise(key), ""),
            )
            for key in keys
        ]
    return borders


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"


@cache
def _words(language: str) -> dict[str, Any]:
    file = resource("web") / "i18n" / f"{language}.json"
    words: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return words


@cache
def _assets() -> map_html.Assets:
    folder = next(iter((resource("web") / "vendor").glob("leaflet-*")), None)
    if folder is None:
        raise Unavailable("web/vendor has no Leaflet; run 'make demo' or 'python scripts/vendor.py'")
    return map_html.Assets(
        (folder / "leaflet.js").read_text(encoding="utf-8"),
        (folder / "leaflet.css").read_text(encoding="utf-8"),
    )
