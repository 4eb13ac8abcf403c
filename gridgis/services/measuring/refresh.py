"""Bringing the stored figures up to date: what changed since the last time, or everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gridgis.config import Config
from gridgis.database import lock
from gridgis.measures.figures import Moment
from gridgis.measures.handling import HISTORY_WEEKS
from gridgis.services.measuring import figures, land, on_cluster, patrols
from gridgis.services.measuring.everything import make_all
from gridgis.services.measuring.ground import read_ground
from gridgis.services.measuring.wanted import MOST_GRIDS, wanted
from gridgis.sql import measure_writing as writing
from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: all grids, or how many."""

    everything: bool
    grids: int


def refresh(
    session: Session,
    config: Config,
    at: datetime,
    *,
    everything: bool = False,
    cluster: on_cluster.Cluster | None = None,
) -> Refreshed:
    """Make the figures again that changes since the last refresh touch; all of them on a new day.

    The result is the same as making everything anew. Two refreshes wait for each other; changes that are
    committed meanwhile are left to the next one.

    Parameters
    ----------
    at
        Now: inspections fall due and periods move on with the local day.
    everything
        Make all of them in any case.
    cluster
        Make all of them, and there.
    """
    lock(session, "gridgis measures")
    sql.use_memory(session)
    moment, within_m = Moment.of(at, config.zone), config.patrol_within_m
    state = sql.select_state(session)
    found = wanted(session, sql.take_changes(session), at, config.zone)
    if found.everything or state is None or state.day != moment.day:
        # for the rest of the day they stay, so that an incident changes its own surroundings alone
        sql.learn_handling_times(session, config.code_profile, moment.until, HISTORY_WEEKS)
        everything = True
    if everything or cluster is not None or (state is not None and state.within_m != within_m):
        return _everything(session, config, moment, cluster)
    if found.is_nothing:
        return Refreshed(False, 0)
    walked = patrols.make_some(session, config, found, within_m, at)
    codes = found.figures | walked
    if len(codes) > MOST_GRIDS:
        return _everything(session, config, moment, None)
    if found.communities:
        land.make(session, at, config.metric_srid, sorted(found.communities))
    if codes:
        ground = read_ground(session, config.metric_srid, at, sorted(codes))
        figures.make(session, config, moment, ground, sorted(codes))
    if found.parameters:
        figures.work_out_again(session)
    if codes or found.parameters:
        writing.replace_loads(session, None if found.parameters else sorted(codes), moment.day)
    sql.write_state(session, moment.day, within_m, at)
    return Refreshed(False, len(codes))


def _everything(
    session: Session, config: Config, moment: Moment, cluster: on_cluster.Cluster | None
) -> Refreshed:
    if cluster is None:
        grids = make_all(session, config, moment)
    else:
        grids = on_cluster.make_all(session, config, moment, cluster)
    writing.replace_loads(session, None, moment.day)
    writing.settle(session)
    sql.write_state(session, moment.day, config.patrol_within_m, moment.at)
    return Refreshed(True, grids)
