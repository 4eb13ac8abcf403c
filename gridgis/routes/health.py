"""Whether the server lives, and whether it can serve."""

from __future__ import annotations

from apiflask import APIBlueprint, Schema, fields

from gridgis.errors import Unavailable
from gridgis.routes.context import context, reading
from gridgis.routes.openapi import answer
from gridgis.services import health

blueprint = APIBlueprint("health", __name__, url_prefix="/health", tag="health")


class Live(Schema):
    """An answer at all is the message."""

    status = fields.String(required=True)


class Ready(Schema):
    """Each thing the product stands on, with what is wrong with it where something is."""

    status = fields.String(required=True, metadata={"enum": ["ready", "unready"]})
    checks = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


@blueprint.get("/live")
@blueprint.output(Live)
def live() -> dict[str, str]:
    """Tell that the process answers; the database is not asked."""
    return {"status": "live"}


@blueprint.get("/ready")
@blueprint.output(Ready)
@blueprint.doc(
    responses={
        503: answer(
            "Something the product stands on is missing; `checks` says what.", "application/json", "Ready"
        )
    }
)
def ready() -> tuple[dict[str, object], int]:
    """Tell whether requests can be served: database, migrations, city."""
    try:
        with reading() as session:
            checks = health.checks(session, context().config)
    except Unavailable as error:
        checks = {"database": error.message}
    fit = all(text == health.OK for text in checks.values())
    return {"status": "ready" if fit else "unready", "checks": checks}, 200 if fit else 503
