"""Components: what stands along the roads, with classes, codes, owners, states and dates by the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridgis.codes.catalogue import CodeClass, catalogue
from gridgis.sample.departments import Departments
from gridgis.sample.divisions import Land
from gridgis.sample.grids import Grids
from gridgis.sample.kerbs import Kerbs, half_width_m
from gridgis.sample.layers import LINE, POINT, POLYGON, Layer, Shapes, coded, dates, numbered

STATES = ("intact", "damaged", "missing", "abandoned", "removed")
_STATE_SHARE = (0.955, 0.028, 0.006, 0.008, 0.003)
_DATA_SOURCES = ("surveyed", "topographic_map", "base_geodata", "other")
#: How common things are, by a word of the class name; the first that matches. In parts per some thousands.
_COMMON = (
    ("行道树", 300), ("树池", 60), ("古树", 0.4), ("独立树", 20), ("护树", 12), ("路灯井盖", 28),
    ("路灯配电", 6), ("路灯", 150), ("雨水箅", 110), ("雨水井", 85), ("污水井", 75), ("供水井", 45),
    ("上水井", 45), ("电力井", 42), ("电缆井", 20), ("通信井", 60), ("通讯井", 60), ("燃气井", 24),
    ("热力", 0), ("供热", 0), ("井盖", 5), ("消防设施", 30), ("交通标志", 70), ("路名牌", 22),
    ("门（楼号）牌", 60), ("信号灯", 20), ("监控", 36), ("垃圾箱", 60), ("公共厕所", 0.9), ("公厕指示", 2),
    ("电力立杆", 24), ("通信立杆", 14), ("立杆", 10), ("交接箱", 14), ("电力设施", 14), ("变压", 6),
    ("高压", 1.5), ("公交站", 6), ("户外广告", 14), ("广告牌匾", 30), ("牌匾", 40), ("宣传栏", 10),
    ("健身", 6), ("充电桩", 9), ("快递柜", 5), ("座椅", 14), ("坐椅", 14), ("绿地护栏", 16), ("绿地", 26),
    ("交通护栏", 30), ("停车场", 2), ("非机动车停放", 7), ("租赁点", 3), ("人行横道桩", 12),
    ("便道桩", 22), ("防撞桶", 6), ("天桥", 0.25), ("地下通道", 0.15), ("立交桥", 0.1), ("跨河桥", 0.2),
    ("铁", 0.1), ("隧道", 0.05), ("栈桥", 0.05), ("港监", 0.05), ("岗亭", 1), ("报刊亭", 0.6), ("电话亭", 1),
    ("邮筒", 0.8), ("花", 12), ("雕塑", 1.2), ("喷泉", 0.2), ("加油", 0.3), ("文物", 0.3), ("林地", 1.5),
    ("危险源", 0.1), ("工地", 1), ("减速带", 8), ("隔音屏", 2), ("柔性隔离", 4),
)  # fmt: skip
_RARE = 1.2


@dataclass(frozen=True)
class Components:
    """The components, in order of grid and along its border.

    Attributes
    ----------
    layer
        As written.
    classes
        The profile's component classes; ``class_index`` points into it.
    face, xy
        Grid and place (metres) of each.
    """

    layer: Layer
    classes: tuple[CodeClass, ...]
    class_index: np.ndarray
    face: np.ndarray
    xy: np.ndarray


def furnish(
    land: Land,
    grids: Grids,
    ways: Kerbs,
    departments: Departments,
    count: int,
    profile: str,
    until_day: int,
    rng: np.random.Generator,
) -> Components:
    """Return exactly ``count`` components along the roads, denser where the city is.

    Parameters
    ----------
    until_day
        Last day any date may have, in days since 1970-01-01.
    """
    classes = tuple(c for c in catalogue(profile).classes if c.kind == "component" and not c.reserved)
    side, along = _spread(ways, land.density, count, rng)
    order = np.argsort(np.argsort(grids.order)[ways.face[side]], kind="stable")
    side, along = side[order], along[order]
    weight = np.array([_commonness(c.name_zh) for c in classes])
    index = np.searchsorted(np.cumsum(weight) / weight.sum(), rng.random(count), side="right")
    kinds = np.array([{"point": POINT, "line": LINE, "polygon": POLYGON}[c.geometry] for c in classes])[index]
    start, xy = _drawn(ways, side, along, kinds, rng)
    shapes = Shapes(start, land.spec.to_lonlat(xy), kinds)
    face = ways.face[side]
    columns = {
        "component_code": _codes(grids.codes[face].astype("U6"), classes, index),
        "class_code": coded([c.code for c in classes], index),
        "name": coded([c.name_zh for c in classes], index),
        **_bodies(departments, classes, index, rng),
        **_history(until_day, count, rng),
        "accuracy_class": coded([c.accuracy for c in classes], index),
    }
    layer = Layer("components", pa.table(columns), shapes, ("Point", "LineString", "Polygon"))
    return Components(layer, classes, index, face, xy[start[:-1]])


def _commonness(name: str) -> float:
    return next((share for word, share in _COMMON if word in name), _RARE)


def _spread(
    ways: Kerbs, density: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the side of each of ``count`` things and the place along it (0-1), evenly but for a jitter."""
    by_class = np.array([1.6, 1.7, 1.4, 1.0, 0.35])[ways.road_class]
    weight = np.cumsum(ways.length * by_class * np.sqrt(np.maximum(density[ways.face], 0.2)))
    at = (np.arange(count) + rng.uniform(0.1, 0.9, count)) * (weight[-1] / max(count, 1))
    side = np.searchsorted(weight, at, side="right").clip(max=len(weight) - 1)
    before = np.concatenate([[0], weight])[side]
    return side, (at - before) / (weight[side] - before)


