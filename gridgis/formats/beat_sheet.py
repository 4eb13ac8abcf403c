"""The grids of one worker on a sheet of A3, true to scale: one HTML page with one drawing, for print.

It forbids itself to fetch anything. Everything is given in metres of one CRS; the page knows no database.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

#: The sheet and the frame of the map on it, in millimetres: x, y, width, height.
WIDTH_MM, HEIGHT_MM = 420.0, 297.0
FRAME_MM = (10.0, 10.0, 296.0, 277.0)
_PANEL_X, _PANEL_END = 314.0, 410.0

#: Scales, as 1 to so many, of which the largest that shows everything is taken.
SCALES = (250, 500, 750, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 7500, 10_000, 12_500, 15_000, 20_000,
          25_000, 30_000, 40_000, 50_000, 75_000, 100_000, 150_000, 200_000)  # fmt: skip
_MARGIN = 1.06
_SHORTEST_NAME_MM = 22.0

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
@page { size: 420mm 297mm; margin: 0; }
html, body { margin: 0; background: #fff; }
svg { display: block; width: 420mm; height: 297mm; }
text { font-family: Inter, "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  fill: #142033; }
.halo { paint-order: stroke; stroke: #fff; stroke-width: 0.9; stroke-linejoin: round; }
.other { fill: #eceff3; stroke: #9aa7b8; stroke-width: 0.2; }
.own { fill: #fff; stroke: none; }
.covered { fill: #fdf1d8; stroke: none; }
.line { fill: none; stroke: #0b4f8a; stroke-width: 0.45; }
.edge { fill: none; stroke: #0b4f8a; stroke-width: 1.3; stroke-linejoin: round; }
.building { fill: #c9d1db; stroke: #8f9bab; stroke-width: 0.08; }
.casing { fill: none; stroke: #8f9bab; stroke-linecap: round; stroke-linejoin: round; }
.road { fill: none; stroke: #fff3c9; stroke-linecap: round; stroke-linejoin: round; }
.rule { stroke: #9aa7b8; stroke-width: 0.2; }
.quiet { fill: #4f5f77; }
"""
#: Millimetres of a road on paper, by class.
_ROAD_MM = {"expressway": 2.2, "arterial": 1.8, "collector": 1.4, "local": 1.0, "path": 0.5}


@dataclass(frozen=True, slots=True)
class Plot:
    """One grid: its code, what is written in it, its polygon in metres; ``own``, ``covered`` or ``other``."""

    code: str
    label: str
    shape: Any
    kind: str


@dataclass(frozen=True, slots=True)
class Road:
    """A road's name (or none), class, and line in metres."""

    name: str
    kind: str
    shape: Any


