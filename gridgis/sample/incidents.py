"""Incidents: hot spots, rhythm, channels and classes, with states that follow from their instants."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridgis.codes.aliases import shipped_aliases
from gridgis.codes.catalogue import CodeClass, catalogue, demo_time_limits
from gridgis.sample.components import Components
from gridgis.sample.departments import Departments
from gridgis.sample.divisions import Land
from gridgis.sample.grids import Grids
from gridgis.sample.kerbs import Kerbs, half_width_m
from gridgis.sample.layers import Layer, Shapes, coded, instants
from gridgis.sample.names import short
from gridgis.sample.rhythm import DAY_S, moments
from gridgis.sample.roads import Roads

SOURCES = ("collection", "patrol", "dispatch", "service", "public")
_SOURCE_SHARE = (0.50, 0.17, 0.05, 0.11, 0.17)
STATES = (
    "reported", "verifying", "accepted", "filed", "dispatched", "suspended", "handled", "checking", "checked",
    "self_handled", "problem_bank", "closed", "rejected", "declined", "void", "merged",
)  # fmt: skip
_STATE = {name: k for k, name in enumerate(STATES)}
#: Incidents about a component that stands there; the others are events.
_COMPONENT_SHARE = 0.27
_COMMON = (
    ("机动车乱停", 130), ("非机动车", 90), ("共享单车", 80), ("暴露垃圾", 120), ("积存垃圾", 60), ("道路不洁", 80), ("乱堆", 70), ("占道经营", 60),
    ("游商", 55), ("店外经营", 60), ("小广告", 90), ("广告", 22), ("道路破损", 45), ("绿地脏乱", 24), ("垃圾未分类", 20), ("满溢", 36), ("晾挂", 22),
    ("私搭", 10), ("施工", 14), ("工地", 8), ("渣土", 12), ("噪", 20), ("油烟", 12), ("焚烧", 4), ("动物尸体", 3), ("废弃车", 5), ("废弃家具", 16),
    ("路缘石", 14), ("盲道", 12), ("消防通道", 18), ("积水", 9), ("污水", 10), ("水域", 6), ("树", 8), ("雪", 0), ("热力", 0), ("异常", 0.4),
)  # fmt: skip
_RARE = 2.0
_TROUBLES = ("损坏", "破损", "倾斜", "松动", "缺失", "污损", "堵塞", "不亮")
_UNIT_S = {
    "urgent_hours": 3600,
    "working_hours": 3 * 3600,
    "working_days": int(1.45 * DAY_S),
    "natural_days": DAY_S,
}
_USUAL_LIMIT_S = 3 * DAY_S
_DAYS = 365


@dataclass(frozen=True)
class Surroundings:
    """What incidents happen in."""

    land: Land
    grids: Grids
    ways: Kerbs
    roads: Roads
    departments: Departments
    components: Components
    worker_of: np.ndarray  # (grids,) index into worker_codes
    worker_codes: list[str]


@dataclass(frozen=True)
class _What:
    """What each incident is about and where; one entry a row."""

    kind: np.ndarray  # 0 component, 1 event
    klass: np.ndarray  # index into the classes, components first
    component: np.ndarray  # row of the component, or -1
    face: np.ndarray
    side: np.ndarray
    xy: np.ndarray


def happen(around: Surroundings, count: int, profile: str, until_s: int, rng: np.random.Generator) -> Layer:
    """Return ``count`` incidents of the year before an instant, oldest first.

    Parameters
    ----------
    until_s
        The present of the sample, POSIX seconds: nothing happens later, and what would is not yet done.
    """
    events = tuple(c for c in catalogue(profile).classes if c.kind == "event" and not c.reserved)
    classes = around.components.classes + events
    source = np.searchsorted(np.cumsum(_SOURCE_SHARE), rng.random(count), side="right").clip(max=4)
    reported = np.empty(count, np.int64)
    for k, channel in enumerate(SOURCES):
        rows = np.flatnonzero(source == k)
        reported[rows] = moments(channel, len(rows), _DAYS, until_s, rng)
    order = np.argsort(reported, kind="stable")
    source, reported = source[order], reported[order]
    what = _subjects(around, classes, count, rng)
    course = _course(classes, what.klass, source, reported, until_s, rng)
    columns = {
        "client_uuid": _uuids(count, rng),
        "kind": coded(["component", "event"], what.kind),
        "class_code": coded([c.code for c in classes], what.klass),
        "source": coded(list(SOURCES), source),
        **_words(around, classes, what, profile, rng),
        "accuracy_m": pa.array(np.round(np.exp(rng.normal(1.9, 0.5, count)), 1)),
        "reporter_code": coded(
            around.worker_codes, np.where(source <= 1, around.worker_of[what.face], -1)
        ),
        "department_code": _responsible(around, classes, what, course["dispatched_at"] >= 0, rng),
        "component_code": around.components.layer.table["component_code"].combine_chunks().take(
            pa.array(what.component.clip(0), mask=what.component < 0)
        ),
        "state": coded(list(STATES), course.pop("state")),
        **{name: instants(at) for name, at in course.items()},
    }  # fmt: skip
    return Layer(
        "incidents", pa.table(columns), Shapes.points(around.land.spec.to_lonlat(what.xy)), ("Point",)
    )


def _subjects(
    around: Surroundings, classes: tuple[CodeClass, ...], count: int, rng: np.random.Generator
) -> _What:
    """Return what each incident is about: a component near a hot spot, or an event on a road side."""
    land, ways, things = around.land, around.ways, around.components
    heat = _heat(land, around.grids, rng)
    first_event = len(things.classes)
    weight = np.array(
        [next((w for word, w in _COMMON if word in c.name_zh), _RARE) for c in classes[first_event:]]
    )
    of_event = (
        np.searchsorted(np.cumsum(weight) / weight.sum(), rng.random(count), side="right") + first_event
    )
    about_thing = (rng.random(count) < _COMPONENT_SHARE) & (len(things.face) > 0)
    component = np.full(count, -1)
    if len(things.face):
        worn = np.cumsum(heat[things.face])
        drawn = np.searchsorted(worn, rng.random(count) * worn[-1], side="right").clip(max=len(worn) - 1)
        component = np.where(about_thing, drawn, -1)
    busy = np.cumsum(ways.length * heat[ways.face] * np.exp(rng.normal(0, 1.0, len(ways.length))))
    side = np.searchsorted(busy, rng.random(count) * busy[-1], side="right").clip(max=len(busy) - 1)
    off = half_width_m(ways, side) * 0.6 + np.abs(rng.normal(0, 5, count)) + 0.5
    xy = ways.places(side, rng.uniform(0.05, 0.95, count), off)
    face = ways.face[side]
    klass = of_event.clip(max=len(classes) - 1)
    if len(things.face):
        klass = np.where(about_thing, things.class_index[component], klass)
        xy[about_thing] = things.xy[component[about_thing]]
        face = np.where(about_thing, things.face[component], face)
    return _What((~about_thing).astype(np.int64), klass, component, face, side, xy)


def _heat(land: Land, grids: Grids, rng: np.random.Generator) -> np.ndarray:
    """Return how much happens per metre of road in each grid: the city's density, communities' tempers, hot spots."""
    temper = np.exp(rng.normal(0, 0.5, len(land.communities)))[land.community_of]
    heat = np.maximum(land.density, 0.2) ** 1.2 * temper * np.exp(rng.normal(0, 0.6, len(land.density)))
    hot = rng.random(len(heat)) < 0.012
    heat[hot] *= rng.uniform(5, 14, int(hot.sum()))
    return heat


def _course(  # noqa: PLR0913 -- what decides how long things take
    classes: tuple[CodeClass, ...],
    klass: np.ndarray,
    source: np.ndarray,
    reported: np.ndarray,
    until_s: int,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Return each incident's state and instants (-1: not reached) as of the sample's present."""
    count = len(klass)
    limit = _limits(classes)[klass]

    def after(start: np.ndarray, median_s: float | np.ndarray, spread: float) -> np.ndarray:
        return start + np.maximum(60, median_s * np.exp(spread * rng.normal(size=count))).astype(np.int64)

    accepted = after(reported, np.where(source == 4, 5400, 1200), 0.7)
    filed = after(accepted, 900, 0.6)
    dispatched = after(filed, 900, 0.7)
    slow = np.where(rng.random(count) < 0.035, rng.uniform(4, 22, count), 1.0)
    handled = after(dispatched, 0.36 * limit * slow, 0.65)
    asked = after(handled, 1500, 0.6)
    checked = after(asked, 5400, 0.8)
    closed = after(checked, 5400, 0.7)
    fate = np.searchsorted([0.055, 0.075, 0.085, 0.10, 0.18], rng.random(count), side="right")
    rejected, declined, void, merged = ((fate == k) for k in range(4))
    self_handled = (fate == 4) & (source <= 1)
    stages = (reported, accepted, filed, dispatched, handled, asked, checked, closed)
    names = ("reported", "accepted", "filed", "dispatched", "handled", "checking", "checked", "closed")
    reached = np.sum([at <= until_s for at in stages], axis=0) - 1
    state = np.array([_STATE[name] for name in names])[reached.clip(0)]
    state[(reached == 0) & (source == 4) & (rng.random(count) < 0.5)] = _STATE["verifying"]
    stuck = (reached == 3) & (until_s > dispatched + limit)
    state[stuck & (rng.random(count) < 0.12)] = _STATE["suspended"]
    state[stuck & (rng.random(count) < 0.06)] = _STATE["problem_bank"]
    ends = np.select([rejected | merged, declined, void], [accepted, filed, dispatched], closed)
    for ended, name in ((rejected, "rejected"), (merged, "merged"), (declined, "declined"), (void, "void")):
        state[ended & (ends <= until_s)] = _STATE[name]
    early = self_handled | rejected | merged
    quick = after(reported, 7200, 0.6)
    state[self_handled] = np.where(quick <= until_s, _STATE["closed"], _STATE["self_handled"])[self_handled]
    ends = np.where(self_handled, quick, ends)
    final = ends <= until_s
    out = {
        "reported_at": reported,
        "filed_at": np.where(early | declined, -1, filed),
        "dispatched_at": np.where(early | declined | void, -1, dispatched),
        "handled_at": np.where(early | declined | void, -1, handled),
        "closed_at": np.where(final, ends, -1),
        "due_at": np.where(early | declined | void | (dispatched > until_s), -1, dispatched + limit),
    }
    for name in ("filed_at", "dispatched_at", "handled_at"):
        out[name] = np.where(out[name] > until_s, -1, out[name])
    return {"state": state, **out}


