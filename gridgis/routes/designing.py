"""Automatic design over HTTP: a stream of how far the search is, and a way to stop it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import shapely.geometry
from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Range
from flask import Response, jsonify, stream_with_context

from gridgis.database import transaction
from gridgis.errors import GridgisError, InvalidInput
from gridgis.planning.design import Progress
from gridgis.planning.editing.refusals import Refused
from gridgis.routes.access import current_scope
from gridgis.routes.context import about, context, writing
from gridgis.routes.drafting import CODE
from gridgis.routes.plans import PLAN, planner, told
from gridgis.services.drafts import designing
from gridgis.services.drafts.changes import Changed
from gridgis.services.drafts.designing import Task

blueprint = APIBlueprint("designing", __name__, url_prefix="/api/plans", tag="plans")

#: How often the page hears of a search, and a search of the wish to stop.
_EVERY_S = 0.25
#: How often the page is shown the best so far, and how many times as long as drawing it the search goes on.
_PREVIEW_S, _SEARCHED = 0.5, 10

_ANSWERS: Any = {
    200: {
        "description": "Events `start` (job, grids, notes), `progress` (done, deviation, grids), `preview`"
        " (done, deviation, grids as GeoJSON: the best so far, when it is better and at most twice a second),"
        " in the end `result` (the answer of an edit, with measures) or `refused` (detail, reason, place,"
        " keys).",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class Design(Schema):
    """What the grids of a community shall be like."""

    community = fields.String(required=True, validate=CODE)
    households = fields.Float(
        load_default=300.0, validate=Range(1, 100_000), metadata={"description": "In a grid, about."}
    )
    weights = fields.Dict(
        keys=fields.String(),
        values=fields.Float(validate=Range(0, 1000)),
        load_default=dict,
        metadata={"description": "`compactness` and `roads`, each 1 when left out."},
    )
    seed = fields.Integer(load_default=1, validate=Range(0, 2**31 - 1))
    effort = fields.Float(
        load_default=1000.0, validate=Range(1, 100_000), metadata={"description": "Proposals per block."}
    )


@blueprint.post(f"/{PLAN}/design")
@blueprint.input(Design)
@blueprint.doc(responses=_ANSWERS)
def design(plan_id: int, json_data: dict[str, Any]) -> Response:
    """Divide a community into grids of about equal households, as one edit; the stream tells its progress."""
    wish = designing.wished(
        json_data["households"], json_data["seed"], json_data["effort"], json_data["weights"]
    )
    with writing() as session:
        task = designing.begin(
            session,
            planner(),
            context().config,
            plan_id,
            json_data["community"],
            wish,
            uuid4(),
            datetime.now(UTC),
        )
        about(plan_id, community=task.community, job=str(task.job))
    answer = Response(stream_with_context(_events(task)), mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # a proxy that collects would make live late
    return answer


@blueprint.post(f"/{PLAN}/design/<job>/stop")
def stop(plan_id: int, job: str) -> Response:
    """Ask a design to end with the best it has found so far."""
    try:
        number = UUID(job)
    except ValueError as error:
        raise InvalidInput(f"{job!r} is no number of a design", field="job") from error
    with writing() as session:
        designing.stop(session, planner(), plan_id, number)
        about(plan_id, job=job)
    return jsonify(job=job)


def _events(task: Task) -> Iterator[str]:
    """Yield the events of a design; when nobody reads on, the job fails and the draft stays as it was."""
    over = False
    try:
        yield _event("start", {"job": str(task.job), "grids": task.ground.zones, "notes": task.notes})
        best: Progress | None = None
        heard_s = begun_s = time.monotonic()
        easel = _Easel(task)
        for best in task.search():
            if time.monotonic() - heard_s > _EVERY_S or best.done == 0:
                heard_s = time.monotonic()
                yield _event("progress", _progress(task, best))
                if easel.wants(best):
                    yield _event("preview", easel.drawn(best))
                if not _goes_on(task, best) or heard_s - begun_s > designing.LONGEST.total_seconds():
                    break
        assert best is not None  # noqa: S101 - a search yields its start
        yield _event("progress", _progress(task, best))
        with writing("drafting.design") as session:
            done = designing.finish(session, planner(), context().config, task, best, datetime.now(UTC))
            about(task.plan_id, operation="design", seq=done["edit"]["seq"])
        over = True
        yield _event("result", done | {"edit": told(done["edit"])})
    except GridgisError as error:
        _failed(task, error.message)
        over = True
        yield _event("refused", _refusal(error))
    finally:
        if not over:
            _failed(task, "nobody waited for the end")


class _Easel:
    """Shows the best so far when it is another than the last one shown, and seldom enough to be no burden."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._shown = b""
        self._due_s = 0.0

    def wants(self, best: Progress) -> bool:
        """Whether it is time to draw, and there is something new."""
        return time.monotonic() >= self._due_s and best.zone.tobytes() != self._shown

    def drawn(self, best: Progress) -> dict[str, Any]:
        """Return the picture, and note how long it took."""
        begun_s = time.monotonic()
        picture = designing.preview(self._task, best)
        self._shown = best.zone.tobytes()
        self._due_s = begun_s + max(_PREVIEW_S, _SEARCHED * (time.monotonic() - begun_s))
        return picture


def _progress(task: Task, best: Progress) -> dict[str, Any]:
    return {"done": best.done, "deviation": round(best.deviation, 4), "grids": task.ground.zones}


def _refusal(error: GridgisError) -> dict[str, Any]:
    told_of: dict[str, Any] = {"detail": error.message}
    if isinstance(error, Refused):
        place = None if error.place is None else shapely.geometry.mapping(error.place)
        told_of |= {"reason": error.reason, "place": place}
    if isinstance(error, Refused | Changed):
        told_of["keys"] = error.keys
    return told_of


def _goes_on(task: Task, best: Progress) -> bool:
    with transaction(context().engine, scope=current_scope()) as session:
        return designing.note(session, task.job, best)


def _failed(task: Task, why: str) -> None:
    with transaction(context().engine, scope=current_scope()) as session:
        designing.fail(session, task.job, why)


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
