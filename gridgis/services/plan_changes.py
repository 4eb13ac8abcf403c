"""What publishing a draft would change, compared with the grids in force, and whether it may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.codes import grids as grid_codes
from gridgis.config import Config
from gridgis.errors import Conflict, NotAllowed
from gridgis.geometry.coverage import Finding, check_coverage
from gridgis.geometry.location import GridSet
from gridgis.planning.succession import Succession, succession
from gridgis.scope import Scope
from gridgis.sql import publishing as sql

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

#: Findings with an area, accepted below the tolerance of the settings.
_AREAS = ("gap", "overlap", "outside")
#: What refuses a plan, as a sentence counts it.
_WORDS = {
    "gap": "gaps",
    "overlap": "overlaps",
    "outside": "places outside",
    "unshared_vertex": "unshared vertices",
}
#: A grid this near another one, in degrees, may share a border with it.
_BESIDE_DEG = 1e-8
#: Grids or places named in one sentence.
_NAMED = 5


class Grids:
    """Some grids as aligned arrays: keys, the codes of their communities, polygons in EPSG:4326."""

    def __init__(self, keys: Sequence[Any], communities: Sequence[Any], polygons: Sequence[Any]) -> None:
        self.keys: NDArray[Any] = np.array([*keys, None], dtype=object)[:-1]
        self.communities: NDArray[Any] = np.array([*communities, None], dtype=object)[:-1]
        self.polygons: NDArray[Any] = np.array([*polygons, None], dtype=object)[:-1]

    def where(self, chosen: Any) -> Grids:
        """Return some of the grids."""
        return Grids(self.keys[chosen], self.communities[chosen], self.polygons[chosen])


@dataclass(frozen=True, slots=True)
class Changes:
    """What a draft comes to.

    Attributes
    ----------
    before, after
        The grids of the communities it touches: in force, and as they would be.
    around
        Grids in force of other communities.
    course
        What becomes of each, by rows of `before` and `after`.
    codes
        Code of each grid of `after`: the one it keeps, or a new one.
    workers
        Code -> primary worker where the draft says whose it is.
    kinds
        Code -> type and sub-status where the draft says them; no type is one as well.
    """

    before: Grids
    after: Grids
    around: Grids
    course: Succession
    codes: NDArray[Any]
    workers: dict[str, str | None]
    kinds: dict[str, tuple[str | None, str | None]]

    def saying(
        self, workers: dict[str, str | None], kinds: dict[str, tuple[str | None, str | None]]
    ) -> Changes:
        """Return the same change, with workers and types given besides those of the draft."""
        return replace(self, workers=self.workers | workers, kinds=self.kinds | kinds)

    @property
    def retired(self) -> list[str]:
        """Codes that go out of force."""
        return [str(code) for code in self.before.keys[self.course.retired]]

    @property
    def reshaped(self) -> list[int]:
        """Rows of `after` that stay with a border of other vertices."""
        return [
            new
            for old, new in self.course.kept.items()
            if not self.before.polygons[old].equals_exact(self.after.polygons[new])
        ]

    @property
    def is_nothing(self) -> bool:
        """Whether neither a grid, nor its type, nor anybody's work would change."""
        return not (self.course.retired or self.course.minted or self.workers or self.kinds)

    def heirs(self) -> dict[str, str]:
        """Return, for each new grid, the retired one it has most of its ground from."""
        return {self.codes[new]: self.before.keys[old] for new, old in self.course.heirs().items()}

    def in_force(self, config: Config) -> GridSet:
        """Return all the grids that would be in force."""
        return GridSet(
            np.concatenate((self.codes, self.around.keys)),
            np.concatenate((self.after.polygons, self.around.polygons)),
            srid=config.metric_srid,
            tolerance_m=config.snap_tolerance_m,
        )


def changes(session: Session, config: Config, plan_id: int) -> Changes:
    """Compare a draft with the grids in force.

    Raises
    ------
    Conflict
        It stands on grids that are no longer in force, or a community would need more numbers than it has.
    """
    rows = sql.select_draft(session, plan_id)
    base = _grids(sql.select_base(session), "code")
    _check_base(rows, set(base.keys))
    touched = np.isin(base.communities.astype(str), [row.community_code for row in rows])
    before, around = base.where(touched), base.where(~touched)
    own = {row.key: row for row in rows}
    untouched = before.where(np.array([key not in own for key in before.keys], dtype=bool))
    drawn = _grids([row for row in rows if row.wkb is not None], "key")
    after = Grids(
        [*untouched.keys, *drawn.keys],
        [*untouched.communities, *drawn.communities],
        [*untouched.polygons, *drawn.polygons],
    )
    numbers = [own[key].number if key in own else None for key in after.keys]
    course = succession(
        before.polygons,
        before.communities,
        after.polygons,
        after.communities,
        numbers,
        srid=config.metric_srid,
    )
    codes = _codes(session, config, before, after, course)
    said = [(codes[row], own[key]) for row, key in enumerate(after.keys) if key in own]
    workers = {code: grid.worker_code for code, grid in said if grid.assigned}
    kinds = {code: (grid.kind, grid.sub_status) for code, grid in said if grid.kind is not None}
    return Changes(before, after, around, course, codes, workers, kinds)


