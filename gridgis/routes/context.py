"""What a request needs of the application it is served by: settings, the database, the secrets."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from gridgis.config import Config
from gridgis.database import transaction
from gridgis.services.locating import Follower

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

_KEY = "gridgis"


@dataclass(frozen=True, slots=True)
class Context:
    """One application's settings, engine, admin token, and the look-up that each process keeps."""

    config: Config
    engine: Engine
    admin_token: str
    follower: Follower

    def install(self, app: Flask) -> None:
        """Make this the context of every request of `app`."""
        app.extensions[_KEY] = self


def context() -> Context:
    """Return the context of the application that serves the current request."""
    return cast("Context", current_app.extensions[_KEY])


def reading() -> AbstractContextManager[Session]:
    """Open the one transaction of a request that only reads: a single snapshot."""
    return transaction(context().engine, read_only=True)


def writing() -> AbstractContextManager[Session]:
    """Open the one transaction of a request that writes; committed when the block ends well."""
    return transaction(context().engine)
