"""Taking data out: which layer, which rows, what the audience may see, in which format."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from gridgis.codes import divisions as division_codes
from gridgis.config import Config
from gridgis.errors import InvalidInput, NotAllowed, NotFound
from gridgis.formats import geojson, writers
from gridgis.formats.names import FORMATS, Format
from gridgis.scope import Scope
from gridgis.sql import divisions as divisions_sql
from gridgis.sql import exports as exports_sql
from gridgis.sql.export_layers import LAYERS, Layer
from gridgis.sql.exports import Selection

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PROFILES = ("public", "internal")

#: Columns that the public does not get; they are absent, not empty (R65). Remarks leave for nobody (R66).
MASKED: dict[str, frozenset[str]] = {
    "buildings": frozenset({"has_contact"}),
    "incidents": frozenset({"description", "address", "accuracy_m", "reporter_code"}),
}

#: Layers that the public does not get at all, and why (R64).
CLOSED = {
    "workers": "staff are shown to the public by department or area, never one by one; "
    "the profile 'internal' has them",
}

#: Layers that nobody takes out this way, and why.
NEVER = {"tracks": "tracks are kept for a few weeks and only figures derived from them leave"}

#: What public coordinates are rounded to, in degrees (10 m): reports often come from the reporter's door.
GRAINS_DEG = {"incidents": 1e-4}

LAYER_NAMES = tuple(LAYERS)
FORMAT_NAMES = tuple(name for name in FORMATS if name != "xlsx")
_WITHOUT_GEOMETRY = ("csv", "geojson", "geojsonseq", "parquet")
STREAMED = ("csv", "geojson", "geojsonseq")

_DIMENSIONS = {0: ("points", "Point"), 1: ("lines", "LineString"), 2: ("areas", "Polygon")}


Seen = Callable[[int], None]


def _ignore(_rows: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for.

    Attributes
    ----------
    layer, format
        Names.
    profile
        The audience: ``public`` or ``internal``.
    division
        Code of any level.
    bbox
        xmin, ymin, xmax, ymax in degrees.
    class_prefix
        First digits of a class code, or the name of a class.
    as_of
        The state at the end of this local day; without it, now.
    start, end
        Local days, both included.
    """

    layer: str
    format: str
    profile: str = "public"
    division: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    class_prefix: str | None = None
    as_of: date | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """A wish that can be fulfilled; `tag` is equal only for equal content."""

    layer: Layer
    format: Format
    selection: Selection
    tag: str
    file_name: str


def prepare(session: Session, wish: Wish, scope: Scope, config: Config, now: datetime) -> Export:
    """Check a wish and say exactly what will leave.

    Raises
    ------
    NotFound
        There is no such layer, format or division, or the division is outside the scope.
    NotAllowed
        The layer is closed to this audience; the message says why.
    InvalidInput
        A filter does not fit the layer.
    """
    layer, file_format = _layer(wish), _format(wish)
    _check_filters(wish, layer)
    if wish.division is not None:
        scope = _narrowed(session, scope, wish.division)
    selection = _selection(wish, layer, scope, config, now)
    versions = exports_sql.select_versions(session, layer.tables)
    told = repr((versions, scope.key, astuple(wish), selection.binds["on_day"], config.count_floor))
    name = "-".join(str(part) for part in (layer.name, wish.division, wish.as_of) if part)
    extension = ".zip" if file_format.name == "shp" else file_format.extensions[0]
    return Export(
        layer, file_format, selection, hashlib.sha256(told.encode()).hexdigest()[:24], name + extension
    )


def feature(
    session: Session, wish: Wish, code: str, scope: Scope, config: Config, now: datetime
) -> dict[str, Any]:
    """Return one feature by its code as GeoJSON, exactly as an export to the same audience has it.

    A grid that is no longer in force is found too, since its code stands for it for ever (invariant 3).

    Raises
    ------
    NotFound
        None has this code, or none the caller may see.
    """
    layer = _layer(wish)
    selection = replace(_selection(wish, layer, scope, config, now), id=code)
    for batch in exports_sql.stream_features(session, layer, selection):
        found: dict[str, Any] = json.loads(batch[0])
        origin = exports_sql.select_provenance(session, layer, code)
        found["provenance"] = dict(origin._mapping) if origin is not None else {}
        return found
    raise NotFound(f"there is nothing with the code {code} among the {layer.name}", field=layer.id)