@dataclass(frozen=True, slots=True)
class Frame:
    """The ground that the map shows: its middle in metres, and 1 to how many it is drawn."""

    x_m: float
    y_m: float
    scale: int

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """West, south, east and north."""
        half_x, half_y = (side / 2 * self.scale / 1000 for side in FRAME_MM[2:])
        return self.x_m - half_x, self.y_m - half_y, self.x_m + half_x, self.y_m + half_y

    def on_paper(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places in metres as millimetres of the sheet, from its upper left corner."""
        x, y, width, height = FRAME_MM
        factor = 1000 / self.scale
        return np.column_stack(
            (x + width / 2 + (xy[:, 0] - self.x_m) * factor, y + height / 2 - (xy[:, 1] - self.y_m) * factor)
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on the page; texts are plain, in `language` (an IETF tag).

    Attributes
    ----------
    columns, rows
        The table of the worker's grids.
    legend
        What is drawn how: a class of the style and its words.
    notes
        Small print; the scale is added.
    """

    language: str
    title: str
    subtitle: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    legend: Sequence[tuple[str, str]]
    notes: Sequence[str]
    north: str
    frame: Frame
    plots: Sequence[Plot]
    buildings: Sequence[Any]
    roads: Sequence[Road]


def frame_around(shapes: Sequence[Any]) -> Frame:
    """Return the frame that shows all of some shapes (metres) at the largest scale that has room for them."""
    west, south, east, north = shapely.total_bounds(np.asarray(shapes)).tolist()
    _, _, width, height = FRAME_MM
    needed = max((east - west) / width, (north - south) / height) * 1000 * _MARGIN
    scale = next((scale for scale in SCALES if scale >= needed), math.ceil(needed / 100_000) * 100_000)
    return Frame((west + east) / 2, (south + north) / 2, scale)


def render(sheet: Sheet) -> str:
    """Return the page. Equal sheets give equal pages."""
    x, y, width, height = FRAME_MM
    box = f'x="{x}" y="{y}" width="{width}" height="{height}"'
    body = "\n".join((*_map(sheet), *_panel(sheet)))
    return (
        f'<!doctype html>\n<html lang="{html.escape(sheet.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{html.escape(sheet.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_MM:.0f} {HEIGHT_MM:.0f}">\n'
        f'<clipPath id="frame"><rect {box}/></clipPath>\n{body}\n'
        f'<rect {box} fill="none" stroke="#26344a" stroke-width="0.5"/>\n</svg>\n</body>\n</html>\n'
    )


def _map(sheet: Sheet) -> Iterator[str]:
    frame = sheet.frame
    yield '<g clip-path="url(#frame)">'
    for kind in ("other", "covered", "own"):
        for plot in sheet.plots:
            if plot.kind == kind:
                yield f'<path class="{kind}" d="{_area(plot.shape, frame)}"/>'
    yield f'<path class="building" d="{"".join(_area(shape, frame) for shape in sheet.buildings)}"/>'
    for style, extra in (("casing", 0.3), ("road", 0.0)):
        for road in sheet.roads:
            width = _ROAD_MM.get(road.kind, 1.0) + extra
            yield f'<path class="{style}" stroke-width="{width:.2f}" d="{_line(road.shape, frame)}"/>'
    mine = [plot.shape for plot in sheet.plots if plot.kind != "other"]
    yield f'<path class="line" d="{"".join(_area(shape, frame) for shape in mine)}"/>'
    if mine:
        yield f'<path class="edge" d="{_area(shapely.coverage_union_all(mine), frame)}"/>'
    yield from _road_names(sheet)
    for plot in sheet.plots:
        x, y = _place(shapely.point_on_surface(plot.shape), frame)
        size, weight = (4.2, 700) if plot.kind != "other" else (2.6, 400)
        yield _text(
            plot.label, x, y + size / 3, size, f'class="halo" text-anchor="middle" font-weight="{weight}"'
        )
    yield "</g>"


def _road_names(sheet: Sheet) -> Iterator[str]:
    """Write each road's name once, along its longest piece in the frame if that is long enough on paper."""
    inside = shapely.box(*sheet.frame.bounds_m)
    longest: dict[str, Any] = {}
    for road in sheet.roads:
        for piece in shapely.get_parts(shapely.intersection(road.shape, inside)):
            if road.name and shapely.length(piece) > shapely.length(longest.get(road.name, shapely.Point())):
                longest[road.name] = piece
    for name, piece in sorted(longest.items()):
        length_m = float(shapely.length(piece))
        if length_m * 1000 / sheet.frame.scale < _SHORTEST_NAME_MM:
            continue
        x, y = _place(shapely.line_interpolate_point(piece, 0.5, normalized=True), sheet.frame)
        ends = shapely.line_interpolate_point(piece, np.array([0.45, 0.55]), normalized=True)
        (x0, y0), (x1, y1) = (_place(end, sheet.frame) for end in ends)
        angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
        angle += 180 if angle > 90 else -180 if angle < -90 else 0
        turn = f'class="halo" text-anchor="middle" transform="rotate({angle:.1f} {x:.2f} {y:.2f})"'
        yield _text(name, x, y + 0.9, 2.6, turn)


def _panel(sheet: Sheet) -> Iterator[str]:
    yield _text(sheet.title, _PANEL_X, 20, 7.5, 'font-weight="700"')
    yield _text(sheet.subtitle, _PANEL_X, 27, 3.4, 'class="quiet"')
    yield _rule(31)
    bottom = HEIGHT_MM - 10 - 4.4 * len(sheet.notes)
    legend_y = bottom - 24 - 6 * len(sheet.legend)
    yield from _table(sheet, 37, legend_y - 6)
    yield _rule(legend_y - 3)
    for number, (style, words) in enumerate(sheet.legend):
        y = legend_y + 3 + 6 * number
        yield f'<rect x="{_PANEL_X}" y="{y - 3:.1f}" width="9" height="4" {_swatch(style)}/>'
        yield _text(words, _PANEL_X + 12, y, 3.2)
    yield from _scale_bar(sheet.frame.scale, bottom - 13)
    x = _PANEL_END - 6
    yield f'<path d="M{x} {bottom - 20}l3 9l-3 -2l-3 2z" fill="#142033"/>'
    yield _text(sheet.north, x, bottom - 6.5, 3.4, 'text-anchor="middle" font-weight="700"')
    yield _rule(bottom - 3)
    for number, note in enumerate(sheet.notes):
        yield _text(note, _PANEL_X, bottom + 1.5 + 4.4 * number, 2.7, 'class="quiet"')


def _swatch(style: str) -> str:
    if style == "edge":
        return 'fill="#fff" stroke="#0b4f8a" stroke-width="1.3"'
    return f'class="{style}"' if style != "covered" else 'fill="#fdf1d8" stroke="#0b4f8a" stroke-width="0.45"'


def _table(sheet: Sheet, top: float, bottom: float) -> Iterator[str]:
    """Write the rows, smaller the more there are; the first column begins at the left, others end right."""
    step = min(5.2, (bottom - top) / (len(sheet.rows) + 1))
    ends = [_PANEL_END - (len(sheet.columns) - 1 - n) * 19 for n in range(len(sheet.columns))]
    for number, row in enumerate((sheet.columns, *sheet.rows)):
        y = top + number * step
        style = 'class="quiet"' if number == 0 else ""
        for column, cell in enumerate(row):
            x, anchor = (ends[column], 'text-anchor="end"') if column else (_PANEL_X, "")
            yield _text(cell, x, y, step * 0.66, f"{style} {anchor}".strip())


def _scale_bar(scale: int, y: float) -> Iterator[str]:
    length_m = next(m for m in (2000, 1000, 500, 200, 100, 50, 20, 10, 5) if m * 1000 / scale <= 60 or m == 5)
    width = length_m * 1000 / scale
    for part, colour in ((0, "#142033"), (1, "#fff")):
        x = _PANEL_X + part * width / 2
        box = f'x="{x:.2f}" y="{y:.2f}" width="{width / 2:.3f}" height="1.6"'
        yield f'<rect {box} fill="{colour}" stroke="#142033" stroke-width="0.2"/>'
    yield _text("0", _PANEL_X, y + 5, 2.7)
    yield _text(f"{length_m} m", _PANEL_X + width, y + 5, 2.7, 'text-anchor="middle"')
    yield _text(f"1 : {scale:,}", _PANEL_X, y - 2, 3.6, 'font-weight="700"')


def _rule(y: float) -> str:
    return f'<path class="rule" d="M{_PANEL_X} {y:.2f}H{_PANEL_END}"/>'


def _text(words: str, x: float, y: float, size: float, more: str = "") -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:.2f}" {more}>{html.escape(words)}</text>'


def _place(point: Any, frame: Frame) -> tuple[float, float]:
    x, y = frame.on_paper(shapely.get_coordinates(point))[0].tolist()
    return x, y


def _area(shape: Any, frame: Frame) -> str:
    parts = shapely.get_parts(shape)
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return "".join(f"{_points(ring, frame)}Z" for ring in rings)


def _line(shape: Any, frame: Frame) -> str:
    return "".join(_points(part, frame) for part in shapely.get_parts(shape))


def _points(line: Any, frame: Frame) -> str:
    places = frame.on_paper(shapely.get_coordinates(line)).round(2)
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in places.tolist())
