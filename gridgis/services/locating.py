"""Where is this point: its grid, its divisions, who answers for it, and how sure that is."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import shapely

from gridgis.config import Config
from gridgis.errors import InvalidInput
from gridgis.geometry.crs import parse_crs
from gridgis.geometry.location import Candidate, GridSet, Location
from gridgis.scope import Scope
from gridgis.sql import locating as sql
from gridgis.sql.changes import Changes

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_LAYERS = ("grids", "divisions", "beats")


@dataclass(frozen=True, slots=True)
class Place:
    """A division or grid by code and name."""

    code: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Where a point is; see `gridgis.geometry.location.Location` for what the figures mean.

    `lon` and `lat` are EPSG:4326, whatever system was asked in. `worker` is the primary worker of the grid
    today.
    """

    lon: float
    lat: float
    grid: Place | None
    community: Place | None
    street: Place | None
    district: Place | None
    worker: str | None
    match: str
    distance_m: float | None
    edge_distance_m: float | None
    confidence: float | None
    candidates: tuple[Candidate, ...]

    def within(self, scope: Scope) -> Answer:
        """Return what somebody who sees only `scope` is told: a grid outside it is as if there were none."""
        near = tuple(each for each in self.candidates if scope.covers(each.grid_code))
        if self.grid is None or scope.covers(self.grid.code):
            return replace(self, candidates=near)
        return Answer(
            lon=self.lon,
            lat=self.lat,
            grid=None,
            community=None,
            street=None,
            district=None,
            worker=None,
            match="none",
            distance_m=None,
            edge_distance_m=None,
            confidence=None,
            candidates=near,
        )


def load_grids(session: Session, config: Config, at: datetime) -> GridSet:
    """Return the grids in force at `at`, ready to be asked."""
    rows = sql.select_grids(session, at)
    polygons = shapely.from_wkb([bytes(row.geom) for row in rows])
    return GridSet(
        [row.code for row in rows], polygons, srid=config.metric_srid, tolerance_m=config.snap_tolerance_m
    )


@dataclass(frozen=True, slots=True)
class _Copy:
    """What one process knows by heart, and until when and which edit it holds."""

    versions: Mapping[str, int] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    day: date | None = None
    grids: GridSet | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    workers: Mapping[str, str] = field(default_factory=dict)


