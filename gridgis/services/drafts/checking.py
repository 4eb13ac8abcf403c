"""What is wrong with a draft, grid by grid: before anybody submits it, and again when it is published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
import shapely.geometry
from numpy.typing import NDArray

from gridgis.codes.grids import highest_sequence
from gridgis.config import Config
from gridgis.geometry import coverage
from gridgis.geometry.adjacency import Adjacency, adjacency, islands
from gridgis.planning.editing.fabric import Fabric
from gridgis.planning.editing.proof import cut_buildings
from gridgis.planning.editing.rings import edges_of
from gridgis.services.drafts import figuring, keeping
from gridgis.services.drafts.fabric import buildings_in
from gridgis.services.drafts.keeping import Planner
from gridgis.services.drafts.viewing import prefixes
from gridgis.sql import draft_grids as sql
from gridgis.sql.draft_grids import View

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

#: Kinds of findings, those that keep a draft from being published first.
KINDS = (
    "conflict", "gap", "overlap", "outside", "parts", "over_999", "building_cut", "unassigned",
    "not_contiguous_beat", "unbalanced",
)  # fmt: skip
_BREAKING = frozenset(KINDS[:6])

#: A worker with more than so many times the mean minutes of the workers checked is named.
UNBALANCED = 1.25

_COVERAGE = {"gap": "gap", "overlap": "overlap", "outside": "outside", "multipart": "parts"}
_SENTENCES = {
    "gap": "{area:,.1f} m2 of ground are nobody's, beside {names}",
    "overlap": "{names} overlap on {area:,.1f} m2",
    "outside": "{names}: {area:,.1f} m2 outside the community",
    "parts": "{names}: in several parts",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes
    ----------
    kind, community
        One of `KINDS`, and the code of the community it is found in.
    keys
        The grids.
    sentence, values
        What is wrong in English, and its figures and names, for who says it in another language.
    place
        Where, EPSG:4326.
    stood
        Whether the grids in force have the same fault, as in a city that was loaded with gaps.
    """

    kind: str
    community: str
    keys: list[str]
    sentence: str
    place: shapely.Geometry | None = None
    area_m2: float | None = None
    values: dict[str, Any] = field(default_factory=dict)
    stood: bool = False

    @property
    def breaking(self) -> bool:
        """Whether it keeps a draft from being published; what the grids in force have as well does not."""
        return self.kind in _BREAKING and not self.stood

    def told(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "kind": self.kind,
            "community": self.community,
            "keys": self.keys,
            "sentence": self.sentence,
            "values": self.values,
            "place": None if self.place is None else shapely.geometry.mapping(self.place),
            "area_m2": self.area_m2,
            "breaking": self.breaking,
        }


@dataclass(frozen=True, slots=True)
class _Ground:
    """The grids that are checked."""

    rows: Sequence[Row[Any]]
    polygons: NDArray[Any]
    communities: list[str]

    def keys(self, where: Any) -> list[str]:
        return [self.rows[row].key for row in where]


def check(
    session: Session,
    planner: Planner,
    config: Config,
    plan_id: int,
    now: datetime,
    *,
    division: str | None = None,
) -> list[Finding]:
    """Return what is wrong with a plan, in the order of `KINDS`.

    Parameters
    ----------
    division
        All communities of it are checked; without one, those that the draft changes.

    Raises
    ------
    NotFound
        There is no such plan, or none the planner may see.
    InvalidInput
        The code is no division's.
    """
    view = keeping.view(keeping.seen(session, planner, plan_id), config, now)
    within = prefixes(planner, division)
    communities = (
        sql.select_changed_communities(session, plan_id, within)
        if division is None
        else sql.select_communities(session, within)
    )
    ground = _ground(session, view, communities)
    found = [
        *_conflicts(session, plan_id, planner),
        *_uncovered(session, ground, config, now),
        *_cut(session, ground),
        *_numbers(session, plan_id, ground),
        *_staff(session, view, ground, config),
    ]
    return sorted(found, key=lambda finding: (KINDS.index(finding.kind), finding.keys))


def _ground(session: Session, view: View, communities: list[str]) -> _Ground:
    rows = sql.select_by_prefix(session, view, communities) if communities else []
    shapes = np.array([shapely.from_wkb(bytes(row.wkb)) for row in rows], dtype=object)
    return _Ground(rows, shapes, communities)


def _conflicts(session: Session, plan_id: int, planner: Planner) -> Iterator[Finding]:
    for key in sql.select_conflicts(session, plan_id, planner.scope.prefixes):
        yield Finding(
            "conflict",
            key[:12],
            [key],
            f"grid {key} is no longer in force: another plan was published meanwhile",
        )


