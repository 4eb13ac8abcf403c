"""How often buildings and components are to be looked at: the city's own table, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridgis.config import Config
from gridgis.errors import InvalidInput, NotFound
from gridgis.sql import cycles as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LAYERS = ("buildings", "components")
#: Ten years: what is looked at less often has no cycle.
MOST_DAYS = 3650


def list_cycles(session: Session) -> list[dict[str, Any]]:
    """Return layer, class_prefix and days; of a component's class the longest prefix decides."""
    return [dict(row._mapping) for row in sql.select_cycles(session)]


def put(session: Session, config: Config, layer: str, class_prefix: str, days: int) -> None:
    """Have everything of a layer, or components of some classes, looked at every so many days.

    The figures follow with the next refresh.

    Raises
    ------
    InvalidInput
        The days are none, the layer has no classes, or no class begins with the digits.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(f"a cycle of {days} days cannot be; 1 to {MOST_DAYS} is accepted", field="days")
    if class_prefix and layer == "buildings":
        raise InvalidInput("buildings have no classes; their cycle is one", field="class")
    if class_prefix and not sql.count_classes(session, config.code_profile, class_prefix):
        raise InvalidInput(
            f"no component class of {config.code_profile} begins with {class_prefix!r}; "
            "`gridgis codes find` finds them by name",
            field="class",
        )
    sql.put(session, layer, class_prefix, days)


def remove(session: Session, layer: str, class_prefix: str) -> None:
    """Take a cycle away: the next shorter prefix holds, and where there is none things are not counted.

    Raises
    ------
    NotFound
        There is no such cycle.
    """
    if not sql.delete(session, layer, class_prefix):
        of = f"{layer} {class_prefix}".strip()
        raise NotFound(f"{of} has no cycle of its own; `gridgis cycles list` shows those there are")
