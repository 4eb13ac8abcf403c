"""Making every figure on a Dask cluster: a task a part, from files that all its machines can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from gridgis.config import Config
from gridgis.errors import Unavailable
from gridgis.formats import partitions
from gridgis.measures.figures import Moment
from gridgis.measures.part import Made, made
from gridgis.services.measuring.parting import write_parts
from gridgis.sql import measure_writing as writing

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where figures are made.

    Attributes
    ----------
    scheduler
        Address of a Dask scheduler, such as tcp://10.0.0.5:8786.
    folder
        The parts are written below it; every worker must be able to read it by the same path.
    level
        Divisions that the city is parted by, one of `parting.PART_LEVELS`.
    """

    scheduler: str
    folder: Path
    level: str = "district"


def make_all(session: Session, config: Config, moment: Moment, cluster: Cluster) -> int:
    """Make the figures of the whole city on a cluster, store them, and return of how many grids.

    The files are removed at the end, for they hold tracks. What a lost worker had, another makes again.

    Raises
    ------
    Unavailable
        There is no scheduler, it has no workers, or they cannot make a part.
    """
    grids = 0
    cluster.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="city-", dir=cluster.folder) as folder:
        write_parts(session, config, moment.at, Path(folder), cluster.level)
        occasion, _ = partitions.read_occasion(Path(folder))
        writing.clear(session, sorted(occasion.stale))
        for part in parts_made(cluster.scheduler, Path(folder)):
            writing.add(session, part.figures, part.patrol_days, part.track_days, part.land)
            grids += part.figures.num_rows
    return grids


def parts_made(scheduler: str, folder: Path) -> Iterator[Made]:
    """Yield the rows of each part that was written to a folder, in the order in which they get ready."""
    _, names = partitions.read_occasion(folder)
    if not names:
        return
    distributed, frames, delayed = _dask()
    meta = partitions.read_grids(folder, names[0]).iloc[:0]
    grids = frames.from_map(_grids, names, folder=str(folder), meta=meta, enforce_metadata=False)
    tasks = [
        delayed(make_part)(frame, str(folder), name)
        for frame, name in zip(grids.to_delayed(), names, strict=True)
    ]
    try:
        with distributed.Client(scheduler, timeout=_PATIENCE_S, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=_PATIENCE_S)
            futures = client.compute(tasks)
            for future in distributed.as_completed(futures, loop=client.loop):
                yield future.result()
                future.release()
    except (OSError, TimeoutError) as error:
        raise Unavailable(f"the cluster of {scheduler} cannot make the figures: {error}") from error
    except distributed.KilledWorker as error:
        raise Unavailable(
            f"a part killed every worker it was given to, for want of memory? {error}"
        ) from error


def make_part(grids: Any, folder: str, name: str) -> Made:
    """Make the rows of one part; this is what runs on the workers."""
    place = Path(folder)
    occasion, _ = partitions.read_occasion(place)
    return made(partitions.read_part(place, name, grids), occasion)


def _grids(name: str, folder: str) -> Any:
    return partitions.read_grids(Path(folder), name)


def _dask() -> Any:
    """Return what is used of Dask; with dask-geopandas loaded, its frames of grids have geometry."""
    try:
        import dask_geopandas  # noqa: F401, PLC0415 - an optional extra
        import distributed  # noqa: PLC0415
        from dask import dataframe, delayed  # noqa: PLC0415
    except ImportError as error:
        raise Unavailable("Dask is not installed; install it with: pip install 'gridgis[cluster]'") from error
    return distributed, dataframe, delayed
