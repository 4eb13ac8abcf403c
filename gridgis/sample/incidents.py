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
#: Incidents about a component that stands there; the others are events.
_COMPONENT_SHARE = 0.27
_COMMON = (
    ("异常", 0.4), ("机动车乱停", 130), ("非机动车", 90), ("共享单车", 80), ("暴露垃圾", 120),
    ("积存垃圾", 60), ("道路不洁", 80), ("乱堆", 70), ("占道经营", 60),
    ("游商", 55), ("店外经营", 60), ("小广告", 90), ("广告", 22), ("道路破损", 45), ("绿地脏乱", 24),
    ("垃圾未分类", 20), ("满溢", 36), ("晾挂", 22), ("私搭", 10), ("施工", 14), ("工地", 8), ("渣土", 12),
    ("噪", 20), ("油烟", 12), ("焚烧", 4), ("动物尸体", 3), ("废弃车", 5), ("废弃家具", 16),
    ("路缘石", 14), ("盲道", 12), ("消防通道", 18), ("积水", 9), ("污水", 10), ("水域", 6), ("树", 8),
    ("雪", 0), ("热力", 0),
)  # fmt: skip
_RARE = 2.0
#: What is said of a thing in trouble, by a word of its class name; the first that matches.
_TROUBLES = (
    ("箅", ("堵塞", "破损", "缺失", "松动")),
    ("盖", ("破损", "缺失", "松动异响", "下沉", "移位")),
    ("灯", ("不亮", "损坏", "倾斜", "白天亮灯")),
    ("树", ("倒伏", "断枝", "枯死", "遮挡视线")),
    ("垃圾", ("满溢", "破损", "倾倒", "脏污")),
    ("牌", ("歪斜", "污损", "脱落", "被遮挡")),
    ("绿地", ("踩踏", "缺株", "枯黄")),
    ("", ("损坏", "破损", "倾斜", "缺失", "污损")),
)
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
    course = _course(_limits(classes)[what.klass], source, reported, until_s, rng)
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
    """Return how much happens per metre of road in each grid: density, communities' tempers, hot spots."""
    temper = np.exp(rng.normal(0, 0.5, len(land.communities)))[land.community_of]
    heat = np.maximum(land.density, 0.2) ** 1.2 * temper * np.exp(rng.normal(0, 0.6, len(land.density)))
    hot = rng.random(len(heat)) < 0.012
    heat[hot] *= rng.uniform(5, 14, int(hot.sum()))
    return heat


def _course(
    limit: np.ndarray, source: np.ndarray, reported: np.ndarray, until_s: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return each incident's state and instants (-1: not reached) as of the sample's present."""
    count = len(limit)

    def after(start: np.ndarray, median_s: float | np.ndarray, spread: float) -> np.ndarray:
        return start + np.maximum(60, median_s * np.exp(spread * rng.normal(size=count))).astype(np.int64)

    slow = np.where(rng.random(count) < 0.035, rng.uniform(4, 22, count), 1.0)
    accepted = after(reported, np.where(source == SOURCES.index("public"), 5400, 1200), 0.7)
    filed = after(accepted, 900, 0.6)
    dispatched = after(filed, 900, 0.7)
    handled = after(dispatched, 0.36 * limit * slow, 0.65)
    checking = after(handled, 1500, 0.6)
    checked = after(checking, 5400, 0.8)
    closed = after(checked, 5400, 0.7)
    fate = _fates(source, rng)
    ends = np.select(
        [np.isin(fate, ("rejected", "merged")), fate == "declined", fate == "void", fate == "self_handled"],
        [accepted, filed, dispatched, after(reported, 7200, 0.6)],
        closed,
    )
    stages = {"reported": reported, "accepted": accepted, "filed": filed, "dispatched": dispatched}
    stages |= {"handled": handled, "checking": checking, "checked": checked, "closed": closed}
    state = _states(stages, fate, ends, dispatched + limit, source, until_s, rng)
    unfiled, unsent = np.isin(fate, ("rejected", "merged", "declined", "self_handled")), fate != "closed"
    sent = np.where(unsent | (dispatched > until_s), -1, dispatched)
    return {
        "state": state,
        "reported_at": reported,
        "filed_at": np.where(unfiled | (filed > until_s), -1, filed),
        "dispatched_at": sent,
        "handled_at": np.where(unsent | (handled > until_s), -1, handled),
        "closed_at": np.where(ends <= until_s, ends, -1),
        "due_at": np.where(sent < 0, -1, dispatched + limit),
    }


def _fates(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return how each incident ends; only workers handle trifles themselves."""
    names = np.array(["rejected", "declined", "void", "merged", "self_handled", "closed"])
    fate = names[np.searchsorted([0.055, 0.075, 0.085, 0.10, 0.18], rng.random(len(source)), side="right")]
    return np.where((fate == "self_handled") & (source > SOURCES.index("patrol")), "closed", fate)


def _states(
    stages: dict[str, np.ndarray],
    fate: np.ndarray,
    ends: np.ndarray,
    due: np.ndarray,
    source: np.ndarray,
    until_s: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the state each incident has reached by the sample's present, as an index into ``STATES``."""
    codes = np.array([STATES.index(name) for name in stages])
    reached = (np.sum([at <= until_s for at in stages.values()], axis=0) - 1).clip(0)
    state, luck = codes[reached], rng.random(len(fate))
    asked = (state == STATES.index("reported")) & (source == SOURCES.index("public")) & (luck < 0.5)
    state[asked] = STATES.index("verifying")
    stuck = (state == STATES.index("dispatched")) & (due < until_s)
    state[stuck & (luck < 0.12)] = STATES.index("suspended")
    state[stuck & (luck > 0.94)] = STATES.index("problem_bank")
    for name in ("rejected", "merged", "declined", "void"):
        state[(fate == name) & (ends <= until_s)] = STATES.index(name)
    trifle = fate == "self_handled"
    state[trifle] = np.where(ends <= until_s, STATES.index("closed"), STATES.index("self_handled"))[trifle]
    return state


def _limits(classes: tuple[CodeClass, ...]) -> np.ndarray:
    """Return each class's handling time in seconds: the demonstration standard's first row, or three days."""
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
    """Return where each dispatched incident went: things to their keeper, events mostly to the street."""
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
    rows = [next(said for word, said in _TROUBLES if word in c.name_zh) for c in classes]
    first = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    trouble = first[what.klass] + (rng.random(count) * np.diff(first)[what.klass]).astype(np.int64)
    said = coded([*(t for row in rows for t in row), ""], np.where(what.kind == 0, trouble, first[-1]))
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
