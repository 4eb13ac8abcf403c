"""A database with the small city of tests/tiles/city.py, which tests only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from gridgis.cluster import Cluster
from gridgis.database import make_engine, transaction
from gridgis.services.tiles import low_zooms
from gridgis.sql.tiles import TileReader
from tests.conftest import _database
from tests.tiles.city import fill


@pytest.fixture(scope="package")
def tile_engine(test_cluster: Cluster, template: str) -> Iterator[Engine]:
    """An engine on the small city, outlines simplified."""
    for url in _database(test_cluster, template):
        engine = make_engine(url, name="tests")
        with transaction(engine) as session:
            fill(session)
            low_zooms.refresh_grids(session)
            low_zooms.refresh_divisions(session)
        yield engine
        engine.dispose()


@pytest.fixture(scope="package")
def reader(tile_engine: Engine) -> Iterator[TileReader]:
    """Cuts tiles of the small city."""
    reader = TileReader(tile_engine)
    yield reader
    reader.close()
