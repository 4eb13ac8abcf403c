"""The contract of the tile layers as code: what each shows, what it is made from, what it may be asked.

`tiles/README.md` is the same for people; a test compares the two and the tiles themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from gridgis.errors import InvalidInput, NotFound
from gridgis.geometry.tile import MAX_ZOOM
from gridgis.scope import Scope

#: Reads the text of one filter; the zone is that of dates without a time.
Parser = Callable[[str, ZoneInfo], str]

#: Values one filter may list; more would make every request a tile of its own.
_MOST_VALUES = 50


@dataclass(frozen=True, slots=True)
class Source:
    """A name in tile_changes whose changes a layer must follow, and in which zooms.

    With `whole`, a change touches more than its own box, and every tile of these zooms is forgotten.
    """

    name: str
    lowest: int = 0
    highest: int = MAX_ZOOM
    whole: bool = False


@dataclass(frozen=True, slots=True)
class VectorLayer:
    """A layer inside the tile: its zooms and the unit or meaning of each property."""

    lowest: int
    highest: int
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layer:
    """One name under ``/tiles/``; the function `tile_<name>` in tiles/layers/ cuts it."""

    name: str
    description: str
    contents: Mapping[str, VectorLayer]
    sources: tuple[Source, ...]
    filters: Mapping[str, Parser] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    #: Whether the passing of time alone changes it: grids come into force on a date.
    dated: bool = False


def layer(name: str) -> Layer:
    """Return a layer by its name.

    Raises
    ------
    NotFound
        Listing the names there are.
    """
    try:
        return LAYERS[name]
    except KeyError:
        raise NotFound(f"There is no tile layer {name!r}; there are {', '.join(LAYERS)}.") from None


def query(asked: Layer, arguments: Mapping[str, list[str]], scope: Scope, zone: ZoneInfo) -> str:
    """Return the last argument of the layer's function: filters and scope as one canonical JSON text.

    Equal texts mean equal tiles, so that it serves as a cache key too.

    Raises
    ------
    InvalidInput
        A filter the layer does not have, one given twice, a value that does not parse, or one missing.
    """
    if not arguments and not asked.required:
        return _of_scope(scope)
    values: dict[str, str | tuple[str, ...]] = {}
    for name, texts in arguments.items():
        parser = asked.filters.get(name)
        if parser is None:
            accepted = ", ".join(asked.filters) or "none"
            raise InvalidInput(
                f"The tile layer {asked.name} has no filter {name!r}; it accepts: {accepted}.", field=name
            )
        if len(texts) != 1:
            raise InvalidInput(f"The filter {name} is given {len(texts)} times; once is enough.", field=name)
        try:
            values[name] = parser(texts[0], zone)
        except ValueError as error:
            raise InvalidInput(f"The filter {name}={texts[0]!r} is not {error}.", field=name) from error
    for name in sorted(asked.required - values.keys()):
        raise InvalidInput(f"The tile layer {asked.name} needs the filter {name}.", field=name)
    return _canonical(values, scope)


def _canonical(values: dict[str, str | tuple[str, ...]], scope: Scope) -> str:
    if not scope.is_everything:
        values["prefixes"] = scope.prefixes
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=1024)
def _of_scope(scope: Scope) -> str:
    """Return the query of a tile without filters, as nearly all are."""
    return _canonical({}, scope)


def vector_layers(described: Layer) -> list[dict[str, Any]]:
    """Return the member `vector_layers` of the layer's TileJSON."""
    return [
        {
            "id": name,
            "minzoom": content.lowest,
            "maxzoom": content.highest,
            "fields": dict(content.properties),
        }
        for name, content in described.contents.items()
    ]


def _listed(pattern: str, meaning: str) -> Parser:
    def parse(text: str, _zone: ZoneInfo) -> str:
        values = sorted(set(text.split(",")))
        if len(values) > _MOST_VALUES or not all(re.fullmatch(pattern, value) for value in values):
            raise ValueError(f"{meaning}, or up to {_MOST_VALUES} of them with commas between")
        return ",".join(values)

    return parse


def _chosen(*allowed: str) -> Parser:
    return _listed("|".join(map(re.escape, allowed)), f"one of {', '.join(allowed)}")


def _single(pattern: str, meaning: str) -> Parser:
    def parse(text: str, _zone: ZoneInfo) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(meaning)
        return text

    return parse


def _instant(text: str, zone: ZoneInfo) -> str:
    """Read an instant with its offset, or a date: its first instant."""
    return _moment(text, zone, timedelta(0))


def _until(text: str, zone: ZoneInfo) -> str:
    """Read the end of a time that does not include its end; a date counts whole."""
    return _moment(text, zone, timedelta(days=1))


def _as_of(text: str, zone: ZoneInfo) -> str:
    """Read the instant a state is asked for; of a date, its last one."""
    return _moment(text, zone, timedelta(days=1, microseconds=-1))


def _moment(text: str, zone: ZoneInfo, into_day: timedelta) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            moment = datetime.combine(date.fromisoformat(text), time(), zone) + into_day
        else:
            moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise ValueError(
            "a date like 2026-03-01 or an instant with its offset like 2026-03-01T08:00:00+08:00"
        ) from None


_CLASS = _listed(r"\d{2,5}", "the 2 to 5 leading digits of a class code")
_COMPONENT_STATES = ("intact", "damaged", "missing", "abandoned", "removed")
_INCIDENT_STATES = (
    "reported", "verifying", "accepted", "filed", "dispatched", "suspended", "handled", "checking", "checked",
    "self_handled", "problem_bank", "closed", "rejected", "declined", "void", "merged",
)  # fmt: skip
_LEVELS = ("province", "city", "district", "street", "community")
_ROAD_CLASSES = ("expressway", "arterial", "collector", "local", "path")


