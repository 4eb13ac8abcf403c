"""A worker's map on paper: everything in the frame, true to scale, nothing fetched."""

from __future__ import annotations

import re

import numpy as np
import pytest
import shapely

from gridgis.formats.beat_sheet import FRAME_MM, Frame, Plot, Road, Sheet, frame_around, render

SQUARES = [shapely.box(x, 0, x + 100, 100) for x in (0, 100, 200)]


def sheet(**more) -> Sheet:
    told = {
        "language": "en",
        "title": "Beat of <W1>",
        "subtitle": "here",
        "columns": ["Grid", "Min"],
        "rows": [["001", "10"], ["002", "20"]],
        "legend": [("edge", "own"), ("covered", "covered")],
        "notes": ["a note"],
        "north": "N",
        "frame": frame_around(SQUARES),
        "plots": [
            Plot(f"00{n}", f"00{n}", square, kind)
            for n, (square, kind) in enumerate(zip(SQUARES, ("own", "covered", "other"), strict=True))
        ],
        "buildings": [shapely.box(10, 10, 30, 30)],
        "roads": [
            Road("Long Street", "local", shapely.MultiLineString([[(0, 50), (300, 50)]])),
            Road("Short", "path", shapely.MultiLineString([[(0, 0), (1, 0)]])),
        ],
    }
    return Sheet(**(told | more))


@pytest.mark.parametrize("side_m", [30.0, 300.0, 2_900.0, 60_000.0, 900_000.0])
def test_everything_is_in_the_frame_at_the_largest_scale_with_room(side_m) -> None:
    shape = shapely.box(500_000, 2_500_000, 500_000 + side_m, 2_500_000 + side_m / 3)
    frame = frame_around([shape])
    x, y, width, height = FRAME_MM
    places = frame.on_paper(shapely.get_coordinates(shape))
    assert (places >= [x, y]).all()
    assert (places <= [x + width, y + height]).all()
    assert np.ptp(places[:, 0]) == pytest.approx(side_m * 1000 / frame.scale)
    assert shapely.box(*frame.bounds_m).covers(shape)


def test_north_is_up_and_a_metre_is_a_metre() -> None:
    places = Frame(0, 0, 1000).on_paper(np.array([[0.0, 0.0], [0.0, 10.0], [10.0, 0.0]]))
    assert (places[1] - places[0]).tolist() == [0, -10]
    assert (places[2] - places[0]).tolist() == [10, 0]


def test_the_page_names_its_grids_roads_and_scale_and_fetches_nothing() -> None:
    page = render(sheet())
    assert page == render(sheet())
    assert "Beat of &lt;W1&gt;" in page
    assert re.search(r"1 : 1,500<", page)
    assert "default-src 'none'" in page
    assert not re.search(r"src=|href=|url\((?!#)|@import", page)
    assert "Long Street" in page
    assert "Short" not in page, "there is no room for its name"
    assert "size: 420mm 297mm" in page


def test_many_grids_still_fit_into_the_table() -> None:
    page = render(sheet(rows=[[f"{n:03d}", "1"] for n in range(200)]))
    heights = [float(y) for y in re.findall(r'<text x="314.00" y="([\d.]+)"', page)]
    assert max(heights) < 297
