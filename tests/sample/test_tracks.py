"""Tracks: walked around the worker's own grid, at a walk."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from tests.sample.cities import frame, shapes


def test_tracks_are_walked_near_the_worker_s_grid(city):
    fixes = frame(city["tracks"])
    assert fixes["worker_code"].nunique() == 1
    beat = frame(city["workers"]).set_index("code")["grid_codes"][fixes["worker_code"].iloc[0]]
    row = frame(city["grids"])["code"].to_list().index(beat)
    away = shapely.distance(
        shapes(city["grids"])[row].exterior, shapely.points(fixes[["lon", "lat"]].to_numpy())
    )
    assert np.median(away) * 100_000 < 12
    assert fixes["speed_m_s"].median() == pytest.approx(1.2, abs=0.15)
    step = fixes["fixed_at"].diff().dt.total_seconds().dropna()
    assert step.median() == pytest.approx(30, abs=2)
    assert fixes["accuracy_m"].gt(0).all()
    local = fixes["fixed_at"].dt.tz_convert("Asia/Shanghai")
    assert local.dt.hour.isin([8, 9, 10, 11, 14, 15, 16, 17, 18]).all()
