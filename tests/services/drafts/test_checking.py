"""What the checks of a draft find of its workers."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from gridgis.scope import EVERYTHING
from gridgis.services.drafts import checking, editing, keeping, viewing
from gridgis.services.drafts.keeping import Planner
from gridgis.services.measuring import refresh
from tests.routes.city import COMMUNITY, GRIDS, fill

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
ANNA = Planner("anna", EVERYTHING)


@pytest.fixture
def draft(session, config):
    """A draft of the small city: W1 has the first two grids, W2 the fourth."""
    fill(session)
    session.execute(text("INSERT INTO workers (code, division_code) VALUES ('W2', '440305')"))
    refresh.refresh(session, config, NOW)
    made = int(keeping.create(session, ANNA, "a draft")["id"])
    assign(session, config, made, GRIDS[3], "W2")
    return made


def assign(session, config, draft, grid, worker):
    editing.edit(session, ANNA, config, draft, "assign", {"keys": [grid], "worker_code": worker}, {}, NOW)


def unbalanced(session, config, draft):
    return [f for f in checking.check(session, ANNA, config, draft, NOW) if f.kind == "unbalanced"]


def minutes(session, config, draft):
    """Minutes a week of each worker, by the grids of the draft."""
    total = {}
    for grid in viewing.grids(session, ANNA, config, draft, NOW, division=COMMUNITY)["features"]:
        told = grid["properties"]
        if told["worker_code"]:
            total[told["worker_code"]] = total.get(told["worker_code"], 0) + told["minutes"]
    return total


def test_a_worker_with_far_more_than_the_mean_is_unbalanced_and_named_with_the_grids(session, config, draft):
    load = minutes(session, config, draft)
    ratio = load["W1"] / (sum(load.values()) / 2)
    assert ratio > checking.UNBALANCED, "the city of the tests has more work in its first grids"
    (found,) = unbalanced(session, config, draft)
    assert found.keys == list(GRIDS[:2])
    assert found.sentence == f"W1 has {load['W1']:,.0f} minutes a week, {ratio:.2f} times the mean"
    assert found.told()["breaking"] is False


def test_workers_near_the_mean_are_not_unbalanced(session, config, draft):
    assign(session, config, draft, GRIDS[1], "W2")
    assign(session, config, draft, GRIDS[2], "W1")
    load = minutes(session, config, draft)
    assert max(load.values()) / (sum(load.values()) / 2) <= checking.UNBALANCED
    assert unbalanced(session, config, draft) == []
