"""Prometheus's door: the sums over every server process."""

from __future__ import annotations

import os

from apiflask import APIBlueprint
from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from gridgis.routes.openapi import answer

blueprint = APIBlueprint("metrics", __name__, tag="health")


@blueprint.get("/metrics")
@blueprint.doc(
    responses={200: answer("Counters and times, for Prometheus.", "text/plain", {"type": "string"})}
)
def scrape() -> Response:
    """Return request counters and times."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # set by gridgis serve for its processes
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