def stream(session: Session, export: Export, seen: Seen = _ignore) -> Iterator[bytes]:
    """Yield a text format's bytes as the database finds the rows; the session must stay open meanwhile.

    Parameters
    ----------
    seen
        Called with the number of rows of each batch that is on its way.
    """
    layer, selection = export.layer, export.selection
    if export.format.name == "csv":
        return writers.csv_text(_table(session, layer, selection, seen))
    features = _told(exports_sql.stream_features(session, layer, selection), seen)
    if export.format.name == "geojsonseq":
        return geojson.feature_sequence(features)
    members: dict[str, Any] = {"name": layer.name}
    if any(column.name == "hidden" for column in selection.columns):
        members["hidden_below"] = selection.binds["floor"]
    return geojson.feature_collection(features, members)


def write(session: Session, export: Export, path: Path, seen: Seen = _ignore) -> None:
    """Write the whole export; `path` and the parts of a shapefile are replaced once all is written.

    A shapefile is written as a ZIP of its parts, one shapefile for each of points, lines and areas where the
    layer mixes them, unless `path` ends in ``.shp``.

    Raises
    ------
    InvalidInput
        A single shapefile was asked for a layer with more than one kind of geometry.
    """
    with TemporaryDirectory(prefix=".gridgis-export-", dir=path.parent) as folder:
        draft = Path(folder, path.name)
        name = export.format.name
        if name in STREAMED:
            with draft.open("wb") as file:
                file.writelines(stream(session, export, seen))
        elif name == "parquet":
            writers.write_parquet(_table(session, export.layer, export.selection, seen), draft)
        elif name == "shp":
            _write_shapefile(session, export, draft, seen)
        else:
            table = _table(session, export.layer, export.selection, seen)
            writers.write_vector(table, draft, export.format.driver)
        for part in Path(folder).iterdir():
            part.replace(path.parent / part.name)


def _write_shapefile(session: Session, export: Export, path: Path, seen: Seen) -> None:
    layer, selection = export.layer, export.selection
    if path.suffix == ".shp":
        if layer.geometry == "Geometry":
            raise InvalidInput(
                f"{layer.name} are points, lines and areas, and a shapefile holds one kind; "
                f"name the file {path.stem}.zip to get one of each",
                field="out",
            )
        writers.write_vector(_table(session, layer, selection, seen), path, export.format.driver)
        return
    with TemporaryDirectory(prefix="gridgis-export-") as folder:
        if layer.geometry == "Geometry":
            for dimension, (plural, kind) in _DIMENSIONS.items():
                part = replace(selection, dimension=dimension)
                table = _table(session, layer, part, seen)
                table = replace(table, name=f"{layer.name}_{plural}", geometry=kind)
                writers.write_vector(table, Path(folder, f"{table.name}.shp"), export.format.driver)
        else:
            table = _table(session, layer, selection, seen)
            writers.write_vector(table, Path(folder, f"{layer.name}.shp"), export.format.driver)
        writers.zip_files(sorted(Path(folder).iterdir()), path)


def _selection(wish: Wish, layer: Layer, scope: Scope, config: Config, now: datetime) -> Selection:
    public = wish.profile == "public"
    masked = MASKED.get(layer.name, frozenset()) if public else frozenset()
    return Selection(
        columns=tuple(column for column in layer.columns if column.name not in masked),
        prefixes=scope.prefixes,
        bbox=wish.bbox,
        class_prefix=wish.class_prefix,
        start=_midnight(wish.start, config),
        end=_midnight(wish.end and wish.end + timedelta(days=1), config),
        binds={
            "as_of": _end_of(wish.as_of, config) if wish.as_of else now,
            "on_day": wish.as_of or now.astimezone(config.zone).date(),
            "floor": config.count_floor,
            "areas": [prefix[:12].ljust(6, "0") for prefix in scope.prefixes if prefix],
        },
        grain_deg=GRAINS_DEG.get(layer.name, 0.0) if public else 0.0,
    )


