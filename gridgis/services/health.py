"""Whether what the product stands on is in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridgis.config import Config
from gridgis.errors import Conflict
from gridgis.services import migrating

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

OK = "ok"


def checks(session: Session, config: Config) -> dict[str, str]:
    """Return, for each thing needed to serve, `OK` or a sentence that says what is missing.

    The session stands for the database itself: whoever cannot open one knows the first answer.
    """
    found = {"database": OK}
    if migrating.pending(session):
        found["migrations"] = (
            f"the schema is at {migrating.revision(session) or 'nothing'}, older than the program; "
            "run 'gridgis db migrate'"
        )
        return found
    found["migrations"] = OK
    try:
        migrating.check_city(session, config)
        found["city"] = OK
    except Conflict as error:
        found["city"] = error.message
    return found