def _limits(classes: tuple[CodeClass, ...]) -> np.ndarray:
    """Return a handling time for each class in seconds: the first row of the demonstration standard, or three days."""
    profile = classes[0].profile
    limits: dict[tuple[str, str], int] = {}
    for row in demo_time_limits(profile):
        limits.setdefault((row.kind, row.code), row.limit_value * _UNIT_S[row.limit_unit])
    return np.array([limits.get((c.kind, c.code), _USUAL_LIMIT_S) for c in classes], np.int64)


def _responsible(
    around: Surroundings,
    classes: tuple[CodeClass, ...],
    what: _What,
    dispatched: np.ndarray,
    rng: np.random.Generator,
) -> pa.Array:
    """Return the department each dispatched incident went to: the owner's for things, mostly the street's for events."""
    departments, land = around.departments, around.land
    bodies = np.array([departments.bodies(c.name_zh) for c in classes])
    street = np.array([departments.street_office[c.parent_code] for c in land.communities])
    locally = (what.kind == 1) & (rng.random(len(what.kind)) < 0.72)
    who = np.where(what.kind == 0, bodies[what.klass, 2], bodies[what.klass, 0])
    who = np.where(locally, street[land.community_of[what.face]], who)
    return coded(departments.codes, np.where(dispatched, who, -1))


