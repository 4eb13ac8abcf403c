"""Beats of a draft: who gets what, balanced by the figures that the planner names."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from gridgis.errors import InvalidInput, NotFound
from gridgis.planning.editing.refusals import Refused
from gridgis.scope import EVERYTHING, Scope
from gridgis.services.drafts import editing, grouping, keeping, viewing
from gridgis.services.drafts.grouping import Wish
from gridgis.services.drafts.keeping import Planner
from tests.routes.city import COMMUNITY, GRIDS, fill

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
ANNA = Planner("anna", EVERYTHING)
HOUSEHOLDS = {"households": 1.0}


@pytest.fixture
def draft(session):
    """A draft of the small city, whose first two grids are W1's and the others nobody's."""
    fill(session)
    session.execute(
        text("INSERT INTO workers (code, division_code) VALUES ('W2', '440305'), ('W3', '440305')")
    )
    return int(keeping.create(session, ANNA, "a draft")["id"])


def group(session, config, draft, planner=ANNA, **wish):
    given = Wish(**({"shares": HOUSEHOLDS} | wish))
    return grouping.group(session, planner, config, draft, COMMUNITY, given, {}, NOW)


def owners(session, config, draft):
    found = viewing.grids(session, ANNA, config, draft, NOW, division=COMMUNITY)["features"]
    return [grid["properties"]["worker_code"] for grid in found]


def test_grids_are_given_out_evenly_and_whoever_has_some_keeps_most(session, config, draft):
    done = group(session, config, draft, workers=["W1", "W2"])
    assert owners(session, config, draft) == ["W1", "W1", "W2", "W2"]
    assert done["edit"]["operation"] == "beats"
    assert {m["name"]: m["value"] for m in done["measures"]}["largest_deviation"] == 0
    editing.undo(session, ANNA, config, draft, NOW)
    assert owners(session, config, draft) == ["W1", "W1", None, None]


def test_without_names_those_who_are_there_get_them(session, config, draft):
    group(session, config, draft)
    assert owners(session, config, draft) == ["W1"] * 4
    with pytest.raises(Refused, match="nothing would change"):
        group(session, config, draft)


def test_locked_grids_stay_and_moves_are_counted(session, config, draft):
    group(session, config, draft, workers=["W1", "W2"])
    for key, worker in zip(GRIDS, ("W1", "W1", "W1", "W2"), strict=True):
        if owners(session, config, draft)[GRIDS.index(key)] != worker:
            given = {"keys": [key], "worker_code": worker}
            editing.edit(session, ANNA, config, draft, "assign", given, {}, NOW)
    editing.edit(session, ANNA, config, draft, "lock", {"keys": [GRIDS[2]], "locked": True}, {}, NOW)
    group(session, config, draft, at_most=1)
    assert owners(session, config, draft) == ["W1", "W2", "W1", "W2"]


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"workers": ["W1", "W9"]}, "there is no worker 'W9'"),
        ({"workers": ["W1", "W2", "W3", "W4", "W5"]}, "5"),
        ({"workers": ["W1", "W2"], "shares": {"minutes": 1.0}}, "no grid there has any minutes"),
        ({"at_most": 1}, f"grid {GRIDS[2]} has no beat today"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(session, config, draft, wish, sentence):
    before = owners(session, config, draft)
    with pytest.raises(InvalidInput, match=sentence), session.begin_nested():
        group(session, config, draft, **wish)
    assert owners(session, config, draft) == before


def test_nobody_gives_out_grids_of_other_divisions(session, config, draft):
    elsewhere = Planner("anna", Scope(("440304",)))
    with pytest.raises(NotFound, match="has no grid in this draft, or none of yours"):
        group(session, config, draft, planner=elsewhere, workers=["W1"])
