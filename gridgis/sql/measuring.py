"""What figures are made from: noted changes, and what stands, happened or was walked in some grids."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

# `every` asks for the whole city, `codes` for some grids; binds are written in, so one of them is planned.


def take_changes(session: Session) -> Sequence[Row[Any]]:
    """Take away what was noted as changed: kind, code, since, until."""
    return session.execute(text("DELETE FROM measure_changes RETURNING kind, code, since, until")).all()


def count_changes(session: Session) -> int:
    """Return how many changes wait."""
    return session.scalar(text("SELECT count(*) FROM measure_changes")) or 0


def select_state(session: Session) -> Row[Any] | None:
    """Return day, within_m and measured_at of the stored figures."""
    return session.execute(text("SELECT day, within_m, measured_at FROM measure_state")).one_or_none()


def write_state(session: Session, day: date, within_m: float, at: datetime) -> None:
    """Say which day the stored figures are of."""
    session.execute(
        text("""
            INSERT INTO measure_state (day, within_m, measured_at) VALUES (:day, :within_m, :at)
            ON CONFLICT (single) DO UPDATE
            SET day = excluded.day, within_m = excluded.within_m, measured_at = excluded.measured_at
        """),
        {"day": day, "within_m": within_m, "at": at},
    )


def use_memory(session: Session) -> None:
    """Let the rest of the transaction sort and hash in memory."""
    session.execute(text("SET LOCAL work_mem = '128MB'"))


def select_grids(
    session: Session, at: datetime, codes: Sequence[str] | None, around_deg: float = 0.0
) -> Sequence[Row[Any]]:
    """Return code, area_m2 and WKB of grids in force, by code.

    Parameters
    ----------
    codes
        All grids when ``None``; else those whose boxes, widened, meet the boxes of these (in force or not).
    around_deg
        By how much to widen.
    """
    every = """
        SELECT g.code, g.area_m2, ST_AsBinary(g.geom) AS geom FROM grids g
        WHERE g.valid_from <= :at AND (g.valid_to IS NULL OR g.valid_to > :at) ORDER BY g.code
    """
    some = """
        SELECT DISTINCT ON (g.code) g.code, g.area_m2, ST_AsBinary(g.geom) AS geom
        FROM grids m JOIN grids g ON g.geom && ST_Expand(m.geom, :around)
        WHERE m.code = ANY(:codes) AND g.valid_from <= :at AND (g.valid_to IS NULL OR g.valid_to > :at)
        ORDER BY g.code
    """
    return session.execute(
        text(every if codes is None else some), {"at": at, "codes": list(codes or ()), "around": around_deg}
    ).all()


def select_grid_codes(session: Session, at: datetime) -> list[str]:
    """Return the codes of all grids in force, ascending."""
    return list(
        session.execute(
            text("""
                SELECT code FROM grids WHERE valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
                ORDER BY code
            """),
            {"at": at},
        ).scalars()
    )


def select_extent(session: Session, at: datetime) -> tuple[float, float, float, float] | None:
    """Return the box around all grids in force (degrees), if there are any."""
    row = session.execute(
        text("""
            SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box) FROM (
              SELECT ST_Extent(geom) AS box FROM grids
              WHERE valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)) AS extent
        """),
        {"at": at},
    ).one()
    return None if row[0] is None else tuple(row)


def select_codes_in_box(session: Session, at: datetime, box: tuple[float, float, float, float]) -> list[str]:
    """Return the grids in force whose boxes meet one (degrees), by code."""
    return list(
        session.execute(
            text("""
                SELECT code FROM grids
                WHERE geom && ST_MakeEnvelope(:xmin, :ymin, :xmax, :ymax, 4326)
                  AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
                ORDER BY code
            """),
            {"at": at, **dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))},
        ).scalars()
    )


def select_neighbours(session: Session, codes: Sequence[str]) -> set[str]:
    """Return the stored neighbours of some grids."""
    return set(
        session.execute(
            text("SELECT unnest(neighbours) FROM grid_measures WHERE grid_code = ANY(:codes)"),
            {"codes": list(codes)},
        ).scalars()
    )


def select_beat_grids(session: Session, workers: Sequence[str]) -> list[str]:
    """Return every grid that some workers have or had."""
    return list(
        session.execute(
            text("SELECT DISTINCT grid_code FROM beats WHERE worker_code = ANY(:workers)"),
            {"workers": list(workers)},
        ).scalars()
    )


def select_things(session: Session, codes: Sequence[str] | None, profile: str) -> pa.Table:
    """Return what stands in some grids or all, as `measures.collection.collected` takes it.

    A thing's cycle is that of the longest class prefix; without one it is not to be inspected.
    """
    statement = """
        WITH class_days AS (
          SELECT code AS class_code, (
            SELECT days FROM cycles WHERE layer = 'components' AND code ^@ class_prefix
            ORDER BY length(class_prefix) DESC LIMIT 1) AS days
          FROM classes WHERE profile = %(profile)s AND kind = 'component'
        ), building_cycle AS (
          SELECT max(days) AS days FROM cycles WHERE layer = 'buildings' AND class_prefix = ''
        )
        SELECT 1 AS is_building, id, grid_code, (SELECT days FROM building_cycle) AS days, households, firms,
               num_nonnulls(name, address, use, floors) AS fields_filled, 4 AS fields_wanted
        FROM buildings WHERE grid_code IS NOT NULL
          AND (%(every)s OR id = ANY(ARRAY(SELECT s.id FROM standing_in('buildings', %(codes)s) s)))
        UNION ALL
        SELECT 0, c.id, c.grid_code, d.days, 0, 0,
               num_nonnulls(competent_dept_code, owner_code, maintainer_code, initial_date, data_source,
                            accuracy_class), 6
        FROM components c LEFT JOIN class_days d USING (class_code)
        WHERE c.grid_code IS NOT NULL AND c.state <> 'removed'
          AND (%(every)s OR c.id = ANY(ARRAY(SELECT s.id FROM standing_in('components', %(codes)s) s)))
    """
    types = {"is_building": pa.bool_(), "id": pa.int64(), "grid_code": pa.string(), "days": pa.float64()}
    types |= dict.fromkeys(("households", "firms", "fields_filled", "fields_wanted"), pa.int64())
    binds = {"every": codes is None, "codes": list(codes or ()), "profile": profile}
    return _copied(session, statement, binds, types)


def select_looks(session: Session, codes: Sequence[str] | None) -> pa.Table:
    """Return the inspections in some grids or all, as `measures.collection.collected` takes them."""
    every = f"SELECT {_LOOK} FROM inspections i"  # noqa: S608 - fixed words
    some = f"""
        SELECT {_LOOK} FROM standing_in('buildings', %(codes)s) t JOIN inspections i ON building_id = t.id
        UNION ALL
        SELECT {_LOOK} FROM standing_in('components', %(codes)s) t JOIN inspections i ON component_id = t.id
    """  # noqa: S608 - fixed words
    types = {"is_building": pa.bool_(), "thing_id": pa.int64(), "id": pa.int64(), "at_us": pa.int64()}
    types |= dict.fromkeys(("worker_code", "result"), pa.string())
    return _copied(session, every if codes is None else some, {"codes": list(codes or ())}, types)


_LOOK = """
    (i.building_id IS NOT NULL)::int AS is_building, coalesce(i.building_id, i.component_id) AS thing_id,
    i.id,
    (extract(epoch FROM i.inspected_at) * 1000000)::bigint AS at_us, i.worker_code, i.result