def check(session: Session, scope: Scope, config: Config, found: Changes) -> None:
    """Refuse a draft that changes nothing, what its caller may not, or that would break an invariant.

    Raises
    ------
    NotAllowed
        It touches a community outside `scope`.
    Conflict
        It changes nothing; or its grids do not tile their communities, border on border.
    """
    if found.is_nothing:
        raise Conflict("the draft changes nothing: no grid, no type and nobody's work would be another")
    outside = sorted({code for code in found.after.communities if not scope.covers(code)})
    if outside:
        raise NotAllowed(f"the draft changes grids in {_some(outside)}, outside the divisions you plan for")
    communities = sorted({*found.before.communities, *found.after.communities})
    outlines = {
        code: shapely.from_wkb(wkb) for code, wkb in sql.select_outlines(session, communities).items()
    }
    bad = _faults(found.after, found.around, communities, outlines, config)
    if bad:
        known = _faults(found.before, found.around, communities, outlines, config)
        bad = [fault for fault in bad if not fault.is_within(known)]
    if bad:
        raise Conflict(_sentence(bad))


def _check_base(rows: Sequence[Row[Any]], in_force: set[Any]) -> None:
    gone = [row.key for row in rows if row.key.isdigit() and row.key not in in_force]
    if gone:
        raise Conflict(
            f"another plan was published since this draft was begun: {len(gone)} of the grids it changes "
            f"({_some(gone)}) are no longer in force; undo those edits, or begin a new draft",
            field="plan",
        )


def _grids(rows: Sequence[Row[Any]], key: str) -> Grids:
    return Grids(
        [getattr(row, key) for row in rows],
        [row.community_code for row in rows],
        list(shapely.from_wkb([bytes(row.wkb) for row in rows])),
    )


def _codes(session: Session, config: Config, before: Grids, after: Grids, course: Succession) -> NDArray[Any]:
    """Return the code of each grid afterwards; those without one are minted after the highest ever used."""
    codes = np.full(len(after.keys), None, dtype=object)
    for old, new in course.kept.items():
        codes[new] = before.keys[old]
    wanted: dict[str, list[int]] = {}
    for row in course.minted:
        wanted.setdefault(after.communities[row], []).append(row)
    highest = sql.select_highest(session, list(wanted))
    for community, rows in wanted.items():
        used = [highest[community]] if community in highest else []
        codes[rows] = grid_codes.mint(community, used, len(rows), config.grid_code_pattern)
    return codes


def _faults(
    grids: Grids, around: Grids, communities: Sequence[str], outlines: dict[str, Any], config: Config
) -> list[Finding]:
    """Return what keeps grids from tiling their communities and from meeting the grids around them."""
    beside = around
    if len(around.keys) and len(grids.keys):
        near, _ = shapely.STRtree(around.polygons).query(grids.polygons, "dwithin", _BESIDE_DEG)[::-1]
        beside = around.where(np.unique(near))
    findings = check_coverage(
        np.concatenate((grids.keys, beside.keys)),
        np.concatenate((grids.polygons, beside.polygons)),
        np.concatenate((grids.communities, beside.communities)),
        outlines,
        srid=config.metric_srid,
    ).findings
    own = {*grids.keys}
    return [
        f
        for f in findings
        if (f.parent in communities or own & {*f.codes})
        and not (f.kind == "gap" and f.parent not in communities)
        and (f.kind == "unshared_vertex" or (f.kind in _AREAS and f.area_m2 > config.gap_tolerance_m2))
    ]


def _sentence(faults: Sequence[Finding]) -> str:
    worst = max(faults, key=lambda fault: fault.area_m2)
    place = worst.place.representative_point()
    kinds = ", ".join(
        f"{count} {words}"
        for kind, words in _WORDS.items()
        if (count := sum(fault.kind == kind for fault in faults))
    )
    return (
        f"the grids do not tile their communities: {kinds}; the largest, {worst.area_m2:,.2f} m2, is at "
        f"{place.x:.6f}, {place.y:.6f}, where {_some(worst.codes)} meet"
    )


def _some(names: Sequence[Any]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(str, names[:_NAMED])) + more
