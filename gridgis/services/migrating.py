"""Bringing a database to the present schema, class catalogue and city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config as Alembic
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from gridgis.codes import catalogue
from gridgis.config import Config
from gridgis.database import lock
from gridgis.errors import Conflict
from gridgis.paths import resource
from gridgis.sql import city as city_sql
from gridgis.sql import classes as classes_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Migration:
    """What a migration did: the revisions before and after, and the classes that are now known."""

    before: str | None
    after: str
    classes: int


def alembic(session: Session) -> Alembic:
    """Return Alembic's settings for the migrations of this installation, on the session's connection."""
    settings = Alembic()
    settings.set_main_option("script_location", str(resource("migrations")).replace("%", "%%"))
    settings.attributes["connection"] = session.connection()
    return settings


def revision(session: Session) -> str | None:
    """Return the database's schema revision, ``None`` where there is none yet."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def pending(session: Session) -> bool:
    """Tell whether the code is newer than the schema."""
    return revision(session) != ScriptDirectory.from_config(alembic(session)).get_current_head()


def migrate(session: Session, config: Config) -> Migration:
    """Upgrade to the newest schema, rewrite functions, fill the class catalogue and stamp the city.

    All of it is one transaction under an advisory lock: a migration that is killed leaves the old
    schema whole, and the next call starts again.

    Raises
    ------
    Conflict
        The database was made for another city, metric CRS, code profile or time zone than `config` names.
    """
    lock(session, "gridgis migrations")
    before = revision(session)
    command.upgrade(alembic(session), "head")
    classes = classes_sql.replace_all(session, catalogue.class_rows())
    city_sql.stamp(session, config.root_division, config.metric_srid, config.code_profile, config.time_zone)
    check_city(session, config)
    after = revision(session)
    assert after is not None  # noqa: S101 - upgrade to head always leaves one
    return Migration(before, after, classes)


def check_city(session: Session, config: Config) -> None:
    """Refuse settings under which the stored metres, codes and days would mean something else.

    Raises
    ------
    Conflict
        Naming the first setting that differs.
    """
    stored = city_sql.select(session)
    for setting in ("root_division", "metric_srid", "code_profile", "time_zone"):
        was, now = getattr(stored, setting), getattr(config, setting)
        if was != now:
            raise Conflict(
                f"this database was made with GRIDGIS_{setting.upper()}={was}, but it is now {now}; "
                f"set it back, or load the city into a new database",
                field=setting,
            )