def _table(session: Session, layer: Layer, selection: Selection, seen: Seen) -> writers.Table:
    return writers.Table(
        layer.name,
        tuple(writers.Field(column.name, column.kind) for column in selection.columns),
        layer.geometry,
        layer.unplaced,
        _told(exports_sql.stream_rows(session, layer, selection), seen),
    )


def _told(batches: Iterator[Sequence[Any]], seen: Seen) -> Iterator[Sequence[Any]]:
    for batch in batches:
        seen(len(batch))
        yield batch


def _layer(wish: Wish) -> Layer:
    if wish.layer in NEVER:
        raise NotAllowed(f"{wish.layer} cannot be exported: {NEVER[wish.layer]}", field="layer")
    if wish.layer not in LAYERS:
        raise NotFound(
            f"there is no layer {wish.layer!r} to export; there are {', '.join(LAYERS)}", field="layer"
        )
    if wish.profile not in PROFILES:
        raise InvalidInput(
            f"profile {wish.profile!r} is unknown; accepted are {', '.join(PROFILES)}", field="profile"
        )
    if wish.profile == "public" and wish.layer in CLOSED:
        raise NotAllowed(f"{wish.layer} are closed to the public: {CLOSED[wish.layer]}", field="layer")
    return LAYERS[wish.layer]


def _format(wish: Wish) -> Format:
    if wish.format not in FORMAT_NAMES:
        raise NotFound(
            f"exports are not made in {wish.format!r}; there are {', '.join(FORMAT_NAMES)}", field="format"
        )
    if not LAYERS[wish.layer].geometry and wish.format not in _WITHOUT_GEOMETRY:
        raise InvalidInput(
            f"{wish.layer} have no geometry; take {', '.join(_WITHOUT_GEOMETRY)}", field="format"
        )
    return FORMATS[wish.format]


def _check_filters(wish: Wish, layer: Layer) -> None:
    """Refuse a filter that the layer would silently ignore."""
    fits = {
        "bbox": (wish.bbox, layer.geometry, "geometry"),
        "class": (wish.class_prefix, layer.class_of, "classes"),
        "from": (wish.start, layer.reported_at, "times of report"),
        "to": (wish.end, layer.reported_at, "times of report"),
        "as_of": (wish.as_of, layer.in_force, "past states"),
    }
    for name, (value, has, what) in fits.items():
        if value is not None and not has:
            raise InvalidInput(f"{layer.name} have no {what}, so {name!r} does not apply", field=name)
    if wish.bbox is not None and (wish.bbox[0] > wish.bbox[2] or wish.bbox[1] > wish.bbox[3]):
        raise InvalidInput(
            f"bbox {','.join(map(str, wish.bbox))} is not xmin,ymin,xmax,ymax with each minimum first",
            field="bbox",
        )
    for name, day in (("from", wish.start), ("to", wish.end), ("as_of", wish.as_of)):
        if day is not None and not 1900 <= day.year < 2200:
            raise InvalidInput(f"{day} is not between the years 1900 and 2200", field=name)
    if wish.start is not None and wish.end is not None and wish.end < wish.start:
        raise InvalidInput(f"the period ends on {wish.end}, before it starts on {wish.start}", field="to")


def _narrowed(session: Session, scope: Scope, division: str) -> Scope:
    code = division_codes.normalise(division)
    narrowed = scope.narrowed(division_codes.prefix(division))
    if not narrowed.prefixes or not divisions_sql.exists(session, code):
        raise NotFound(f"there is no division {division}", field="division")
    return narrowed


def _midnight(day: date | None, config: Config) -> datetime | None:
    return None if day is None else datetime.combine(day, time(0), config.zone)


def _end_of(day: date, config: Config) -> datetime:
    return datetime.combine(day, time.max, config.zone)
