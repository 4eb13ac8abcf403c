"""Buildings: footprints inside grids with use, floors and counts; counts only, never a word about persons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridgis.sample.divisions import Land, apportioned
from gridgis.sample.fabric import Fabric
from gridgis.sample.grids import Grids
from gridgis.sample.layers import POLYGON, Layer, Shapes, coded
from gridgis.sample.lots import place_lots
from gridgis.sample.names import short, stems
from gridgis.sample.roads import HALF_WIDTH_M, Roads

USES = (
    "residential", "urban_village", "commercial", "office", "industrial", "school", "hospital", "public",
    "rural",
)  # fmt: skip
_USE_ZH = ("花园", "村", "商业中心", "大厦", "工业园", "学校", "医院", "服务中心", "村")


@dataclass(frozen=True, slots=True)
class _Quarter:
    """What is built in a grid of a kind.

    Attributes
    ----------
    half_w, half_d, gap
        Of a usual footprint, metres.
    per_ha
        Footprints where there is room for all.
    frontage
        Share of them along the roads.
    uses
        Weight of each of ``USES``.
    floors
        Median, and the spread of its logarithm.
    """

    half_w: float
    half_d: float
    gap: float
    per_ha: float
    frontage: float
    uses: tuple[float, ...]
    floors: tuple[float, float]


QUARTERS = {
    "residential": _Quarter(19, 7.5, 14, 5.2, 0.4, (90, 0, 4, 1, 0, 2, 0.3, 2, 0), (16, 0.55)),
    "urban_village": _Quarter(6.2, 5.4, 2.6, 42, 0.2, (3, 92, 3, 0, 1, 0.2, 0, 0.6, 0), (6.5, 0.25)),
    "business": _Quarter(18, 15, 16, 3.6, 0.7, (14, 0, 30, 52, 0, 0.3, 0.5, 3, 0), (19, 0.65)),
    "industrial": _Quarter(32, 13, 12, 3.0, 0.5, (12, 2, 4, 8, 72, 0, 0, 1, 0), (5, 0.35)),
    "campus": _Quarter(26, 9, 18, 2.2, 0.25, (18, 0, 3, 6, 0, 56, 11, 6, 0), (6, 0.4)),
    "green": _Quarter(8, 6, 9, 0.25, 0.3, (8, 8, 8, 0, 4, 1, 0, 22, 48), (2.5, 0.4)),
}
KINDS = tuple(QUARTERS)
#: Between the carriageway and the nearest building.
_PAVEMENT_M = 4.0


@dataclass(frozen=True)
class Buildings:
    """The buildings of the city, in order of grid code.

    Attributes
    ----------
    face
        (buildings,) grid each stands in.
    population
        (buildings,) people counted there.
    centre
        (buildings, 2) metres.
    """

    layer: Layer
    face: np.ndarray
    population: np.ndarray
    centre: np.ndarray


def kinds_of(land: Land, grids: Grids, rng: np.random.Generator) -> np.ndarray:
    """Return each grid's kind of quarter, an index into ``KINDS``; neighbours in a community are alike."""
    faces = len(land.density)
    tilt = rng.gumbel(0, 1.0, (len(land.communities), len(KINDS)))[land.community_of]
    busy = np.log(np.maximum(land.density, 0.3))
    crowded = -np.log(grids.area_m2 / np.median(grids.area_m2))
    liking = np.column_stack(
        [
            1.2 + 0.35 * busy,
            -0.35 + 0.15 * busy + 0.15 * crowded,
            -1.5 + 1.1 * busy,
            0.2 + 0.9 * busy - 0.42 * busy**2,
            -1.0 * np.ones(faces),
            2.5 - 1.7 * (busy - 0.35),
        ]
    )
    return np.argmax(liking + 0.8 * tilt + rng.gumbel(0, 0.75, (faces, len(KINDS))), axis=1)