def _incident_state(text: str, zone: ZoneInfo) -> str:
    return text if text == "all" else _chosen(*_INCIDENT_STATES, "all")(text, zone)


_GRID = {
    "code": "grid code, text; from zoom 11 (its digits are the id)",
    "name": "text, may be absent; from zoom 12",
    "kind": "type in the scheme of the settings, may be absent; from zoom 12",
    "area_m2": "m2, integer; from zoom 12",
}
_DIVISION = {"code": "division code, text", "name": "text", "level": "|".join(_LEVELS)}

LAYERS: dict[str, Layer] = {
    entry.name: entry
    for entry in (
        Layer(
            "divisions",
            "Outlines of divisions and a point for each label",
            {
                "divisions": VectorLayer(0, MAX_ZOOM, _DIVISION),
                "division_labels": VectorLayer(0, MAX_ZOOM, _DIVISION),
            },
            (Source("divisions"), Source("division_shapes")),
            {"level": _chosen(*_LEVELS)},
        ),
        Layer(
            "grids",
            "Grids in force and, from zoom 14, a point for each label",
            {
                "grids": VectorLayer(0, MAX_ZOOM, _GRID),
                "grid_labels": VectorLayer(
                    14, MAX_ZOOM, {"code": "grid code, text", "name": "text, may be absent"}
                ),
            },
            (Source("grids"), Source("grid_shapes")),
            {
                "as_of": _as_of,
                "plan": _single(r"\d{1,18}", "the number of a plan"),
                "kind": _listed(r"[^,]{1,64}", "a type of at most 64 characters"),
            },
            dated=True,
        ),
        Layer(
            "roads",
            "Centre-lines of roads; every scope sees them",
            {
                "roads": VectorLayer(
                    0,
                    MAX_ZOOM,
                    {"class": "|".join(_ROAD_CLASSES), "name": "text, may be absent; from zoom 12"},
                )
            },
            (Source("roads"),),
            {"class": _chosen(*_ROAD_CLASSES)},
        ),
        Layer(
            "buildings",
            "Buildings: counts per community, then per grid, then footprints",
            {
                "building_counts": VectorLayer(0, 13, {"count": "buildings"}),
                "buildings": VectorLayer(
                    14,
                    MAX_ZOOM,
                    {
                        "use": "text, may be absent",
                        "floors": "number, may be absent",
                        "height_m": "m, integer, may be absent",
                        "code": "building code, text; from zoom 16",
                        "name": "text, may be absent; from zoom 16",
                    },
                ),
            },
            (
                Source("buildings", 14),
                Source("buildings_counts", 0, 13),
                Source("grids", 0, 13, whole=True),
                Source("grid_shapes", 0, 13, whole=True),
            ),
            {"use": _listed(r"[^,]{1,40}", "a use of at most 40 characters")},
        ),
        Layer(
            "components",
            "Components: counts per community, then per grid, then each one",
            {
                "component_counts": VectorLayer(0, 14, {"count": "components"}),
                "components": VectorLayer(
                    15,
                    MAX_ZOOM,
                    {
                        "class": "class code, text",
                        "state": "|".join(_COMPONENT_STATES),
                        "code": "component code, text; from zoom 17",
                        "name": "text; from zoom 17",
                    },
                ),
            },
            (
                Source("components", 15),
                Source("components_counts", 0, 14),
                Source("grids", 0, 14, whole=True),
                Source("grid_shapes", 0, 14, whole=True),
            ),
            {"class": _CLASS, "state": _chosen(*_COMPONENT_STATES)},
        ),
        Layer(
            "incidents",
            "Incidents, open ones unless asked otherwise, clustered below zoom 16",
            {
                "incidents": VectorLayer(
                    0,
                    MAX_ZOOM,
                    {
                        "count": "incidents at this point; 1 is a single one, whose id is the feature's",
                        "reported_at": "s since 1970; the newest of a cluster",
                        "due_at": "s since 1970, may be absent; the first of a cluster",
                        "kind": "component|event; single ones only",
                        "class": "class code, text; single ones only",
                        "state": "|".join(_INCIDENT_STATES) + "; single ones only",
                        "source": "collection|patrol|dispatch|service|public; single ones only",
                    },
                )
            },
            (Source("incidents"),),
            {
                "state": _incident_state,
                "kind": _chosen("component", "event"),
                "class": _CLASS,
                "from": _instant,
                "to": _until,
            },
        ),
        Layer(
            "workers",
            "Where each active worker was seen last",
            {
                "workers": VectorLayer(
                    0,
                    MAX_ZOOM,
                    {
                        "code": "staff code, text",
                        "fixed_at": "s since 1970",
                        "accuracy_m": "m, may be absent",
                    },
                )
            },
            (Source("worker_positions"), Source("workers")),
            {"from": _instant},
        ),
        Layer(
            "tracks",
            "The way of one worker in a time",
            {"tracks": VectorLayer(0, MAX_ZOOM, {"began_at": "s since 1970", "ended_at": "s since 1970"})},
            (Source("tracks"), Source("workers", whole=True)),
            {
                "worker": _single(r"[0-9A-Za-z_-]{1,32}", "a staff code"),
                "from": _instant,
                "to": _until,
            },
            required=frozenset({"worker", "from", "to"}),
        ),
    )
}
