"""Minutes a week that a grid asks of its worker: patrol, inspections, incidents, travel and visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridgis.errors import InvalidInput

Floats = NDArray[np.float64]

WEEKS_A_YEAR = 365.25 / 7

#: The parts of a grid's minutes, in the order in which they are shown.
PARTS = ("patrol", "inspections", "incidents", "travel", "visits")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the minutes are made from; the figures are for demonstration, every city has its own.

    Attributes
    ----------
    patrol_rounds
        Times a week that every road of a grid is walked.
    patrol_m_per_min
        Metres walked in a minute of patrol.
    ground_m_per_m2
        In a grid without roads, metres walked for each square metre of it.
    building_min, component_min
        Minutes of one inspection.
    incident_min
        Minutes a worker spends on one incident, from finding to checking, of a class whose handling too
        little is known of (`measures.handling`).
    travel_rounds
        Times a week that a worker goes round the grids of a beat.
    travel_m_per_min
        Metres travelled in a minute.
    household_visits, firm_visits
        Visits a year to each.
    visit_min
        Minutes of one visit.
    """

    patrol_rounds: float = 5.0
    patrol_m_per_min: float = 60.0
    ground_m_per_m2: float = 1 / 60
    building_min: float = 6.0
    component_min: float = 1.5
    incident_min: float = 12.0
    travel_rounds: float = 5.0
    travel_m_per_min: float = 80.0
    household_visits: float = 0.5
    firm_visits: float = 1.0
    visit_min: float = 8.0

    def __post_init__(self) -> None:
        for parameter in fields(self):
            value = getattr(self, parameter.name)
            is_divisor = parameter.name.endswith("_per_min")
            if not 0 <= value < np.inf or (is_divisor and value == 0):
                accepted = "a number above 0" if is_divisor else "a number, 0 or more,"
                raise InvalidInput(
                    f"{parameter.name} is {value:g}; {accepted} is accepted", field=parameter.name
                )

    @classmethod
    def of(cls, values: Mapping[str, float]) -> Parameters:
        """Return parameters by name; those not given keep their demonstration value.

        Raises
        ------
        InvalidInput
            A name is unknown, or a value cannot be.
        """
        names = [parameter.name for parameter in fields(cls)]
        for name in values:
            if name not in names:
                raise InvalidInput(f"parameter {name!r} is unknown; known are {', '.join(names)}", field=name)
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Burden:
    """What there is to do in each grid, aligned.

    Attributes
    ----------
    roads_m, bare_m2
        Road, and the ground of grids without roads.
    buildings_a_week, components_a_week
        Inspections that keep everything within its cycle: the sum of 7 / days of the cycle.
    incidents_a_week
        Expected.
    timed_a_week, timed_min_a_week
        Of these, the incidents of classes whose handling is known, and the minutes that they take.
    tour_m
        The grid's part of the way round its worker's beat.
    households, firms
        Counted in its buildings.
    """

    roads_m: ArrayLike
    bare_m2: ArrayLike
    buildings_a_week: ArrayLike
    components_a_week: ArrayLike
    incidents_a_week: ArrayLike
    timed_a_week: ArrayLike
    timed_min_a_week: ArrayLike
    tour_m: ArrayLike
    households: ArrayLike
    firms: ArrayLike


def minutes(burden: Burden, parameters: Parameters) -> dict[str, Floats]:
    """Return minutes a week by part, in the order of `PARTS`; their sum is the grid's workload."""
    p = parameters
    values = {
        field.name: np.asarray(getattr(burden, field.name), dtype=np.float64) for field in fields(burden)
    }
    way_m = values["roads_m"] + p.ground_m_per_m2 * values["bare_m2"]
    visits = p.household_visits * values["households"] + p.firm_visits * values["firms"]
    return {
        "patrol": p.patrol_rounds * way_m / p.patrol_m_per_min,
        "inspections": p.building_min * values["buildings_a_week"]
        + p.component_min * values["components_a_week"],
        "incidents": values["timed_min_a_week"]
        + p.incident_min * (values["incidents_a_week"] - values["timed_a_week"]),
        "travel": p.travel_rounds * values["tour_m"] / p.travel_m_per_min,
        "visits": p.visit_min * visits / WEEKS_A_YEAR,
    }


def tour_m(x: Sequence[float], y: Sequence[float]) -> float:
    """Return the length of a way round some places and back, always on to the nearest not yet seen.

    Begins with the first place; at most about a quarter longer than the best way for the few grids of a beat.
    """
    places = np.column_stack((np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)))
    if len(places) < 2:
        return 0.0
    here, left, walked = 0, np.arange(1, len(places)), 0.0
    while len(left):
        away = np.hypot(*(places[left] - places[here]).T)
        nearest = int(away.argmin())
        walked += float(away[nearest])
        here, left = int(left[nearest]), np.delete(left, nearest)
    return walked + float(np.hypot(*(places[here] - places[0])))
