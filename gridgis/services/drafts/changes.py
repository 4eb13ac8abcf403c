"""Two planners on one draft: the second to touch a grid is told, and nothing is overwritten silently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gridgis.errors import Conflict, NotFound
from gridgis.services.drafts.keeping import Planner
from gridgis.sql import drafts as sql

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session


class Changed(Conflict):
    """A draft that is not as the planner saw it.

    Parameters
    ----------
    sentence
        Who changed what, and when.
    keys
        The grids that changed.
    """

    def __init__(self, sentence: str, keys: Iterable[str]) -> None:
        super().__init__(sentence)
        self.keys = sorted(keys)


def check_versions(
    session: Session,
    planner: Planner,
    plan_id: int,
    rows: Mapping[str, Row[Any]],
    keys: Iterable[str],
    versions: Mapping[str, int],
) -> None:
    """Refuse to change grids that are not as the planner saw them.

    Parameters
    ----------
    rows
        Grids of the draft as they are, by key.
    keys
        Those to be changed.
    versions
        Key -> version that the planner saw. A grid without one is only refused when somebody else drew it.

    Raises
    ------
    NotFound
        A grid is not there, or not in the planner's divisions.
    Changed
        One is not as it was seen.
    """
    wanted = sorted(keys)
    unseen = [rows[key].version for key in wanted if key in rows and key not in versions]
    actors = sql.select_actors(session, plan_id, unseen) if any(unseen) else {}
    for key in wanted:
        row = rows.get(key)
        if row is None and key in versions:
            raise _changed(session, plan_id, key, "is no more")
        if row is None or not planner.scope.covers(row.community_code):
            raise NotFound(f"there is no grid {key} in this draft, or none in your divisions", field="keys")
        if key in versions and versions[key] != row.version:
            raise _changed(session, plan_id, key, "is not as you saw it")
        if key not in versions and actors.get(row.version, planner.name) != planner.name:
            raise _changed(session, plan_id, key, "was changed by somebody else; say which version you saw")


def _changed(session: Session, plan_id: int, key: str, what: str) -> Changed:
    by = sql.select_last_writer(session, plan_id, key)
    if by is None:
        return Changed(f"grid {key} {what}: what made it so was undone", [key])
    return Changed(
        f"grid {key} {what}: {by.actor} changed it at {by.at:%Y-%m-%d %H:%M:%S} UTC ({by.operation})", [key]
    )
