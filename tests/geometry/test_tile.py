from hypothesis import given
from hypothesis import strategies as st

from gridgis.geometry.tile import BUFFER, EXTENT, MAX_ZOOM, WORLD_M, at, bounds, drawn_in, exists, tiles_over

ZOOMS = st.integers(0, MAX_ZOOM)


def test_exists_ends_at_the_edges_of_the_scheme() -> None:
    assert exists(0, 0, 0)
    assert exists(3, 7, 7)
    assert not exists(3, 8, 0)
    assert not exists(3, 0, 8)
    assert not exists(3, -1, 0)
    assert not exists(-1, 0, 0)
    assert not exists(MAX_ZOOM + 1, 0, 0)


def test_bounds_of_the_world_and_of_its_north_west_quarter() -> None:
    half = WORLD_M / 2
    assert bounds(0, 0, 0) == (-half, -half, half, half)
    assert bounds(1, 0, 0) == (-half, 0, 0, half)


def test_at_counts_rows_from_the_north() -> None:
    assert at(114.06, 22.54, 10) == (836, 446)
    assert at(-180, 89, 4) == (0, 0)
    assert at(180, -89, 4) == (15, 15)


@given(st.floats(-179.9, 179.9), st.floats(-85, 85), ZOOMS)
def test_a_point_lies_on_its_tile(lon: float, lat: float, z: int) -> None:
    x, y = at(lon, lat, z)
    assert exists(z, x, y)
    range_ = tiles_over((lon, lat, lon, lat), z)
    assert range_ == (x, y, x, y)


@given(ZOOMS, st.data())
def test_a_tile_draws_what_is_in_it_and_in_its_buffer(z: int, data: st.DataObject) -> None:
    last = (1 << z) - 1
    x, y = data.draw(st.integers(0, last)), data.draw(st.integers(0, last))
    xmin, ymin, xmax, ymax = bounds(z, x, y)
    reach = (xmax - xmin) * BUFFER / EXTENT
    for corner in ((xmin - reach, ymin - reach), (xmax + reach, ymax + reach), (xmin, ymax)):
        x0, y0, x1, y1 = drawn_in((*corner, *corner), z)
        assert x0 <= x <= x1
        assert y0 <= y <= y1


def test_the_middle_of_a_tile_is_drawn_in_no_other() -> None:
    xmin, ymin, xmax, ymax = bounds(14, 13383, 7136)
    middle = ((xmin + xmax) / 2, (ymin + ymax) / 2)
    assert drawn_in((*middle, *middle), 14) == (13383, 7136, 13383, 7136)
