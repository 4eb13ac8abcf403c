"""The command centre's figures over HTTP: the city at a glance, an area's summary, a theme's values."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import OneOf, Range
from flask import Response, jsonify

from gridgis.codes.catalogue import catalogue
from gridgis.errors import InvalidInput
from gridgis.routes import caller
from gridgis.routes.access import INTERNAL_EXPORTS, current_scope
from gridgis.routes.context import context, reading
from gridgis.services import summary, themes
from gridgis.services.tiles import serving

blueprint = APIBlueprint("summary", __name__, url_prefix="/api", tag="command centre")

_LONGEST_DAYS = 400


class SummaryQuery(Schema):
    """Which area, and which incidents by the time of their report."""

    division = fields.String(metadata={"description": "Division code; the whole city when left out."})
    days = fields.Integer(
        load_default=30,
        validate=Range(1, _LONGEST_DAYS),
        metadata={
            "description": "Local days up to `to`, the last one included; unused when `from` is given."
        },
    )
    start = fields.AwareDateTime(data_key="from", metadata={"description": "Reported at or after."})
    end = fields.AwareDateTime(data_key="to", metadata={"description": "Reported before; now when left out."})


class ThemeQuery(Schema):
    """Which areas of which division."""

    division = fields.String(metadata={"description": "Division code; the whole city when left out."})
    level = fields.String(load_default="grid", validate=OneOf(summary.LEVELS))


@blueprint.get("/city")
def city() -> Response:
    """Tell what every page begins with: the city's name, its root division, its levels and its time zone."""
    config = context().config
    majors = catalogue(config.code_profile).majors("event")
    return jsonify(
        name=config.city_name,
        root_division=config.root_division,
        level_names=config.level_names,
        time_zone=config.time_zone,
        profile=config.code_profile,
        base_layer=serving.base_layer(config),
        majors=[{"code": code, "zh": zh, "en": en} for code, (zh, en) in majors.items()],
    )


@blueprint.get("/summary")
@blueprint.input(SummaryQuery, location="query")
def area(query_data: dict[str, Any]) -> Response:
    """Return an area's figures, those of its parts, and reports by day."""
    config = context().config
    at = datetime.now(UTC)
    end = query_data.get("end") or at
    start = query_data.get("start") or _midnight(end, query_data["days"], config.zone)
    if not end - timedelta(days=_LONGEST_DAYS + 1) <= start < end:
        raise InvalidInput(f"from must be before to, and at most {_LONGEST_DAYS} days", field="from")
    code = query_data.get("division") or config.root_division
    with reading() as session:
        found = summary.summarise(
            session, current_scope(), config, code, start=start, end=end, at=at, floor=_floor()
        )
    answer = asdict(found)
    for name in ("as_of", "start", "end"):
        answer[name] = answer[name].isoformat()
    return jsonify(answer)


@blueprint.get("/themes/<name>")
@blueprint.input(ThemeQuery, location="query")
def theme(name: str, query_data: dict[str, Any]) -> Response:
    """Return area code -> value; areas left out are zero, or unknown where `blank` says so."""
    config = context().config
    at = datetime.now(UTC)
    code = query_data.get("division") or config.root_division
    level = query_data["level"]
    with reading() as session:
        values = themes.theme_values(
            session, current_scope(), config, name, code=code, level=level, at=at, floor=_floor()
        )
    kind = themes.THEMES[name]
    return jsonify(
        theme=name,
        level=level,
        division=code,
        unit=kind.unit,
        blank="unknown" if not kind.zero_is_blank or (kind.of_people and _floor()) else "zero",
        as_of=at.isoformat(),
        values=values,
    )


def _floor() -> int | None:
    """Return the least count of people that the caller is told: who exports unmasked is told all (P02)."""
    return None if caller.current().role in INTERNAL_EXPORTS else context().config.count_floor


def _midnight(end: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the beginning of the first of the `days` local days that end with `end`."""
    first = end.astimezone(zone).date() - timedelta(days=days - 1)
    return datetime.combine(first, time(), zone)
