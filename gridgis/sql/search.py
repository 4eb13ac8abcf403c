"""What the search box asks: things by part of a code, divisions by name, buildings by name or address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gridgis.sql.summary import bounds

#: Digits of the shorter of the two forms of a whole component code.
_COMPONENT_DIGITS = 16
_MOST_NUMBERS = 3_000
_NUMBERS = """
    SELECT id, number, reported_at FROM incident_keys
    WHERE number BETWEEN :stem AND :stem || '99999999999999999' ORDER BY number LIMIT :most
"""


def find_divisions(session: Session, words: str, prefixes: Sequence[str], limit: int) -> Sequence[Row[Any]]:
    """Return code, name, level and the parent's name of divisions whose name holds `words` or code begins so.

    Higher levels and shorter names come first.
    """
    return session.execute(
        text("""
            SELECT d.code, d.name, d.level, p.name AS parent_name
            FROM divisions d LEFT JOIN divisions p ON p.code = d.parent_code
            WHERE (strpos(d.name, :words) > 0 OR d.code ^@ :words) AND d.code ^@ ANY(:prefixes)
            ORDER BY d.name <> :words, length(d.code), length(d.name), d.code LIMIT :limit
        """),
        {"words": words, "prefixes": list(prefixes), "limit": limit},
    ).all()


def find_grids(session: Session, digits: str, prefixes: Sequence[str], limit: int) -> Sequence[Row[Any]]:
    """Return code and community name of grids in force whose code holds `digits`; at its beginning first."""
    return session.execute(
        text("""
            SELECT g.code, d.name AS community_name
            FROM grids g JOIN divisions d ON d.code = g.community_code
            WHERE g.valid_to IS NULL AND strpos(g.code, :digits) > 0
              AND g.code BETWEEN :low AND :high AND g.code ^@ ANY(:prefixes)
            ORDER BY NOT g.code ^@ :digits, right(g.code, length(:digits)) <> :digits, g.code LIMIT :limit
        """),
        {"digits": digits, "limit": limit, **bounds(prefixes)},
    ).all()


def find_components(session: Session, digits: str, prefixes: Sequence[str], limit: int) -> Sequence[Row[Any]]:
    """Return code and name of components whose code begins with `digits`.

    A code begins with its county's, which narrows a part of one to the counties in sight; a whole code is
    looked up wherever its component stands.
    """
    whole = len(digits) >= _COMPONENT_DIGITS
    return session.execute(
        text("""
            SELECT component_code AS code, name FROM components
            WHERE component_code BETWEEN greatest(:digits, :from_county)
                  AND least(:digits || '99999999999999999', :to_county || '99999999999999999')
              AND grid_code ^@ ANY(:prefixes)
            ORDER BY component_code LIMIT :limit
        """),
        {
            "digits": digits,
            "from_county": "" if whole else prefixes[0][:6],
            "to_county": "9" if whole else prefixes[-1][:6],
            "prefixes": list(prefixes),
            "limit": limit,
        },
    ).all()


def find_buildings(session: Session, words: str, prefixes: Sequence[str], limit: int) -> Sequence[Row[Any]]:
    """Return code, name and address of buildings whose name or address holds `words`, or with this very code.

    The first ones found: nobody reads the best of a thousand, and unsorted a common word answers at once.
    """
    return session.execute(
        text("""
            SELECT code, name, address FROM buildings WHERE code = :words AND grid_code ^@ ANY(:prefixes)
            UNION
            SELECT code, name, address FROM buildings
            WHERE id = ANY(ARRAY(SELECT buildings_named(:words, :prefixes, :limit)))
              AND grid_code ^@ ANY(:prefixes)
            LIMIT :limit
        """),
        {"words": words, "prefixes": list(prefixes), "limit": limit},
    ).all()


def find_incidents(session: Session, stem: str, prefixes: Sequence[str], limit: int) -> Sequence[Row[Any]]:
    """Return id, number and state of incidents whose number begins with `stem` (a letter and digits).

    Of the first few thousand such numbers those in sight: a number says what and when, not where, and a few
    digits more find the others. From when to when they are is asked first, since PostgreSQL plans for every
    month's partition that it is not told to leave out.
    """
    binds = {"stem": stem, "most": _MOST_NUMBERS}
    span = f"SELECT min(reported_at)::text AS first, max(reported_at)::text AS last FROM ({_NUMBERS}) k"  # noqa: S608
    known = session.execute(text(span), binds).one()
    return session.execute(
        text(f"""
            SELECT i.id, i.number, i.state
            FROM ({_NUMBERS}) k
            CROSS JOIN LATERAL (
              SELECT id, number, state, grid_code FROM incidents
              WHERE (id, reported_at) = (k.id, k.reported_at)
                AND reported_at BETWEEN CAST(:first AS timestamptz) AND CAST(:last AS timestamptz)
              OFFSET 0  -- one by one, or a million are joined
            ) i
            WHERE (i.grid_code ^@ ANY(:prefixes) OR i.grid_code IS NULL AND :everything)
            ORDER BY k.number LIMIT :limit
        """),  # noqa: S608 - fixed words
        binds | {
            "first": known.first, "last": known.last, "prefixes": list(prefixes),
            "everything": "" in prefixes, "limit": limit,
        },
    ).all()  # fmt: skip