def build(
    land: Land,
    fabric: Fabric,
    roads: Roads,
    grids: Grids,
    kinds: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> Buildings:
    """Return exactly ``count`` buildings, each strictly inside one grid and apart from the others.

    Where a part of the city is full the rest takes more; where all is full, footprints shrink.
    """
    where = np.argsort(-land.density - rng.random(len(land.communities))[land.community_of], kind="stable")
    faces, lots = _fill(fabric, roads, grids, kinds, (count, where), rng)
    rank = np.empty(len(grids.order), np.int64)
    rank[grids.order] = np.arange(len(grids.order))
    order = np.argsort(rank[faces], kind="stable")
    faces, lots = faces[order], lots[order]
    use, columns = _facts(land, kinds, faces, lots, rng)
    start, corners = _corners(lots, use, rng)
    shapes = Shapes(start, land.spec.to_lonlat(corners), POLYGON, multi=True)
    columns = {
        "source_id": pc.binary_join_element_wise(
            pa.array(grids.codes[faces]), pa.array(_serial(faces).astype(str)), "-"
        ),
        **_words(land, fabric, roads, faces, lots, use, rng),
        **columns,
    }
    layer = Layer("buildings", pa.table(columns), shapes, ("MultiPolygon",))
    return Buildings(layer, faces, columns["population"].to_numpy(), lots[:, :2])


def _fill(
    fabric: Fabric,
    roads: Roads,
    grids: Grids,
    kinds: np.ndarray,
    wish: tuple[int, np.ndarray],
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return grids and footprints of buildings; ``wish`` is their number and the grids, busiest first."""
    count, busiest = wish
    quarters = [QUARTERS[k] for k in KINDS]
    sizes = np.array([[q.half_w, q.half_d, q.gap] for q in quarters])[kinds]
    frontage = np.array([q.frontage for q in quarters])[kinds]
    weight = np.array([q.per_ha for q in quarters])[kinds] * np.minimum(grids.area_m2, 4e5) / 1e4
    xy, margin = (
        fabric.xy[fabric.ring_points],
        HALF_WIDTH_M[roads.edge_class[fabric.ring_edges()]] + _PAVEMENT_M,
    )
    dice = rng.random((1 << 17, 4))
    full = np.zeros(len(kinds), bool)
    wanted, placed = _shared_out(count, weight, busiest), np.zeros(len(kinds), np.int64)
    for turn in range(12):
        lots = place_lots(xy, fabric.ring_start, margin, wanted, sizes, frontage, dice, placed)
        short = count - int(placed.sum())
        if short == 0:
            break
        full |= placed < wanted
        if full.all() or turn % 4 == 3:
            sizes, full = sizes * 0.85, np.zeros(len(kinds), bool)
        wanted = placed + apportioned(short, np.where(full, 0.0, weight))
    return np.repeat(np.arange(len(kinds)), placed), lots


def _shared_out(count: int, weight: np.ndarray, busiest: np.ndarray) -> np.ndarray:
    """Return how many buildings each grid is to have.

    Where the count is far from filling the city, most go to its busiest part, which then looks as it should;
    the rest is thin everywhere.
    """
    usual = 0.6 * weight
    if count > 0.5 * usual.sum():
        return apportioned(count, weight)
    dense = 2 * count // 3
    chosen = busiest[np.cumsum(usual[busiest]) <= dense]
    if not len(chosen):
        return apportioned(count, weight)
    centre = np.zeros(len(weight))
    centre[chosen] = weight[chosen]
    return apportioned(dense, centre) + apportioned(count - dense, weight)


def _serial(faces: np.ndarray) -> np.ndarray:
    """Return 1, 2, 3 ... within each run of equal faces."""
    opens = np.flatnonzero(np.append(True, faces[1:] != faces[:-1]))
    return np.arange(len(faces)) - np.repeat(opens, np.diff(np.append(opens, len(faces)))) + 1


def _corners(lots: np.ndarray, use: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets and corners: rectangles, and L shapes for some of the larger buildings."""
    large = (lots[:, 3] * lots[:, 4] > 110) & (lots[:, 4] > 8.5)
    likely = np.array([0.22, 0.0, 0.3, 0.3, 0.12, 0.5, 0.5, 0.3, 0.1])[use]
    bent = large & (rng.random(len(lots)) < likely)
    cut = rng.uniform(0.35, 0.65, (len(lots), 2))
    w, d = lots[:, 3], lots[:, 4]
    nw, nd = w - 2 * w * cut[:, 0], d - 2 * d * cut[:, 1]
    flip = np.where(rng.random(len(lots)) < 0.5, -1.0, 1.0)
    plan = np.stack([[-w, -d], [w, -d], [w, nd], [nw, nd], [nw, d], [-w, d]]).transpose(2, 0, 1)
    plan[~bent, 2] = np.column_stack([w, d])[~bent]
    keep = np.ones((len(lots), 6), bool)
    keep[~bent, 3:5] = False
    turn = lots[:, 2] + np.where(flip < 0, np.pi, 0.0)
    c, s = np.cos(turn)[:, None], np.sin(turn)[:, None]
    x = lots[:, :1] + plan[..., 0] * c - plan[..., 1] * s
    y = lots[:, 1:2] + plan[..., 0] * s + plan[..., 1] * c
    start = np.concatenate([[0], np.cumsum(keep.sum(axis=1))])
    return start, np.column_stack([x[keep], y[keep]])


def _facts(
    land: Land, kinds: np.ndarray, faces: np.ndarray, lots: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, pa.Array]]:
    """Return each building's use, and its floors, height and counts as columns."""
    kind, count = kinds[faces], len(faces)
    shares = np.array([np.cumsum(QUARTERS[k].uses) / np.sum(QUARTERS[k].uses) for k in KINDS])
    use = (rng.random(count)[:, None] > shares[kind]).sum(axis=1).clip(max=len(USES) - 1)
    median, spread = np.array([QUARTERS[k].floors for k in KINDS]).T
    central = np.clip(land.density[faces] / 6, 0.45, 1.5) ** np.where(kind == 1, 0.2, 0.6)
    floors = median[kind] * central * np.exp(spread[kind] * rng.normal(size=count))
    low = np.isin(use, [USES.index(u) for u in ("school", "public", "rural", "hospital")])
    floors = np.clip(np.round(np.where(low, np.minimum(floors, 9), floors)), 1, 88).astype(np.int64)
    height = np.round(floors * np.array([2.95, 3.1, 4.6, 3.9, 4.8, 3.7, 3.9, 3.8, 3.2])[use] + 1.2, 1)
    space = 4 * lots[:, 3] * lots[:, 4] * floors
    lived = np.array([1 / 190, 1 / 95, 0.0, 0.0, 1 / 900, 1 / 4000, 0.0, 0.0, 1 / 160])[use]
    worked = np.array(
        [1 / 9000, 1 / 1500, 1 / 260, 1 / 420, 1 / 1800, 1 / 30000, 1 / 30000, 1 / 6000, 1 / 5000]
    )[use]
    households = rng.poisson(np.minimum(space * lived * rng.uniform(0.7, 1.0, count), 1600))
    population = households + rng.poisson(households * np.where(np.isin(use, (1, 4)), 0.55, 1.75))
    firms = rng.poisson(np.minimum(space * worked * rng.uniform(0.5, 1.1, count), 900))
    columns = {
        "use": coded(list(USES), use),
        "floors": pa.array(floors, pa.int32()),
        "height_m": pa.array(height),
        "households": pa.array(households, pa.int32()),
        "population": pa.array(population, pa.int32()),
        "firms": pa.array(firms, pa.int32()),
        "has_contact": pa.array(rng.random(count) < np.where(households > 0, 0.93, 0.6)),
    }
    return use, columns


def _words(
    land: Land,
    fabric: Fabric,
    roads: Roads,
    faces: np.ndarray,
    lots: np.ndarray,
    use: np.ndarray,
    rng: np.random.Generator,
) -> dict[str, pa.Array]:
    """Return name and address: the nearest of its grid's roads, a number along it, and the community."""
    road, number = nearest_road(fabric, roads, faces, lots[:, :2])
    estates = stems(2000, rng)
    estate = (faces * 31 + use * 7) % len(estates)
    places = [short(c.name) for c in land.communities]
    serial = pc.binary_join_element_wise(
        pa.array(_serial(faces).astype(str)),
        pa.array(["栋"]).take(pa.array(np.zeros(len(faces), np.int32))),
        "",
    )
    own = pc.binary_join_element_wise(coded(estates, estate), coded(list(_USE_ZH), use), serial, "")
    village = pc.binary_join_element_wise(
        coded(places, land.community_of[faces]), coded(list(_USE_ZH), use), serial, ""
    )
    plain = np.isin(use, (1, 8))
    at = pc.binary_join_element_wise(
        coded(places, land.community_of[faces]),
        coded([f"社区{name}" for name in roads.names] or ["社区"], road),
        pa.array(number.astype(str)),
        "",
    )
    return {
        "name": pc.if_else(pa.array(plain), village, own),
        "address": pc.binary_join_element_wise(
            at, pa.array(["号"]).take(pa.array(np.zeros(len(faces), np.int32))), ""
        ),
    }


def nearest_road(
    fabric: Fabric, roads: Roads, faces: np.ndarray, xy: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the road of the nearest edge of each point's grid, and a house number by distance along it."""
    edges = np.flatnonzero(fabric.edge_line >= 0)
    sides = np.concatenate([fabric.edge_left[edges], fabric.edge_right[edges]])
    both = np.concatenate([edges, edges])
    order = np.argsort(sides, kind="stable")
    both, bounds = both[order], np.searchsorted(sides[order], np.arange(len(fabric.ring_start)))
    middle = fabric.xy[fabric.edge_points[(fabric.edge_start[:-1] + fabric.edge_start[1:]) // 2]]
    best, gap = np.full(len(faces), -1), np.full(len(faces), np.inf)
    for k in range(int(np.diff(bounds).max(initial=0))):
        there = bounds[faces] + k < bounds[faces + 1]
        edge = both[np.minimum(bounds[faces] + k, len(both) - 1)]
        away = np.hypot(*(xy - middle[edge]).T)
        nearer = there & (away < gap)
        best[nearer], gap[nearer] = edge[nearer], away[nearer]
    road = np.where(best >= 0, fabric.edge_line[best], -1)
    start = fabric.xy[roads.points[roads.start[np.maximum(road, 0)]]]
    number = np.maximum(np.hypot(*(xy - start).T) / 12, 1).astype(np.int64)
    return road, number
