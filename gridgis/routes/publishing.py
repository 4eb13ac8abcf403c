"""The way of a draft into force over HTTP: submitted, approved, withdrawn, published, taken back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint, Schema, fields
from flask import Response, jsonify

from gridgis.formats.figures import plain
from gridgis.routes.context import about, context, writing
from gridgis.routes.plans import PLAN, planner, told
from gridgis.services import publishing
from gridgis.services.coming_into_force import Published
from gridgis.services.drafts import keeping

blueprint = APIBlueprint("publishing", __name__, url_prefix="/api/plans", tag="plans")


class When(Schema):
    """When a plan shall come into force."""

    effective_at = fields.AwareDateTime(
        load_default=None,
        default_timezone=UTC,
        allow_none=True,
        metadata={"description": "An instant to come; left out or null: as soon as somebody publishes it."},
    )


@blueprint.post(f"/{PLAN}/submit")
@blueprint.input(When)
def submit_plan(plan_id: int, json_data: dict[str, Any]) -> Response:
    """Hand a draft in; it is checked, and takes no edits until it is withdrawn."""
    effective_at = json_data["effective_at"]
    with writing() as session:
        publishing.submit(
            session, planner(), context().config, plan_id, at=datetime.now(UTC), effective_at=effective_at
        )
        about(plan_id, effective_at=plain(effective_at))
        return jsonify(told(keeping.get(session, planner(), plan_id)))


@blueprint.post(f"/{PLAN}/approve")
def approve_plan(plan_id: int) -> Response:
    """Say, as somebody other than who submitted it, that a draft may come into force."""
    with writing() as session:
        publishing.approve(session, planner(), context().config, plan_id)
        about(plan_id)
        return jsonify(told(keeping.get(session, planner(), plan_id)))


@blueprint.post(f"/{PLAN}/withdraw")
def withdraw_plan(plan_id: int) -> Response:
    """Take a submitted draft back, to go on drawing."""
    with writing() as session:
        publishing.withdraw(session, planner(), plan_id)
        about(plan_id)
        return jsonify(told(keeping.get(session, planner(), plan_id)))


@blueprint.post(f"/{PLAN}/publish")
@blueprint.input(When)
def publish_plan(plan_id: int, json_data: dict[str, Any]) -> Response:
    """Put a draft into force now, or submit it for an instant to come.

    The answer is the plan, with `done` (what changed) where it is in force.
    """
    effective_at = json_data["effective_at"]
    with writing() as session:
        done = publishing.publish(
            session, planner(), context().config, plan_id, at=datetime.now(UTC), effective_at=effective_at
        )
        about(plan_id, effective_at=plain(effective_at), **_counts(done))
        plan = told(keeping.get(session, planner(), plan_id))
    return jsonify(plan | {"done": _done(done)})


@blueprint.post(f"/{PLAN}/rollback")
def rollback_plan(plan_id: int) -> Response:
    """Take the plan in force back; the answer is the plan that does so, with `done`."""
    with writing() as session:
        done = publishing.rollback(session, planner(), context().config, plan_id)
        about(plan_id, by_plan=done.plan_id, **_counts(done))
        plan = told(keeping.get(session, planner(), done.plan_id))
    return jsonify(plan | {"done": _done(done)})


def _counts(done: Published | None) -> dict[str, Any]:
    return {name: value for name, value in (_done(done) or {}).items() if isinstance(value, int)}


def _done(done: Published | None) -> dict[str, Any] | None:
    return None if done is None else {name: plain(value) for name, value in asdict(done).items()}
