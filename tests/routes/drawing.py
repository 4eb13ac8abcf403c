"""Drawing in the small city: a draft, and edits of its first grid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridgis.database import transaction
from tests.routes.city import COMMUNITY, GRIDS

#: Through grid 1 from south to north: between its third and its fourth building, and through its fourth.
BETWEEN, THROUGH = 114.00095, 114.00105


def writer(client: FlaskClient) -> FlaskClient:
    """Return a client that sends the token against forgery with every request, as the pages do."""
    page = client.get("/account").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None, page
    client.environ_base["HTTP_X_CSRFTOKEN"] = token[1]
    return client


@contextmanager
def begun(client: FlaskClient, engine: Engine, **given: Any) -> Iterator[int]:
    """Begin a draft, and delete every draft in the end."""
    answer = client.post("/api/plans", json={"name": "a draft", **given})
    assert answer.status_code == 201, answer.text
    assert answer.json is not None
    try:
        yield answer.json["id"]
    finally:
        with transaction(engine) as session:
            session.execute(text("DELETE FROM plans WHERE state = 'draft'"))


def line(lon: float) -> dict[str, Any]:
    """Return a line from south to north."""
    return {"type": "LineString", "coordinates": [[lon, 22.499], [lon, 22.505]]}


def edit(client: FlaskClient, draft: int, operation: str, versions: dict[str, int], **arguments: Any) -> Any:
    """Make an edit and return the answer."""
    return client.post(
        f"/api/plans/{draft}/edits",
        json={"operation": operation, "arguments": arguments, "versions": versions},
    )


def split(client: FlaskClient, draft: int, key: str = GRIDS[0], version: int = 0) -> Any:
    """Split grid 1 between two buildings."""
    return edit(client, draft, "split", {key: version}, key=key, line=line(BETWEEN))


def state(client: FlaskClient, draft: int) -> Any:
    """Return every grid of the community."""
    answer = client.get(f"/api/plans/{draft}/grids?community={COMMUNITY}")
    assert answer.status_code == 200, answer.text
    return answer.json["features"]