def _drawn(
    ways: Kerbs, side: np.ndarray, along: np.ndarray, kinds: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets and coordinates in metres: points, and lines and narrow strips along the kerb."""
    count = len(side)
    kerb = half_width_m(ways, side)
    off = np.where(
        rng.random(count) < 0.35, kerb * rng.uniform(0.15, 0.9, count), kerb + rng.uniform(0.4, 2.2, count)
    )
    size = np.array([1, 2, 4])[kinds]
    start = np.concatenate([[0], np.cumsum(size)])
    xy = np.empty((start[-1], 2))
    points = kinds == POINT
    xy[start[:-1][points]] = ways.places(side[points], along[points], off[points])
    reach = np.minimum(rng.uniform(8, 45, count) / ways.length[side], 0.8)
    low = (along - reach / 2).clip(0.05, 0.95 - reach)
    inner, outer = kerb + 0.8, kerb + rng.uniform(1.8, 3.4, count)
    for kind, corners in ((LINE, ((0, 0), (1, 0))), (POLYGON, ((0, 0), (1, 0), (1, 1), (0, 1)))):
        rows = np.flatnonzero(kinds == kind)
        places = np.column_stack([low[rows] + far * reach[rows] for far, _ in corners])
        offs = np.column_stack([(outer if out else inner)[rows] for _, out in corners])
        corner = start[rows][:, None] + np.arange(len(corners))
        xy[corner] = ways.strips(side[rows], places, offs)
    return start, xy


def _codes(district: np.ndarray, classes: tuple[CodeClass, ...], index: np.ndarray) -> pa.Array:
    """Return component codes: district, class, and a serial that counts up within both."""
    districts, where = np.unique(district, return_inverse=True)
    key = where * len(classes) + index
    order = np.argsort(key, kind="stable")
    opens = np.append(True, key[order][1:] != key[order][:-1]) if len(key) else np.empty(0, bool)
    first = np.flatnonzero(opens)
    serial = np.empty(len(key), np.int64)
    serial[order] = np.arange(len(key)) - np.repeat(first, np.diff(np.append(first, len(key)))) + 1
    return pc.binary_join_element_wise(
        coded([str(d) for d in districts], where),
        coded([c.code for c in classes], index),
        numbered(serial, 6),
        "",
    )


def _bodies(
    departments: Departments, classes: tuple[CodeClass, ...], index: np.ndarray, rng: np.random.Generator
) -> dict[str, pa.Array]:
    """Return the competent department, owner and maintainer of each; some owners are not known."""
    bodies = np.array([departments.bodies(c.name_zh) for c in classes])[index]
    bodies[rng.random(len(index)) < 0.015, 1] = -1
    columns = {}
    for k, body in enumerate(("competent_dept", "owner", "maintainer")):
        columns[f"{body}_code"] = coded(departments.codes, bodies[:, k])
        columns[f"{body}_name"] = coded(departments.names, bodies[:, k])
    return columns


def _history(until_day: int, count: int, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Return state, survey dates and source: what is not intact was found so at a later visit."""
    state = np.searchsorted(np.cumsum(_STATE_SHARE), rng.random(count), side="right").clip(
        max=len(STATES) - 1
    )
    age = rng.integers(400, 3600, count)
    changed = np.where(
        (state > 0) | (rng.random(count) < 0.12), (age * rng.random(count)).astype(np.int64), -1
    )
    source = np.searchsorted([0.82, 0.93, 0.98], rng.random(count), side="right")
    return {
        "state": coded(list(STATES), state),
        "initial_date": dates(until_day - age),
        "change_date": dates(np.where(changed >= 0, until_day - changed, -1)),
        "data_source": coded(list(_DATA_SOURCES), source),
    }
