"""Who is suggested for a grid, and for what reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridgis.planning.suggestions import Candidate, ranked

PLAIN = Candidate("W", 500.0, ("g2",), 1, 0, 0, 300.0, 100.0)


def order(*candidates: Candidate) -> list[str]:
    return [found.candidate.worker for found in ranked(candidates)]


@pytest.mark.parametrize(
    "better",
    [
        {"station_m": 100.0},
        {"held_days": 30},
        {"walked_days": 2},
        {"minutes": 100.0},
        {"station_m": 0.0, "minutes": 350.0},
    ],
)
def test_the_nearer_the_one_who_knows_it_and_the_freer_comes_first(better) -> None:
    assert order(replace(PLAIN, worker="A"), replace(PLAIN, worker="B", **better)) == ["B", "A"]


def test_a_beat_in_one_piece_comes_before_any_mark() -> None:
    apart = replace(PLAIN, worker="A", station_m=0.0, held_days=900, minutes=0.0, beside=())
    assert order(apart, PLAIN) == ["W", "A"]
    assert order(replace(apart, grids=0), PLAIN) == ["A", "W"]


def test_equal_marks_are_decided_by_code_and_nobody_is_an_answer() -> None:
    assert order(replace(PLAIN, worker="B"), replace(PLAIN, worker="A")) == ["A", "B"]
    assert ranked([]) == []


def test_marks_lie_between_nothing_and_one() -> None:
    one = replace(PLAIN, station_m=None, held_days=5000, minutes=0.0, grid_minutes=0.0)
    (found,) = ranked([one])
    assert (found.near, found.knows, found.free) == (0.0, 1.0, 1.0)
