"""Making every figure of the city anew: from the database, by the pure rules, into the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from gridgis.config import Config
from gridgis.measures.figures import Moment
from gridgis.measures.part import Occasion, Part, Window, made
from gridgis.measures.patrol_days import midnight, windows
from gridgis.measures.workload import Parameters
from gridgis.services.measuring.figures import read_material, read_patrol_days
from gridgis.services.measuring.ground import read_ground
from gridgis.services.measuring.land import read_outlines
from gridgis.services.measuring.patrols import reach
from gridgis.sql import measure_writing as writing
from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def make_all(session: Session, config: Config, moment: Moment) -> int:
    """Make the figures of the whole city here, store them, and return of how many grids."""
    ground = read_ground(session, config.metric_srid, moment.at, None)
    part = Part(
        ground.codes,
        ground,
        read_outlines(session),
        read_material(session, config, moment, ground, None),
        read_patrol_days(session, None, moment.first, moment.day),
        read_windows(session, config, moment),
    )
    found = made(part, read_occasion(session, config, moment))
    writing.clear(session, found.days)
    writing.add(session, found.figures, found.patrol_days, found.track_days, found.land)
    return len(ground.codes)


def read_occasion(session: Session, config: Config, moment: Moment) -> Occasion:
    """Return what all parts of the city have in common."""
    return Occasion(
        moment=moment,
        zone=config.zone,
        srid=config.metric_srid,
        within_m=config.patrol_within_m,
        reach=reach(session, config, moment.at),
        parameters=Parameters.of(sql.select_parameters(session)),
        stale=frozenset(row.day for row in sql.select_track_days(session, None)),
    )


def read_windows(session: Session, config: Config, moment: Moment) -> Iterator[Window]:
    """Yield all tracks that are kept, some weeks at a time, read when they are asked for."""
    span = sql.select_track_span(session)
    if span.first is None:
        return
    last_day = min(span.last, moment.at).astimezone(config.zone).date()
    for first, last in windows(span.first.astimezone(config.zone).date(), last_day):
        since, until = midnight(first, config.zone), midnight(last + timedelta(days=1), config.zone)
        yield Window(first, last, sql.select_tracks(session, None, since, until))
