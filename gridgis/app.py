"""The application: the one file that knows every room."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from apiflask import APIFlask

from gridgis.cluster import Cluster
from gridgis.config import Config
from gridgis.credentials import admin_token
from gridgis.database import WEB_ROLE, make_engine
from gridgis.paths import resource
from gridgis.routes import (
    access,
    accounts,
    administration,
    assets,
    buildings,
    components,
    coverage,
    delivery,
    designing,
    divisions,
    drafting,
    errors,
    exports,
    grids,
    health,
    identity,
    incidents,
    locate,
    me,
    metrics,
    observing,
    openapi,
    pages,
    plans,
    publishing,
    reports,
    rosters,
    search,
    stream,
    summary,
    tiles,
    words,
    workload,
)
from gridgis.routes.context import Context
from gridgis.services.locating import Follower
from gridgis.sql.changes import Changes

if TYPE_CHECKING:
    from sqlalchemy import Engine

#: One a noun; each endpoint has its rule in `gridgis.routes.access`.
BLUEPRINTS = (
    accounts.blueprint,
    administration.blueprint,
    assets.blueprint,
    buildings.blueprint,
    components.blueprint,
    coverage.blueprint,
    designing.blueprint,
    divisions.blueprint,
    drafting.blueprint,
    exports.blueprint,
    grids.blueprint,
    health.blueprint,
    incidents.blueprint,
    locate.blueprint,
    me.blueprint,
    metrics.blueprint,
    pages.blueprint,
    plans.blueprint,
    publishing.blueprint,
    reports.blueprint,
    rosters.blueprint,
    search.blueprint,
    stream.blueprint,
    summary.blueprint,
    tiles.blueprint,
    workload.blueprint,
)


def create_app(config: Config, *, engine: Engine | None = None) -> APIFlask:
    """Return the WSGI application; no connection is opened before the first request needs one.

    Parameters
    ----------
    engine
        Where to find the database. Without it, one for this process is made from `config`: the
        embedded cluster's, which must be running, when no URL is set.
    """
    app = openapi.DocumentedFlask(
        "gridgis",
        title="GridGIS",
        version=_version(),
        spec_path="/api/openapi.json",
        docs_path=None,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]  # assets.py serves files
        template_folder=str(resource("web")),
    )
    app.config.update(
        MAX_CONTENT_LENGTH=16 * 2**20,
        **openapi.SETTINGS,
    )
    engine = engine or _engine(config)
    Context(config, engine, admin_token(config), Follower(config, Changes(engine))).install(app)
    for layer in (observing, identity, access, errors, delivery, openapi, words):
        layer.install(app)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # after Flask-Security, which brings its own
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _engine(config: Config) -> Engine:
    url = config.database_url or Cluster(config.data_dir).url()
    return make_engine(
        url,
        pool_size=config.threads,
        statement_timeout_s=config.statement_timeout_s,
        name="gridgis web",
        role=WEB_ROLE,
    )


def _version() -> str:
    try:
        return version("gridgis")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unreleased"
