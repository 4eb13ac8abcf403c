"""Minutes against a table worked by hand: one worker, three grids, two weeks."""

from __future__ import annotations

import numpy as np
import pytest

from gridgis.errors import InvalidInput
from gridgis.measures.forecast import mean_absolute_error, weekly_rate
from gridgis.measures.workload import PARTS, Burden, Parameters, minutes, tour_m

# Three grids in a row, 100 m apart, one worker. Round numbers, so that every cell can be worked in the head.
PARAMETERS = Parameters(
    patrol_rounds=5, patrol_m_per_min=50, ground_m_per_m2=0.01, building_min=10, component_min=2,
    incident_min=20, travel_rounds=5, travel_m_per_min=100, household_visits=0, firm_visits=365.25 / 7,
    visit_min=15,
)  # fmt: skip
INCIDENTS = [[2, 4], [0, 0], [6, 0]]  # a row a grid, a column a week
ONE, OTHER = [0, 1], [1, 2]


def test_incidents_are_drawn_to_the_surroundings() -> None:
    # own totals 6, 0, 6; weekly means around: (6+0)/2/2, (6+0+6)/3/2, (0+6)/2/2 = 1.5, 2, 1.5
    # (6 + 4 x 1.5)/6, (0 + 4 x 2)/6, (6 + 4 x 1.5)/6
    assert weekly_rate(INCIDENTS, ONE, OTHER).tolist() == pytest.approx([2, 4 / 3, 2])


def test_minutes_are_those_of_the_table() -> None:
    tour = tour_m([0, 100, 200], [0, 0, 0])
    assert tour == 400
    burden = Burden(
        roads_m=[500, 1000, 0],
        bare_m2=[0, 0, 10_000],
        buildings_a_week=[1, 0.5, 0],
        components_a_week=[10, 5, 1],
        incidents_a_week=weekly_rate(INCIDENTS, ONE, OTHER),
        timed_a_week=[0, 1 / 3, 2],
        timed_min_a_week=[0, 5, 16],
        tour_m=[tour / 3] * 3,
        households=[100, 100, 0],
        firms=[2, 0, 0],
    )
    found = minutes(burden, PARAMETERS)
    assert tuple(found) == PARTS
    table = {
        "patrol": [50, 100, 10],  # 5 x 500 / 50; 5 x 1000 / 50; 5 x 0.01 x 10,000 / 50
        "inspections": [30, 15, 2],  # 10 + 20; 5 + 10; 2
        "incidents": [40, 25, 16],  # 20 x 2; 5 + 20 x (4/3 - 1/3); 16 + 20 x (2 - 2)
        "travel": [20 / 3, 20 / 3, 20 / 3],  # 5 x 400 / 100 for the worker
        "visits": [30, 0, 0],  # one a week to each firm, 15 minutes
    }
    for part, expected in table.items():
        assert found[part].tolist() == pytest.approx(expected), part
    assert sum(values.sum() for values in found.values()) == pytest.approx(160 + 47 + 81 + 20 + 30)


def test_a_beat_of_one_grid_needs_no_travel() -> None:
    assert tour_m([5], [5]) == 0
    assert tour_m([], []) == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"patrol_m_per_min": 0}, "patrol_m_per_min is 0; a number above 0"),
        ({"visit_min": -1}, "visit_min is -1; a number, 0 or more"),
        ({"incident_min": np.nan}, "incident_min is nan"),
        ({"pace": 3}, "parameter 'pace' is unknown"),
    ],
)
def test_parameters_that_cannot_be_are_refused(values, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Parameters.of(values)


def test_a_forecast_without_a_week_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least one whole week"):
        weekly_rate(np.zeros((3, 0)), [], [])


def test_the_forecast_beats_last_week_where_chance_decides() -> None:
    rng = np.random.default_rng(5)
    rate = np.repeat(rng.gamma(2, 0.6, 40), 10)
    counts = rng.poisson(rate[:, None], (400, 27))
    one = np.arange(399)
    ours = [
        mean_absolute_error(weekly_rate(counts[:, w - 8 : w], one, one + 1), counts[:, w])
        for w in range(8, 27)
    ]
    naive = [mean_absolute_error(counts[:, w - 1], counts[:, w]) for w in range(8, 27)]
    assert np.mean(ours) < 0.85 * np.mean(naive)