class Locator:
    """The single look-up of one server process.

    A request with a session reads three rows of layer versions by primary key, so an edit anywhere is seen by
    the next request of every process; what changed is then read again. Time passing counts as an edit, too: a
    plan may come into force, and the roster has a new day. Make one a process; threads may share it.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._copy = _Copy()
        self._refreshing = threading.Lock()

    def is_timely(self, at: datetime) -> bool:
        """Tell whether the copy is the one to use at `at`, had nobody edited anything since it was read."""
        copy = self._copy
        in_force = copy.since is not None and copy.since <= at and (copy.until is None or at < copy.until)
        return in_force and copy.day == at.astimezone(self._config.zone).date()

    def locate(
        self,
        session: Session | None,
        lon: float,
        lat: float,
        *,
        at: datetime,
        crs: str = "EPSG:4326",
        accuracy_m: float | None = None,
    ) -> Answer:
        """Return where a point is now.

        Parameters
        ----------
        session
            ``None`` where the caller knows that nothing was edited since the last answer, and that the copy
            `is_timely`: the database is not asked.
        lon, lat
            x and y in `crs`: longitude or easting first.
        at
            Now, with a time zone.
        accuracy_m
            The radius a receiver states (68 % of fixes); asks for confidence and candidates.

        Raises
        ------
        InvalidInput
            A coordinate that is no number or outside the world, an unknown `crs`, an accuracy not above 0.
        """
        point = _point(lon, lat, crs)
        _check_accuracy(accuracy_m)
        copy = self._copy if session is None else self._current(session, at)
        assert copy.grids is not None  # noqa: S101 - a refreshed copy has them
        return _answer(point, copy.grids.locate(*point, accuracy_m), copy.names, copy.workers)

    def _current(self, session: Session, at: datetime) -> _Copy:
        versions = sql.select_versions(session, _LAYERS)
        if not self._is_current(versions, at):
            with self._refreshing:
                # another thread may have done it while we waited
                if not self._is_current(versions, at):
                    self._copy = self._refreshed(session, versions, at)
        return self._copy

    def _is_current(self, versions: Mapping[str, int], at: datetime) -> bool:
        return self._copy.versions == versions and self.is_timely(at)

    def _refreshed(self, session: Session, versions: Mapping[str, int], at: datetime) -> _Copy:
        """Read what changed. The versions were read before: an edit in between makes us read once more."""
        old, day = self._copy, at.astimezone(self._config.zone).date()

        def same(*layers: str) -> bool:
            return all(old.versions.get(layer) == versions.get(layer) for layer in layers)

        timely = old.since is not None and old.since <= at and (old.until is None or at < old.until)
        keep_grids = timely and same("grids")
        return _Copy(
            versions=versions,
            since=old.since if keep_grids else at,
            until=old.until if keep_grids else sql.select_next_change(session, at),
            day=day,
            grids=old.grids if keep_grids else load_grids(session, self._config, at),
            names=old.names if timely and same("divisions") else sql.select_division_names(session),
            workers=old.workers
            if old.day == day and same("beats")
            else sql.select_primary_workers(session, day),
        )


class Follower:
    """A locator that asks the database only when told of a change, which it is moments after the commit."""

    def __init__(self, config: Config, changes: Changes) -> None:
        self._locator = Locator(config)
        self._changes = changes
        self._told: int | None = None

    def locate(
        self, opened: Callable[[], AbstractContextManager[Session]], at: datetime, **point: Any
    ) -> Answer:
        """Return where a point is now; see `Locator.locate` for `point` and the errors.

        Parameters
        ----------
        opened
            Opens a session, where one is needed.
        """
        told = self._changes.count()
        if told == self._told and self._locator.is_timely(at):
            return self._locator.locate(None, at=at, **point)
        with opened() as session:
            found = self._locator.locate(session, at=at, **point)
        # Only now, and only what was known before the reading: a change in between is followed up.
        self._told = told
        return found


def locate_at(
    session: Session,
    config: Config,
    lon: float,
    lat: float,
    *,
    at: datetime,
    crs: str = "EPSG:4326",
    accuracy_m: float | None = None,
) -> Answer:
    """Return where a point was at an instant, or will be, as `Locator.locate` does for the present.

    The grids around it that are in force at `at` are read for this one answer; the worker is the primary one
    of that local day. Names of divisions are today's.

    Raises
    ------
    InvalidInput
        As `Locator.locate`.
    """
    point = _point(lon, lat, crs)
    _check_accuracy(accuracy_m)
    reach_m = max(config.snap_tolerance_m, accuracy_m or 0.0)
    rows = sql.select_grids_around(session, *point, reach_m, at)
    grids = GridSet(
        [row.code for row in rows],
        shapely.from_wkb([bytes(row.geom) for row in rows]),
        srid=config.metric_srid,
        tolerance_m=config.snap_tolerance_m,
    )
    found = grids.locate(*point, accuracy_m)
    day = at.astimezone(config.zone).date()
    return _answer(point, found, sql.select_division_names(session), sql.select_primary_workers(session, day))


def _answer(
    point: tuple[float, float], found: Location, names: Mapping[str, str], workers: Mapping[str, str]
) -> Answer:
    code = found.grid_code

    def place(digits: int) -> Place | None:
        return Place(code[:digits], names.get(code[:digits])) if code else None

    return Answer(
        *point,
        grid=Place(code, None) if code else None,
        community=place(12),
        street=place(9),
        district=place(6),
        worker=workers.get(code) if code else None,
        match=found.match,
        distance_m=found.distance_m,
        edge_distance_m=found.edge_distance_m,
        confidence=found.confidence,
        candidates=found.candidates,
    )


def _check_accuracy(accuracy_m: float | None) -> None:
    if accuracy_m is not None and not 0 < accuracy_m <= 10_000:
        raise InvalidInput(
            f"accuracy_m={accuracy_m:g} is not a radius in metres; give more than 0 and at most 10000",
            field="accuracy_m",
        )


def _point(lon: Any, lat: Any, crs: str) -> tuple[float, float]:
    for name, value in (("lon", lon), ("lat", lat)):
        if not math.isfinite(value):
            raise InvalidInput(f"{name}={value} is not a number", field=name)
    x, y = (float(v) for v in parse_crs(crs).to_wgs84(lon, lat))
    if not (abs(x) <= 180 and abs(y) <= 90):
        raise InvalidInput(
            f"({lon:g}, {lat:g}) is no place on earth in {crs}; give x (longitude or easting) first",
            field="lon" if not abs(x) <= 180 else "lat",
        )
    return x, y