def _uuids(count: int, rng: np.random.Generator) -> pa.Array:
    """Return random version 4 identifiers as text."""
    raw = rng.integers(0, 256, (count, 16), np.uint8)
    raw[:, 6], raw[:, 8] = raw[:, 6] & 0x0F | 0x40, raw[:, 8] & 0x3F | 0x80
    return pa.array([str(UUID(bytes=row.tobytes())) for row in raw], pa.string())


def _words(
    around: Surroundings, classes: tuple[CodeClass, ...], what: _What, profile: str, rng: np.random.Generator
) -> dict[str, pa.Array]:
    """Return a description in people's own words, and the place it names."""
    count = len(what.klass)
    places = [short(c.name) for c in around.land.communities]
    road = around.ways.road[what.side]
    at = pc.binary_join_element_wise(
        coded([f"{p}社区" for p in places], around.land.community_of[what.face]),
        coded(
            [*around.roads.names, "路边"],
            np.where((what.kind == 1) & (road >= 0), road, len(around.roads.names)),
        ),
        "",
    )
    phrases, start = _phrases(classes, profile)
    pick = start[what.klass] + (rng.random(count) * (start[what.klass + 1] - start[what.klass])).astype(
        np.int64
    )
    trouble = np.where(what.kind == 0, rng.integers(0, len(_TROUBLES), count), len(_TROUBLES))
    said = coded([*_TROUBLES, ""], trouble)
    return {
        "description": pc.binary_join_element_wise(at, coded(phrases, pick), said, ""),
        "address": at,
    }


def _phrases(classes: tuple[CodeClass, ...], profile: str) -> tuple[list[str], np.ndarray]:
    """Return names people use for each class, its official one first, and offsets into them by class."""
    spoken: dict[str, list[str]] = {}
    for alias in shipped_aliases():
        marks = alias.marks.get(profile, ())
        if marks:
            spoken.setdefault(marks[0], []).append(alias.name)
    names = [[c.name_zh, *spoken.get(c.mark, [])[:6]] for c in classes]
    return [n for row in names for n in row], np.concatenate([[0], np.cumsum([len(row) for row in names])])
