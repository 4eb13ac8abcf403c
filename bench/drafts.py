"""What an edit of a draft costs, from the request's transaction to its answer, in a city of any size.

    python -P bench/drafts.py --url postgresql://… [--grids 60] [--seed 3]

The database holds a city with its figures made (`gridgis coverage --refresh`), best the full one. All is
asked under the role and the row security of web requests, and rolled back in the end: a grid is split between
its buildings, its parts are merged, that is undone and made again, a part is given to nobody; then the
community is listed, the draft checked and compared, the grids that nobody has are counted, and a quarter of
the workers of a street and of a district get all its grids as beats. Ends with 1 if the 95th percentile of
an edit passes 300 ms.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgis.config import Config
from gridgis.database import WEB_ROLE, make_engine, transaction
from gridgis.errors import GridgisError
from gridgis.planning.editing.refusals import Refused
from gridgis.scope import EVERYTHING
from gridgis.services.drafts import checking, comparing, editing, grouping, keeping, viewing
from gridgis.services.drafts.keeping import Planner

LIMIT_S = 0.3
WORKERS = text("""
    SELECT DISTINCT worker_code FROM beats
    WHERE grid_code ^@ :division AND valid_to IS NULL AND role = 'primary' ORDER BY 1
""")
EDITS = ("split", "split refused", "merge", "undo", "redo", "assign")
PLANNER = Planner("bench", EVERYTHING)


class Watch:
    """Times by name."""

    def __init__(self) -> None:
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    def timed(self, name: str, work: Callable[[], Any]) -> Any:
        began_s = time.perf_counter()
        try:
            done = work()
        except Refused:
            name, done = f"{name} refused", None
        self.times[name].append(time.perf_counter() - began_s)
        return done


def draw(session: Session, watch: Watch, config: Config, draft: int, code: str, now: datetime) -> None:
    """Split a grid, merge its parts, take that back, make it again, and give a part to nobody."""

    def edit(operation: str, **arguments: Any) -> Any:
        return editing.edit(session, PLANNER, config, draft, operation, arguments, {}, now)

    west, south, east, north = box(session, code)
    for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.35, 0.65):
        x = west + (east - west) * share
        line = shapely.LineString([(x, south - 1e-4), (x, north + 1e-4)])
        done = watch.timed("split", lambda line=line: edit("split", key=code, line=line.__geo_interface__))
        if done:
            break
    else:
        return
    parts = [grid["id"] for grid in done["grids"]["features"] if grid["id"].startswith("n")]
    watch.timed("merge", lambda: edit("merge", keys=parts))
    watch.timed("undo", lambda: editing.undo(session, PLANNER, config, draft, now))
    watch.timed("redo", lambda: editing.redo(session, PLANNER, config, draft, now))
    editing.undo(session, PLANNER, config, draft, now)
    watch.timed("assign", lambda: edit("assign", keys=parts[:1], worker_code=None))
    watch.timed(
        "community listed",
        lambda: viewing.grids(session, PLANNER, config, draft, now, division=code[:12]),
    )


def box(session: Session, code: str) -> tuple[float, float, float, float]:
    """Return a grid's bounding box."""
    wkb = session.scalar(text("SELECT ST_AsBinary(geom) FROM grids WHERE code = :code"), {"code": code})
    west, south, east, north = shapely.from_wkb(bytes(wkb)).bounds
    return west, south, east, north


def widest(session: Session) -> dict[str, str]:
    """Return the largest street and district that can be grouped at once, by what their beats are called."""
    found = {}
    for level, width in (("street", 9), ("district", 6)):
        row = session.execute(
            text("""
                SELECT left(code, :width) AS division, count(*) AS grids FROM grids
                WHERE valid_to IS NULL GROUP BY 1 HAVING count(*) <= :most ORDER BY 2 DESC, 1 LIMIT 1
            """),
            {"width": width, "most": viewing.MOST_GRIDS},
        ).one()
        found[f"beats, {level} of {row.grids:,}"] = row.division
    return found


def measured(url: str, grids: int, seed: int) -> Watch:
    """Return the times of everything, in one transaction that is rolled back."""
    config, watch, now = Config(), Watch(), datetime.now(UTC)
    engine = make_engine(url, role=WEB_ROLE)
    try:
        with transaction(engine, scope=EVERYTHING) as session:
            codes = session.scalars(text("SELECT code FROM grids WHERE valid_to IS NULL ORDER BY code")).all()
            draft = keeping.create(session, PLANNER, "bench")["id"]
            chosen = random.Random(seed).sample(list(codes), grids + 1)
            draw(session, Watch(), config, draft, chosen[0], now)  # what is loaded once is not counted
            for code in chosen[1:]:
                draw(session, watch, config, draft, code, now)
            watch.timed("draft checked", lambda: checking.check(session, PLANNER, config, draft, now))
            watch.timed(
                "draft compared",
                lambda: comparing.compare(session, PLANNER, config, draft, None, now),
            )
            watch.timed("grids of nobody", lambda: viewing.unassigned(session, PLANNER, config, draft, now))
            for name, division in widest(session).items():
                workers = session.scalars(WORKERS, {"division": division}).all()
                wish = grouping.Wish(workers=workers[::4])
                watch.timed(
                    name,
                    lambda division=division, wish=wish: grouping.group(
                        session, PLANNER, config, draft, division, wish, {}, now
                    ),
                )
            session.rollback()
    finally:
        engine.dispose()
    return watch


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--grids", type=int, default=60)
    parser.add_argument("--seed", type=int, default=3)
    given = parser.parse_args()
    try:
        watch = measured(given.url, given.grids, given.seed)
    except GridgisError as error:
        raise SystemExit(error.message) from error
    slow = False
    for name, times in watch.times.items():
        high = sorted(times)[int(len(times) * 0.95)]
        slow |= name in EDITS and high > LIMIT_S
        median, most = statistics.median(times), max(times)
        print(f"{name:<28} n={len(times):<4} median {median:.3f} s  p95 {high:.3f} s  most {most:.3f} s")
    sys.exit(int(slow))


if __name__ == "__main__":
    main()
