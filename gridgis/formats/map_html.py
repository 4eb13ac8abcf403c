"""A choropleth as one HTML page that needs no network: shapes, library and legend are inside.

Drawn by folium, from which every link to other hosts is taken; the page forbids itself to fetch anything.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import folium
import shapely
from branca.element import Element, Figure

#: Colours of classes from few to many, those of the live map's light look (web/css/tokens.css).
RAMPS = {
    "alarm": ("#fde3c8", "#fbb77f", "#ee7b45", "#c9412f", "#831a2c"),
    "stock": ("#d8ecf3", "#a3d3e2", "#5fafca", "#2680a8", "#114e75"),
}
#: Colours of an area that has zero, and of one whose value is not known.
ZERO, UNKNOWN = "#f7f8fa", "#c3ccd8"

#: Fragment of the page's address under which it has no buttons, for pictures.
STILL = "still"

_CANVAS_FROM = 4000  # areas; as many SVG elements make a browser slow

_STYLE = """
html, body { margin: 0; height: 100%; }
body { display: grid; grid-template-columns: 19rem minmax(0, 1fr); color: #142033; background: #fff;
  font: 15px/1.5 Inter, "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
aside { padding: 1.5rem 1.25rem; border-right: 1px solid #dbe1e9; box-sizing: border-box; overflow: auto;
  display: flex; flex-direction: column; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: .95rem; margin: 1.5rem 0 .5rem; }
p { margin: 0; color: #4f5f77; }
aside ol { list-style: none; margin: 0; padding: 0; }
aside li { display: grid; grid-template-columns: 2.25rem 1fr auto; gap: .6rem; align-items: center;
  padding: .15rem 0; }
aside li i { height: 1.15rem; border: 1px solid #6c7d96; box-sizing: border-box; }
aside li span:last-child { color: #4f5f77; font-variant-numeric: tabular-nums; }
footer { margin-top: auto; padding-top: 1.5rem; font-size: .8rem; }
.folium-map { background: #e9edf2; }
.leaflet-tooltip.place { background: none; border: 0; box-shadow: none; padding: 0; color: #142033;
  font-weight: 600; text-shadow: 0 0 3px #fff, 0 0 3px #fff, 0 0 2px #fff, 0 0 2px #fff; }
.tip td { padding: 0 .25rem; }
.tip tr:last-child { font-weight: 600; }
@media (max-width: 700px) { body { display: block; } aside { border: 0; }
  .folium-map { height: 70vh !important; } }
.leaflet-control-scale-line:not(:first-child) { display: none; }
aside:target ~ .folium-map .leaflet-control-zoom { display: none; }
@media print { .leaflet-control-zoom { display: none; } }
"""


_LABEL = """
function (feature, layer) {
  layer.bindTooltip(feature.properties.label, {permanent: true, direction: "center", className: "place"});
}
"""


@dataclass(frozen=True, slots=True)
class Assets:
    """Leaflet's own script and style sheet, as texts."""

    script: str
    style: str


@dataclass(frozen=True, slots=True)
class Area:
    """One coloured area: EPSG:4326 (multi)polygon, what is said of it, and its colour, ``#rrggbb``."""

    code: str
    name: str
    words: str
    colour: str
    shape: Any


@dataclass(frozen=True, slots=True)
class Outline:
    """A border drawn over the areas, EPSG:4326, `width` in pixels; `label` is written inside, if any."""

    shape: Any
    width: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class LegendRow:
    """What a colour means, and how many areas have it."""

    colour: str
    words: str
    count: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on the page; texts are plain, in `language` (an IETF tag)."""

    language: str
    title: str
    subtitle: str
    legend_title: str
    legend: Sequence[LegendRow]
    notes: Sequence[str]
    areas: Sequence[Area]
    outlines: Sequence[Outline]


def render(sheet: Sheet, assets: Assets) -> str:
    """Return the page. Equal sheets give equal pages.

    It carries a Content-Security-Policy that allows its own scripts and styles by their hashes and nothing
    else: whatever opens it, no request leaves it.
    """
    page = folium.Map(
        tiles=None,
        control_scale=True,
        prefer_canvas=len(sheet.areas) > _CANVAS_FROM,
        attribution_control=False,
        zoom_snap=0.25,
    )
    page.default_js, page.default_css = [], []
    page._id = "sheet"
    _add_areas(page, sheet.areas)
    _add_outlines(page, sheet.outlines)
    _add_labels(page, sheet.outlines)
    page.fit_bounds(_bounds(sheet), padding=(24, 24))
    figure = cast("Figure", page.get_root())
    figure.title = html.escape(sheet.title)
    colours = _colour_classes(sheet.legend)
    figure.header.add_child(Element(_block("script", _offline(assets.script))), name="leaflet_script")
    figure.header.add_child(Element(_block("style", _offline(assets.style))), name="leaflet_style")
    figure.html.add_child(Element(_aside(sheet, colours)), name="aside")
    rules = "".join(f".{name} {{ background: {colour}; }}\n" for colour, name in colours.items())
    page.add_child(_Last(_block("style", _STYLE + rules)), name="sheet_style")
    text = figure.render().replace("<html>", f'<html lang="{html.escape(sheet.language)}">', 1)
    return text.replace("<head>\n", f'<head>\n<meta charset="utf-8">\n{_meta(policy(text))}\n', 1)


def policy(page: str) -> str:
    """Return the Content-Security-Policy of a rendered page: its own blocks, nothing from outside."""
    hashes = {
        tag: " ".join(_hash(block) for block in re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL))
        for tag in ("script", "style")
    }
    return (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


class _Last(Element):
    """A piece of the head that comes after folium's own, to win over its style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_kwargs: Any) -> str:
        cast("Figure", self.get_root()).header.add_child(Element(self._text), name="last")
        return ""


def _add_areas(page: folium.Map, areas: Sequence[Area]) -> None:
    features = [
        {
            "type": "Feature",
            "id": area.code,
            # folium writes them into the page as HTML
            "properties": {
                "name": html.escape(area.name),
                "code": area.code,
                "words": html.escape(area.words),
                "colour": area.colour,
            },
            "geometry": shapely.geometry.mapping(area.shape),
        }
        for area in areas
    ]
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda feature: {
            "fillColor": feature["properties"]["colour"],
            "fillOpacity": 1,
            "color": "#6c7d96",
            "weight": 0.4,
        },
        highlight_function=lambda _feature: {"weight": 2.5, "color": "#0b62c4"},
        tooltip=folium.GeoJsonTooltip(["name", "code", "words"], labels=False, class_name="tip"),
        smooth_factor=0.5,
    )
    _name(layer, "areas")
    layer.add_to(page)


def _add_outlines(page: folium.Map, outlines: Sequence[Outline]) -> None:
    for number, outline in enumerate(sorted(outlines, key=lambda outline: outline.width)):
        line = folium.GeoJson(
            shapely.geometry.mapping(shapely.boundary(outline.shape)),
            style_function=lambda _feature, width=outline.width: {
                "color": "#26344a",
                "weight": width,
                "interactive": False,
            },
            smooth_factor=0.5,
        )
        _name(line, f"line{number}")
        line.add_to(page)


def _add_labels(page: folium.Map, outlines: Sequence[Outline]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"label": html.escape(outline.label)},
            "geometry": shapely.geometry.mapping(shapely.point_on_surface(outline.shape)),
        }
        for outline in outlines
        if outline.label
    ]
    if not features:
        return
    # tooltips on points of no size: a marker would ask for Leaflet's pin before it gets a label instead
    point = folium.CircleMarker(radius=0, stroke=False, fill=False)
    point.options["interactive"] = False
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        marker=point,
        on_each_feature=folium.JsCode(_LABEL),
    )
    _name(layer, "labels")
    layer.add_to(page)


def _name(layer: folium.GeoJson, name: str) -> None:
    """Give a layer and what hangs on it a name of ours instead of a random one."""
    layer._id = name
    for child in layer._children.values():
        child._id = name


def _bounds(sheet: Sheet) -> list[list[float]]:
    west, south, east, north = shapely.total_bounds([area.shape for area in sheet.areas]).tolist()
    return [[south, west], [north, east]]


def _colour_classes(legend: Sequence[LegendRow]) -> dict[str, str]:
    return {row.colour: f"colour-{number}" for number, row in enumerate(legend)}


def _aside(sheet: Sheet, colours: dict[str, str]) -> str:
    rows = "\n".join(
        f'<li><i class="{colours[row.colour]}"></i><span>{html.escape(row.words)}</span>'
        f"<span>{html.escape(row.count)}</span></li>"
        for row in sheet.legend
    )
    notes = "\n".join(f"<p>{html.escape(note)}</p>" for note in sheet.notes)
    return (
        f'<aside id="{STILL}">\n<h1>{html.escape(sheet.title)}</h1>\n<p>{html.escape(sheet.subtitle)}</p>\n'
        f"<h2>{html.escape(sheet.legend_title)}</h2>\n<ol>\n{rows}\n</ol>\n<footer>\n{notes}\n</footer>\n</aside>"
    )


def _offline(text: str) -> str:
    """Take out of Leaflet what names other places: web sites, source map, pictures of unused parts."""
    text = re.sub(r"//# sourceMappingURL=\S+", "", text)
    text = re.sub(r"url\((?!#|data:)[^)]*\)", "none", text)
    return re.sub(r"https?://(?!www\.w3\.org/)", "", text).replace("\r\n", "\n")


def _block(tag: str, text: str) -> str:
    return f"<{tag}>{text}</{tag}>"


def _meta(content: str) -> str:
    return f'<meta http-equiv="Content-Security-Policy" content="{html.escape(content)}">'


def _hash(block: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()}'"
