"""Figures made on a cluster of real processes, one of them killed, are those made here."""

from __future__ import annotations

import sys

import pytest
from sqlalchemy import text

from gridgis.errors import InvalidInput, NotFound, Unavailable
from gridgis.formats import partitions
from gridgis.measures.part import made
from gridgis.sample.generation import PRESENT
from gridgis.services.measuring import on_cluster
from gridgis.services.measuring.on_cluster import Cluster, make_part
from gridgis.services.measuring.parting import write_parts
from gridgis.services.measuring.refresh import refresh
from tests.services.measuring.dask_cluster import dask_cluster
from tests.services.measuring.stored import assert_same, handle_alone, stored


@pytest.fixture
def lost_neighbours(sample_city):
    """The sample city with tracks that cross districts, a gap in the land and a beat in two streets."""
    sample_city.execute(
        text("""
            UPDATE grids SET geom = ST_Buffer(geom, -1e-5) WHERE code = (SELECT min(code) FROM grids);
            INSERT INTO tracks (worker_code, fixed_at, accuracy_m, geom)
            SELECT (SELECT min(code) FROM workers), CAST(:at AS timestamptz) - make_interval(secs => 30 * s),
                   5, ST_SetSRID(ST_MakePoint(113.95 + s * 0.002, 22.55), 4326)
            FROM generate_series(1, 100) s ON CONFLICT DO NOTHING;
            UPDATE beats SET worker_code = (SELECT min(code) FROM workers) WHERE grid_code IN (
              (SELECT min(grid_code) FROM beats), (SELECT max(grid_code) FROM beats));
        """),
        {"at": PRESENT},
    )
    handle_alone(sample_city)
    return sample_city


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_makes_the_same_figures(
    lost_neighbours, config, tmp_path, monkeypatch
) -> None:
    session, lost = lost_neighbours, []
    with dask_cluster(tmp_path) as cluster:
        every = on_cluster.parts_made

        def parts_made(scheduler, folder):
            for part in every(scheduler, folder):
                if not lost:  # most parts are still to be made
                    cluster.workers[0].kill()
                    lost.append(cluster.workers[0].wait())
                yield part

        monkeypatch.setattr(on_cluster, "parts_made", parts_made)
        there = Cluster(cluster.url, tmp_path / "parts")
        assert refresh(session, config, PRESENT, cluster=there).grids == 800
    assert lost
    assert not list((tmp_path / "parts").iterdir())  # they held tracks
    on_the_cluster = stored(session)
    refresh(session, config, PRESENT, everything=True)
    assert_same(on_the_cluster, stored(session))


def test_parts_are_read_as_they_were_written(lost_neighbours, config, tmp_path) -> None:
    names = write_parts(lost_neighbours, config, PRESENT, tmp_path, "district")
    occasion, told = partitions.read_occasion(tmp_path)
    assert told == names
    assert len(names) == 9
    grids = [partitions.read_grids(tmp_path, name) for name in names]
    assert sum(frame["own"].sum() for frame in grids) == 800
    parts = [make_part(frame, str(tmp_path), name) for frame, name in zip(grids, names, strict=True)]
    days = [(row["worker_code"], row["day"]) for part in parts for row in part.track_days]
    assert len(days) == len(set(days)) > 0  # each is told of once, wherever it came near
    again = made(partitions.read_part(tmp_path, names[0], grids[0]), occasion)
    assert again.figures.equals(parts[0].figures)


def test_a_city_is_not_parted_by_communities(sample_city, config, tmp_path) -> None:
    with pytest.raises(InvalidInput, match="district or street, not community"):
        write_parts(sample_city, config, PRESENT, tmp_path, "community")


def test_what_is_missing_is_said(sample_city, config, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(on_cluster, "_PATIENCE_S", 0.5)
    nowhere = Cluster("tcp://127.0.0.1:9", tmp_path / "parts")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        refresh(sample_city, config, PRESENT, cluster=nowhere)
    monkeypatch.setitem(sys.modules, "dask_geopandas", None)
    with pytest.raises(Unavailable, match=r"pip install 'gridgis\[cluster\]'"):
        refresh(sample_city, config, PRESENT, cluster=nowhere)


def test_a_folder_without_parts_is_refused(tmp_path) -> None:
    with pytest.raises(NotFound, match="--write-partitions"):
        list(on_cluster.parts_made("tcp://127.0.0.1:9", tmp_path))
