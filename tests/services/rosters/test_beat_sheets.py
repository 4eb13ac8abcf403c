"""The printed map of a worker's grids."""

from __future__ import annotations

import re

import pytest

from gridgis.errors import InvalidInput, NotFound
from gridgis.scope import EVERYTHING, Scope
from gridgis.services.rosters import absences, beat_sheets
from gridgis.services.rosters.absences import Wish
from tests.services.rosters.roster_town import NOW, OWNERS, TODAY, fill, grid


@pytest.fixture
def town(session, config):
    fill(session, config)
    return session


def test_a_sheet_has_own_and_covered_grids_and_what_lies_around(town, config) -> None:
    made = absences.leave(town, EVERYTHING, config, Wish("A", TODAY, None), at=NOW)
    covered, taker = made.lines[0]["grid_code"], made.lines[0]["worker_code"]
    page = beat_sheets.draw(town, EVERYTHING, config, taker, at=NOW, language="en")
    assert f"Beat of {taker}" in page
    assert "南山区 › 南头街道 › 莲城社区" in page
    rows = re.findall(r"440305001001\d{3}", page)
    own = {grid(number) for number, worker in OWNERS.items() if worker == taker}
    assert set(rows) >= {*own, covered}
    assert 'class="covered"' in page
    assert "Covered as deputy" in page
    assert page.count('class="other"') == 9 - len(set(rows)) + 1  # and its place in the legend


def test_whoever_has_no_grid_in_sight_has_no_sheet(town, config) -> None:
    for worker, scope in (("E", EVERYTHING), ("A", Scope.of("440304")), ("nobody", EVERYTHING)):
        with pytest.raises(NotFound, match=f"{worker} has no grid on 2026-07-01"):
            beat_sheets.draw(town, scope, config, worker, at=NOW)
    with pytest.raises(InvalidInput, match="zh, en"):
        beat_sheets.draw(town, EVERYTHING, config, "A", at=NOW, language="fr")
