"""The live stream over HTTP: server-sent events, and the same by polling for who cannot hold a line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Range
from flask import Flask, Response, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState

from gridgis.routes import identity
from gridgis.routes.access import current_scope
from gridgis.routes.context import context, reading
from gridgis.services import stream as stream_service
from gridgis.services.stream import Frame, Hub, Subscription

blueprint = APIBlueprint("stream", __name__, url_prefix="/api/stream", tag="command centre")

_KEY = "gridgis.stream"
_RETRY_MS = 2_000


_ANSWERS: Any = {
    200: {
        "description": "Events `incident` (a step of an incident), `layer` (a layer changed), `draft` (of a"
        " plan, by its number, was edited), `beat` (nothing newer as of now, every 3 s) and `reset` (too"
        " much was missed: read all again).",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class StreamQuery(Schema):
    """Where to resume; the header ``Last-Event-ID``, which browsers send, goes before it."""

    last_event_id = fields.Integer(validate=Range(0, 2**62))


class EventsQuery(Schema):
    """Where to go on."""

    after = fields.Integer(
        validate=Range(0, 2**62), metadata={"description": "`last_event_id` of the answer before."}
    )


@blueprint.record
def _prepare(state: BlueprintSetupState) -> None:
    app = cast("Flask", state.app)
    with app.app_context():
        app.extensions[_KEY] = Hub(context().engine, context().config.stream_places)


@blueprint.get("")
@blueprint.input(StreamQuery, location="query")
@blueprint.doc(responses=_ANSWERS)
def follow(query_data: dict[str, Any]) -> Response:
    """Stream every step of every incident in sight, beginning with those missed since `last_event_id`."""
    header = request.headers.get("Last-Event-ID", "")
    after = int(header) if header.isascii() and header.isdecimal() else query_data.get("last_event_id")
    hub = cast("Hub", current_app.extensions[_KEY])
    subscription = hub.subscribe(current_scope())
    try:
        with reading() as session:
            backlog, _ = stream_service.missed(session, subscription.scope, after, subscription.since)
    except BaseException:
        hub.unsubscribe(subscription)
        raise
    lines = _lines(hub, subscription, backlog, identity.standing())
    answer = Response(lines, mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # a proxy that collects would make live late
    answer.call_on_close(lambda: hub.unsubscribe(subscription))
    return answer


@blueprint.get("/events")
@blueprint.input(EventsQuery, location="query")
def poll(query_data: dict[str, Any]) -> Response:
    """Return the steps after `after` at once; 304 while there are none and the caller says what it has."""
    with reading() as session:
        frames, last = stream_service.missed(session, current_scope(), query_data.get("after"))
    answer = jsonify(
        events=[json.loads(frame.data) for frame in frames if frame.event == "incident"],
        reset=any(frame.event == "reset" for frame in frames),
        last_event_id=last,
    )
    answer.set_etag(f"{last}-{query_data.get('after', '')}-{current_scope().key}")
    answer.make_conditional(request)
    return answer


def _lines(
    hub: Hub, subscription: Subscription, backlog: list[Frame], is_still: Callable[[], bool]
) -> Iterator[str]:
    """Yield messages until the page goes, or its caller is no longer who they were when it came."""
    asked_s = time.monotonic()
    try:
        yield f"retry: {_RETRY_MS}\n\n"
        yield from (frame.encoded() for frame in backlog)
        yield Frame("beat", "{}", subscription.since).encoded()
        for frame in subscription.frames():
            if time.monotonic() - asked_s > stream_service.BEAT_S:
                if not is_still():
                    return
                asked_s = time.monotonic()
            yield frame.encoded()
    finally:
        hub.unsubscribe(subscription)