"""


def select_incident_weeks(
    session: Session, codes: Sequence[str] | None, until: datetime, weeks: int
) -> pa.Table:
    """Return grid_code, week (0 is the seven days before `until`) and how many incidents were reported."""
    statement = """
        SELECT grid_code, ceil(extract(epoch FROM %(until)s - reported_at) / 604800)::int - 1 AS week,
               count(*) AS incidents
        FROM incidents
        WHERE reported_at >= %(until)s - make_interval(days => 7 * %(weeks)s) AND reported_at < %(until)s
          AND state <> 'merged' AND grid_code IS NOT NULL AND (%(every)s OR grid_code = ANY(%(codes)s))
        GROUP BY 1, 2
    """
    types = {"grid_code": pa.string(), "week": pa.int64(), "incidents": pa.int64()}
    binds = {"every": codes is None, "codes": list(codes or ()), "until": until, "weeks": weeks}
    return _copied(session, statement, binds, types)


def learn_handling_times(session: Session, profile: str, until: datetime, weeks: int) -> None:
    """Store for each major class how many incidents there were, and the median minutes of handling.

    The only minutes of a worker's own are from report to closing (or handling) of what was closed without
    being dispatched.
    """
    session.execute(text("DELETE FROM handling_times"))
    session.execute(
        text("""
            INSERT INTO handling_times (kind, class_prefix, incidents, timed, median_min)
            WITH happened AS (
              SELECT kind, class_code, count(*) AS incidents,
                     array_agg(extract(epoch FROM coalesce(handled_at, closed_at) - reported_at) / 60)
                       FILTER (WHERE state = 'closed' AND dispatched_at IS NULL
                               AND coalesce(handled_at, closed_at) IS NOT NULL) AS minutes
              FROM incidents
              WHERE reported_at >= :until - make_interval(weeks => :weeks) AND reported_at < :until
                AND state <> 'merged' AND profile = :profile
              GROUP BY 1, 2
            ), timed AS (
              SELECT c.kind, c.major, count(*) AS timed,
                     percentile_cont(0.5) WITHIN GROUP (ORDER BY m) AS median
              FROM classes c JOIN happened h ON h.kind = c.kind AND h.class_code = c.code,
                unnest(h.minutes) AS m
              WHERE c.profile = :profile GROUP BY 1, 2
            )
            SELECT c.kind, c.major, coalesce(sum(h.incidents), 0), coalesce(min(t.timed), 0),
                   round(CAST(min(t.median) AS numeric), 2)
            FROM classes c
            LEFT JOIN happened h ON h.kind = c.kind AND h.class_code = c.code
            LEFT JOIN timed t ON t.kind = c.kind AND t.major = c.major
            WHERE c.profile = :profile GROUP BY 1, 2
        """),
        {"profile": profile, "until": until, "weeks": weeks},
    )


def select_handling_times(session: Session) -> pa.Table:
    """Return kind, class_prefix, incidents, timed and median_min, as `learn_handling_times` stored them."""
    statement = "SELECT kind, class_prefix, incidents, timed, median_min FROM handling_times ORDER BY 1, 2"
    types = {"kind": pa.string(), "class_prefix": pa.string()}
    types |= {"incidents": pa.int64(), "timed": pa.int64(), "median_min": pa.float64()}
    return _copied(session, statement, {}, types)


def select_incident_classes(
    session: Session, codes: Sequence[str] | None, profile: str, until: datetime, weeks: int
) -> pa.Table:
    """Return grid_code, kind, class_prefix and how many incidents were reported in the weeks before."""
    statement = """
        SELECT i.grid_code, c.kind, c.major AS class_prefix, count(*) AS incidents
        FROM incidents i JOIN classes c ON c.profile = i.profile AND c.kind = i.kind AND c.code = i.class_code
        WHERE i.reported_at >= %(until)s - make_interval(weeks => %(weeks)s) AND i.reported_at < %(until)s
          AND i.state <> 'merged' AND i.profile = %(profile)s AND i.grid_code IS NOT NULL
          AND (%(every)s OR i.grid_code = ANY(%(codes)s))
        GROUP BY 1, 2, 3
    """
    types = dict.fromkeys(("grid_code", "kind", "class_prefix"), pa.string()) | {"incidents": pa.int64()}
    binds = {"every": codes is None, "codes": list(codes or ()), "profile": profile}
    return _copied(session, statement, binds | {"until": until, "weeks": weeks}, types)


def select_components(session: Session, codes: Sequence[str] | None) -> pa.Table:
    """Return grid_code, lon and lat of the components that are there, by grid and id."""
    statement = """
        SELECT grid_code, ST_X(p) AS lon, ST_Y(p) AS lat FROM (
          SELECT grid_code, id,
                 CASE WHEN GeometryType(geom) = 'POINT' THEN geom ELSE ST_PointOnSurface(geom) END AS p
          FROM components
          WHERE grid_code IS NOT NULL AND state <> 'removed'
            AND (%(every)s OR id = ANY(ARRAY(SELECT s.id FROM standing_in('components', %(codes)s) s)))
        ) AS c ORDER BY grid_code, id
    """
    types = {"grid_code": pa.string(), "lon": pa.float64(), "lat": pa.float64()}
    return _copied(session, statement, {"every": codes is None, "codes": list(codes or ())}, types)


def select_roads(session: Session, codes: Sequence[str] | None, around_deg: float) -> list[bytes]:
    """Return the roads, as WKB, that come near some grids or any, by id."""
    statement = (
        "SELECT ST_AsBinary(geom) FROM roads ORDER BY id"
        if codes is None
        else """
            SELECT ST_AsBinary(geom) FROM roads r WHERE id IN (
              SELECT r.id FROM grids m JOIN roads r ON r.geom && ST_Expand(m.geom, :around)
              WHERE m.code = ANY(:codes))
            ORDER BY id
        """
    )
    rows = session.execute(text(statement), {"codes": list(codes or ()), "around": around_deg})
    return [bytes(wkb) for wkb in rows.scalars()]


def select_tracks(
    session: Session, workers: Sequence[str] | None, since: datetime, until: datetime
) -> pa.Table:
    """Return worker_code, at_s (POSIX), lon, lat and accuracy_m of fixes in [since, until)."""
    statement = """
        SELECT worker_code, extract(epoch FROM fixed_at)::float8 AS at_s, ST_X(geom) AS lon,
               ST_Y(geom) AS lat, accuracy_m
        FROM tracks
        WHERE fixed_at >= %(since)s AND fixed_at < %(until)s AND (%(every)s OR worker_code = ANY(%(workers)s))
    """
    types = {"worker_code": pa.dictionary(pa.int32(), pa.string())}
    types |= dict.fromkeys(("at_s", "lon", "lat", "accuracy_m"), pa.float64())
    binds = {"since": since, "until": until, "every": workers is None, "workers": list(workers or ())}
    return _copied(session, statement, binds, types)


def select_track_span(session: Session) -> Row[Any]:
    """Return the first and the last fix there is, as `first` and `last`."""
    return session.execute(text("SELECT min(fixed_at) AS first, max(fixed_at) AS last FROM tracks")).one()


def select_track_days(session: Session, days: Sequence[date] | None) -> Sequence[Row[Any]]:
    """Return worker_code, day and the box of workers' days, all of them or those of some days."""
    return session.execute(
        text("""
            SELECT worker_code, day, west_m, south_m, east_m, north_m FROM track_days
            WHERE :every OR day = ANY(:days) ORDER BY day, worker_code
        """),
        {"every": days is None, "days": list(days or ())},
    ).all()