def _uncovered(session: Session, ground: _Ground, config: Config, now: datetime) -> Iterator[Finding]:
    outlines = {
        code: shapely.from_wkb(wkb) for code, wkb in sql.select_outlines(session, ground.communities).items()
    }
    empty = sorted(set(outlines) - {row.community_code for row in ground.rows})
    found = [finding for finding in _coverage(ground, outlines, config) if finding.kind in _COVERAGE]
    if not empty and not found:
        return
    former = _ground(session, View(None, now, now.astimezone(config.zone).date()), ground.communities)
    began_with = _coverage(former, outlines, config)
    for code in empty:
        stood = code not in {row.community_code for row in former.rows}
        yield Finding("gap", code, [], f"community {code} has no grid", outlines[code], stood=stood)
    for finding in found:
        kind = _COVERAGE[finding.kind]
        if kind != "parts" and finding.area_m2 <= config.gap_tolerance_m2:
            continue
        names = ", ".join(finding.codes[:5]) or finding.parent
        yield Finding(
            kind,
            finding.parent,
            list(finding.codes),
            _SENTENCES[kind].format(names=names, area=finding.area_m2),
            finding.place,
            round(finding.area_m2, 2),
            stood=finding.is_within(began_with),
        )


def _coverage(
    ground: _Ground, outlines: dict[str, shapely.Geometry], config: Config
) -> list[coverage.Finding]:
    if not len(ground.polygons):
        return []
    return coverage.check_coverage(
        [row.key for row in ground.rows],
        ground.polygons,
        [row.community_code for row in ground.rows],
        outlines,
        srid=config.metric_srid,
    ).findings


def _cut(session: Session, ground: _Ground) -> Iterator[Finding]:
    """Find buildings that borders of new grids run through."""
    new = [row for row, grid in enumerate(ground.rows) if grid.key.startswith("n")]
    if not new:
        return
    buildings = buildings_in(session, figuring.boxes_of(ground.polygons[new]))
    if not len(buildings.ids):
        return
    edges = [edge for row in new for edge in edges_of(ground.polygons[row])]
    cuts: dict[int, list[shapely.Geometry]] = defaultdict(list)
    for row, place in cut_buildings(Fabric((), buildings=buildings), edges):
        cuts[row].append(place)
    tree = shapely.STRtree(ground.polygons)
    for row, places in sorted(cuts.items()):
        near = tree.query(shapely.union_all(places), predicate="intersects")
        yield Finding(
            "building_cut",
            ground.rows[near[0]].community_code,
            sorted(ground.keys(near)),
            f"a border runs through building {buildings.ids[row]}",
            shapely.union_all(places),
            values={"building": str(buildings.ids[row])},
        )


def _numbers(session: Session, plan_id: int, ground: _Ground) -> Iterator[Finding]:
    highest = highest_sequence()
    for code, used in sorted(sql.count_used(session, plan_id, ground.communities).items()):
        if used > highest:
            yield Finding(
                "over_999",
                code,
                [],
                f"community {code} needs grid number {used}; its numbers end at {highest}",
                values={"used": used, "highest": highest},
            )


def _staff(session: Session, view: View, ground: _Ground, config: Config) -> Iterator[Finding]:
    for grid, polygon in zip(ground.rows, ground.polygons, strict=True):
        if grid.worker_code is None:
            sentence = f"grid {grid.key} is nobody's"
            yield Finding("unassigned", grid.community_code, [grid.key], sentence, polygon)
    workers = sorted({row.worker_code for row in ground.rows if row.worker_code is not None})
    held = sql.select_of_workers(session, view, workers) if workers else []
    minutes = figuring.minutes_of(session, held)
    beats: dict[str, list[int]] = defaultdict(list)
    for row, grid in enumerate(held):
        beats[grid.worker_code].append(row)
    polygons = np.array([shapely.from_wkb(bytes(row.wkb)) for row in held], dtype=object)
    beside = adjacency(polygons, config.metric_srid) if len(held) else None
    mean = sum(minutes.values()) / max(len(beats), 1)
    for worker, own in sorted(beats.items()):
        keys = [held[row].key for row in own]
        place, community = shapely.union_all(polygons[own]), held[own[0]].community_code
        if beside is not None and len(parts := _parts(own, beside)) > 1:
            yield Finding(
                "not_contiguous_beat",
                community,
                keys,
                f"the beat of {worker} is in {len(parts)} pieces",
                place,
                values={"worker": worker, "pieces": len(parts)},
            )
        total = sum(minutes[key] for key in keys)
        if mean > 0 and total > UNBALANCED * mean:
            sentence = f"{worker} has {total:,.0f} minutes a week, {total / mean:.2f} times the mean"
            values = {"worker": worker, "minutes": round(total), "times": round(total / mean, 2)}
            yield Finding("unbalanced", community, keys, sentence, place, values=values)


def _parts(own: Sequence[int], beside: Adjacency) -> list[list[int]]:
    """Return the pieces of some grids that hang together by common edges."""
    place = {row: k for k, row in enumerate(own)}
    pairs = [
        (place[a], place[b])
        for a, b in zip(beside.one.tolist(), beside.other.tolist(), strict=True)
        if a in place and b in place
    ]
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return islands(len(own), Adjacency(one, other, np.zeros(len(pairs))))
