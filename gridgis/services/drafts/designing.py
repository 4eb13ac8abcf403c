"""Automatic design of a community in a draft: searched in the open, stopped at will, one edit in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.config import Config
from gridgis.database import seeing
from gridgis.errors import Conflict, InvalidInput, NotFound
from gridgis.planning.barriers import Lines
from gridgis.planning.design import Progress, Weights
from gridgis.planning.dividing import Ground, divided, sketched
from gridgis.planning.measures import Measure
from gridgis.scope import EVERYTHING
from gridgis.services import designing
from gridgis.services.drafts import drawing, editing, figuring, keeping
from gridgis.services.drafts.keeping import Planner
from gridgis.sql import draft_grids as grids_sql
from gridgis.sql import plan_jobs as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KIND = "design"

#: So many blocks that are the reason for something are shown.
_MOST_PLACES = 20

#: A search that has not ended by then is stopped with the best it has; an older job died with its process.
LONGEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Task:
    """A community ready to be designed.

    Attributes
    ----------
    job
        Its number, by which it is stopped.
    ground, wish
        What is divided, and how.
    versions
        The grids that will be replaced, as they were when the search began.
    """

    job: UUID
    plan_id: int
    community: str
    ground: Ground
    wish: designing.Wish
    versions: dict[str, int]

    @property
    def notes(self) -> list[dict[str, Any]]:
        """What cannot be met, why and where: a reason with its values, a sentence, and places (GeoJSON)."""
        return [
            {
                "reason": obstacle.reason,
                "values": obstacle.values,
                "sentence": obstacle.sentence,
                "place": self._place(obstacle.units[:_MOST_PLACES]),
            }
            for obstacle in self.ground.obstacles
        ]

    def _place(self, blocks: tuple[int, ...]) -> dict[str, Any]:
        points = shapely.point_on_surface(self.ground.blocks.polygons[list(blocks)])
        return shapely.geometry.mapping(shapely.multipoints(points))

    def search(self) -> Iterator[Progress]:
        """Yield better and better divisions, until none follows or nobody asks for one."""
        yield from designing.searched(self.ground, self.wish)


def begin(
    session: Session,
    planner: Planner,
    config: Config,
    plan_id: int,
    community: str,
    wish: designing.Wish,
    job: UUID,
    now: datetime,
) -> Task:
    """Prepare a design of all grids of a community that are not locked, and enter it among the jobs.

    A community without any grid is designed within its outline.

    Raises
    ------
    NotFound, NotAllowed, Conflict
        As `keeping.opened`; or the community has nothing to design, or is not in the planner's divisions.
    Conflict
        The community is being designed already.
    InvalidInput
        The wish cannot be met; the message names the units.
    """
    plan = keeping.opened(session, planner, plan_id)
    if not planner.scope.covers(community):
        raise NotFound(f"there is no community {community}, or none in your divisions", field="community")
    if running := sql.select_running(session, plan_id, community, LONGEST):
        raise Conflict(f"{running.actor} has been designing {community} since {running.started_at:%H:%M} UTC")
    with seeing(session, EVERYTHING):
        there = grids_sql.select_by_prefix(session, keeping.view(plan, config, now), [community])
        rows = [row for row in there if not row.locked]
        if there and not rows:
            raise NotFound(f"all grids of community {community} are locked in this draft", field="community")
        polygons = [shapely.from_wkb(bytes(row.wkb)) for row in rows] or _land(session, community)
        ground = designing.prepared(_place(session, community, polygons), wish, config.metric_srid)
    sql.insert_job(session, job, plan_id, KIND, community, planner.name)
    return Task(job, plan_id, community, ground, wish, {row.key: row.version for row in rows})


def _land(session: Session, community: str) -> list[shapely.Geometry]:
    """Return the parts of the outline of a community, for its first grids."""
    outline = grids_sql.select_outlines(session, [community]).get(community)
    if outline is None:
        raise NotFound(
            f"community {community} has neither a grid in this draft nor a known outline", field="community"
        )
    return list(shapely.get_parts(shapely.from_wkb(outline)))


def _place(session: Session, community: str, polygons: list[shapely.Geometry]) -> designing.Place:
    """Return the ground of some grids with the buildings whose point lies in it, and the roads."""
    outline = shapely.coverage_union_all(np.array(polygons, dtype=object))
    box = figuring.boxes_of(np.array([outline], dtype=object))
    rows = grids_sql.select_buildings(session, box)
    buildings = np.array([shapely.from_wkb(bytes(row.wkb)) for row in rows], dtype=object)
    shapely.prepare(outline)
    inside = np.asarray(shapely.intersects(outline, shapely.point_on_surface(buildings)), dtype=np.bool_)
    households = np.array([row.households or 0 for row in rows], dtype=np.float64)
    lines = [shapely.from_wkb(wkb) for wkb in grids_sql.select_roads(session, box)]
    roads = np.array([line for line in lines if shapely.intersects(outline, line)], dtype=object)
    return designing.Place(community, outline, buildings[inside], households[inside], Lines(roads))


def preview(task: Task, found: Progress) -> dict[str, Any]:
    """Return the best division so far as a picture: GeoJSON features numbered from 1, with what each holds.

    The numbers are those of this picture alone, and the borders are simplified.
    """
    sketch = sketched(task.ground, found)
    mean = max(float(sketch.households.mean()), 1e-9)
    rows = zip(sketch.polygons, sketch.households.tolist(), sketch.buildings.tolist(), strict=True)
    features = [
        {
            "type": "Feature",
            "id": number,
            "geometry": shapely.geometry.mapping(polygon),
            "properties": {
                "number": number,
                "households": households,
                "buildings": buildings,
                "share": round(households / mean - 1, 4),
            },
        }
        for number, (polygon, households, buildings) in enumerate(rows, start=1)
    ]
    grids = {"type": "FeatureCollection", "features": features}
    return {"done": found.done, "deviation": round(found.deviation, 4), "grids": grids}


def note(session: Session, job: UUID, found: Progress) -> bool:
    """Write down how far a job has come; return whether it shall go on."""
    return sql.update_progress(session, job, found.done, found.deviation)


def stop(session: Session, planner: Planner, plan_id: int, job: UUID) -> None:
    """Ask a design to end with the best it has found; one that has ended stays as it is.

    Raises
    ------
    NotFound
        There is no such job of the draft, or none the planner may see.
    NotAllowed, Conflict
        As `keeping.opened`.
    """
    plan = keeping.seen(session, planner, plan_id)
    if not planner.edits(plan) or not sql.ask_to_stop(session, plan_id, job):
        raise NotFound(f"draft {plan_id} has no design {job} that you may stop", field="job")


def finish(
    session: Session, planner: Planner, config: Config, task: Task, found: Progress, now: datetime
) -> dict[str, Any]:
    """Write what a search has found into the draft, as one edit; the answer is as of `editing.edit`.

    Raises
    ------
    Refused, Changed, NotFound, NotAllowed, Conflict
        As `editing.edit`: somebody may have drawn in the community meanwhile.
    """
    result = divided(task.ground, found, config.metric_srid)
    plan = keeping.opened(session, planner, task.plan_id)
    desk = drawing.Desk(session, planner, config, plan, task.versions, now)
    arguments = {
        "community": task.community,
        "polygons": [shapely.geometry.mapping(polygon) for polygon in result.polygons],
    }
    asked = {
        "community": task.community,
        "households": task.wish.households,
        "seed": task.wish.seed,
        "deviation": round(found.deviation, 4),
    }
    with seeing(session, EVERYTHING):
        done = replace(drawing.work(desk, "redraw", arguments), operation=KIND, arguments=asked)
        answer = editing.written(desk, done)
    sql.end_job(session, task.job, "done", None)
    grids = {
        feature["id"]: shapely.geometry.shape(feature["geometry"]) for feature in answer["grids"]["features"]
    }
    return answer | {"measures": [_told(measure, result.polygons, grids) for measure in result.measures]}


def _told(measure: Measure, polygons: NDArray[Any], grids: dict[str, shapely.Geometry]) -> dict[str, Any]:
    """Return a measure with its reason, and the key in the draft of the grid that is the reason."""
    told = {
        "name": measure.name,
        "value": measure.value,
        "why": measure.why,
        "reason": measure.reason,
        "values": measure.values,
    }
    if measure.zone is None:
        return told
    inside = shapely.point_on_surface(polygons[measure.zone])
    return told | {
        "key": next((key for key, grid in grids.items() if shapely.intersects(grid, inside)), None)
    }


def fail(session: Session, job: UUID, why: str) -> None:
    """Write down that a job came to nothing."""
    sql.end_job(session, job, "failed", why)


def wished(households: float, seed: int, effort: float, weights: dict[str, float]) -> designing.Wish:
    """Return the wish of a request.

    Raises
    ------
    InvalidInput
        A weight is unknown or below 0.
    """
    for name, value in weights.items():
        if name not in ("compactness", "roads") or not value >= 0:
            raise InvalidInput(
                f"weight {name!r} is {value!r}; compactness and roads, 0 or more, are accepted",
                field="weights",
            )
    return designing.Wish(households, 0.02, seed, effort, Weights(**weights))