def select_patrol_days(
    session: Session, codes: Sequence[str] | None, first: date, last: date
) -> Sequence[Row[Any]]:
    """Return grid_code, day, seconds, length_m and reached of the days first to last, by grid and day."""
    return session.execute(
        text("""
            SELECT grid_code, day, seconds, length_m, reached FROM patrol_days
            WHERE day BETWEEN :first AND :last AND (:every OR grid_code = ANY(:codes)) ORDER BY grid_code, day
        """),
        {"every": codes is None, "codes": list(codes or ()), "first": first, "last": last},
    ).all()


def select_roster(session: Session, codes: Sequence[str] | None, day: date) -> Sequence[Row[Any]]:
    """Return grid_code and worker_code of primary beats on a day; of every beat that has one of `codes`."""
    return session.execute(
        text("""
            SELECT worker_code, grid_code FROM beats
            WHERE role = 'primary' AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)
              AND (:every OR worker_code IN (
                SELECT worker_code FROM beats WHERE grid_code = ANY(:codes) AND role = 'primary'
                  AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)))
            ORDER BY worker_code, grid_code
        """),
        {"every": codes is None, "codes": list(codes or ()), "day": day},
    ).all()


def select_measures(session: Session) -> Sequence[Mapping[str, Any]]:
    """Return the stored figures of all grids, by grid."""
    rows = session.execute(text("SELECT * FROM grid_measures ORDER BY grid_code"))
    return [dict(row) for row in rows.mappings()]


