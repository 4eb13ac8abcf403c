"""The printed map of a worker's grids: one sheet of A3 to take into the street."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import shapely

from gridgis.codes import divisions as codes
from gridgis.config import Config
from gridgis.errors import InvalidInput, NotFound
from gridgis.formats.beat_sheet import Plot, Road, Sheet, frame_around, render
from gridgis.geometry.crs import geometries_from_metric, geometries_to_metric
from gridgis.paths import resource
from gridgis.planning.rosters import PRIMARY
from gridgis.scope import Scope
from gridgis.services.divisions import chain
from gridgis.sql import beat_sheets as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LANGUAGES = ("zh", "en")


def draw(
    session: Session,
    scope: Scope,
    config: Config,
    worker: str,
    *,
    at: datetime,
    on: date | None = None,
    language: str = "zh",
) -> str:
    """Return the page with the grids that a worker has on a day, as primary or deputy; today when left out.

    It says what there is of buildings and components, never of people, and of the worker only the code.

    Raises
    ------
    NotFound
        The worker has no grid then, or none the caller may see.
    InvalidInput
        The language is not one of `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise InvalidInput(f"language {language!r} is not one of {', '.join(LANGUAGES)}", field="lang")
    day = on or at.astimezone(config.zone).date()
    beat = sql.select_beat(session, worker, scope.prefixes, day, at)
    if not beat:
        raise NotFound(f"{worker} has no grid on {day}, or none in your divisions", field="worker_code")
    frame = frame_around(_metric([row.wkb for row in beat], config))
    box = geometries_from_metric([shapely.box(*frame.bounds_m)], config.metric_srid)[0].bounds
    kinds = {row.code: "own" if row.role == PRIMARY else "covered" for row in beat}
    words, places = _words(language), _places(session, [row.code for row in beat])
    return render(
        Sheet(
            language=language,
            title=words["beat.title"].format(worker=worker),
            subtitle=places,
            columns=[words[f"beat.{name}"] for name in ("grid", "buildings", "components", "minutes")],
            rows=_rows(beat),
            legend=_legend(words, kinds),
            notes=_notes(words, config, day, len(beat)),
            north=words["beat.north"],
            frame=frame,
            plots=_plots(session, scope, config, box, kinds, at),
            buildings=_metric(sql.select_buildings(session, scope.prefixes, box), config),
            roads=_roads(session, config, box),
        )
    )


def _plots(
    session: Session,
    scope: Scope,
    config: Config,
    box: Sequence[float],
    kinds: Mapping[str, str],
    at: datetime,
) -> list[Plot]:
    rows = sql.select_grids(session, scope.prefixes, box, at)
    shapes = _metric([row.wkb for row in rows], config)
    return [
        Plot(row.code, row.code[-3:], shape, kinds.get(row.code, "other"))
        for row, shape in zip(rows, shapes, strict=True)
    ]


def _roads(session: Session, config: Config, box: Sequence[float]) -> list[Road]:
    rows = sql.select_roads(session, box)
    shapes = _metric([row.wkb for row in rows], config)
    return [Road(row.name, row.kind, shape) for row, shape in zip(rows, shapes, strict=True)]


def _metric(wkb: Sequence[bytes], config: Config) -> list[Any]:
    return list(geometries_to_metric(shapely.from_wkb([bytes(one) for one in wkb]), config.metric_srid))


def _places(session: Session, grids: Sequence[str]) -> str:
    """Return the district, the street and the communities of some grids by name."""
    communities = sorted({grid[: codes.WIDTHS["community"]] for grid in grids})
    above = chain(session, communities[0])
    names = [above[level].name or above[level].code for level in ("district", "street")]
    named = [chain(session, code)["community"] for code in communities]
    return " › ".join([*names, "、".join(one.name or one.code for one in named)])


def _rows(beat: Sequence[Any]) -> list[list[str]]:
    return [
        [row.code, *("–" if value is None else f"{value:,.0f}" for value in (row.buildings, row.components,
                                                                               row.minutes))]
        for row in beat
    ]  # fmt: skip


def _legend(words: Mapping[str, str], kinds: Mapping[str, str]) -> list[tuple[str, str]]:
    found = [("edge", words["beat.own"])]
    if "covered" in kinds.values():
        found.append(("covered", words["beat.covered"]))
    return [*found, ("other", words["beat.other"]), ("building", words["beat.building"])]


def _notes(words: Mapping[str, str], config: Config, day: date, grids: int) -> list[str]:
    return [
        words["beat.of"].format(n=grids, day=day.isoformat()),
        words["beat.minutes_note"],
        words["sheet.source"].format(city=config.city_name),
        words["beat.crs"].format(srid=config.metric_srid),
    ]


@cache
def _words(language: str) -> dict[str, str]:
    file = resource("web") / "i18n" / f"{language}.json"
    words: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return words