def select_community_grids(session: Session, communities: Sequence[str], at: datetime) -> list[str]:
    """Return the grids in force of some communities."""
    return list(
        session.execute(
            text("""
                SELECT code FROM grids WHERE community_code = ANY(:communities)
                  AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
            """),
            {"communities": list(communities), "at": at},
        ).scalars()
    )


def select_parameters(session: Session) -> dict[str, float]:
    """Return the workload parameters that the city has set."""
    return {
        row.name: row.value for row in session.execute(text("SELECT name, value FROM workload_parameters"))
    }


def _copied(
    session: Session, statement: str, binds: Mapping[str, Any], types: Mapping[str, pa.DataType]
) -> pa.Table:
    """Return the rows of a statement by COPY, which makes no object of every value."""
    buffer = io.BytesIO()
    connection: Any = session.connection().connection
    with connection.cursor() as cursor:
        asked = cursor.mogrify(statement, binds).decode()
        cursor.copy_expert(f"COPY ({asked}) TO STDOUT (FORMAT csv, HEADER)", buffer, size=1 << 20)
    buffer.seek(0)
    # COPY writes nothing for NULL and quotes for an empty text
    options = csv.ConvertOptions(
        column_types=dict(types), null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    return csv.read_csv(buffer, convert_options=options)
