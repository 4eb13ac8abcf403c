"""What each figure means: its formula, where the rule is from, and the settings it was made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure, in Chinese and English.

    Attributes
    ----------
    formula
        In words, numerator / denominator; a denominator of zero gives no figure, never 0 or 100.
    source
        The requirement or standard it follows, or that the rule is ours.
    settings
        Names of the settings and tables it was made with.
    """

    zh: str
    en: str
    formula: str
    source: str
    settings: tuple[str, ...] = ()


_PERIOD = "of the 28 local days that end with the day of measuring, or the days asked for"
_CLEANING = (
    "a valid track is what is left of a worker's day without fixes far from the city, from the future, "
    "stated less "
    "accurate than 50 m, repeated, in two places at one instant, or faster than 15 m/s; fixes more than "
    "180 s apart "
    "are not joined, and a pause is held where it began until a fix is more than 15 m away"
)

DEFINITIONS: Mapping[str, Definition] = {
    "land_ratio": Definition(
        "网格覆盖率", "land covered", "1 - area of gaps / area of the communities' outlines",
        "requirement R19: the union of grids is the whole of its parent",
    ),
    "gap_m2": Definition(
        "空白面积", "gaps", "ground of a community, or enclosed by its grids, that no grid has, in the "
        "metric CRS",
        "requirement R13", ("metric_srid",),
    ),
    "overlap_m2": Definition(
        "重叠面积", "overlaps", "ground that two grids have, counted once a pair and under the lower code's "
        "community",
        "requirement R13", ("metric_srid",),
    ),
    "unstaffed": Definition(
        "无人网格", "grids without a worker", "grids in force without a primary beat on the day",
        "requirement R10",
    ),
    "doubled": Definition(
        "多人网格", "grids with several primary workers", "grids with more than one primary beat on the day",
        "requirement R10; the database refuses them",
    ),
    "uncovered": Definition(
        "请假无人顶岗", "on leave without cover",
        "grids whose primary worker is on leave or not active, and that no deputy at work has", "ours",
        ("absences",),
    ),
    "on_shift": Definition(
        "在岗", "on shift now", "primary workers whose newest fix is less than 15 minutes old", "ours",
    ),
    "roads_ratio": Definition(
        "道路巡查覆盖率", "roads patrolled",
        "metres of road sections (at most 20 m, judged at the middle) within the distance of a valid "
        "track, / metres of "
        f"road, {_PERIOD}; a road on a border belongs to the grids beside it in equal parts; {_CLEANING}",
        "ours, after patrol_coverage in section 11 of the standards", ("patrol_within_m",),
    ),
    "ground_ratio": Definition(
        "区域巡查覆盖率", "ground patrolled",
        f"the same for the ground of grids without roads, judged at points 20 m apart, {_PERIOD}",
        "ours", ("patrol_within_m",),
    ),
    "components_ratio": Definition(
        "部件巡查覆盖率", "components patrolled",
        f"components within the distance of a valid track / components that are not removed, {_PERIOD}",
        "ours", ("patrol_within_m",),
    ),
    "patrol_s": Definition("巡查时长", "time inside", f"seconds of valid tracks inside the grid, "
    f"{_PERIOD}", "ours"),
    "patrol_m": Definition(
        "巡查里程", "length inside", f"metres of valid tracks, cut at the grid's border, {_PERIOD}", "ours",
    ),
    "current_ratio": Definition(
        "采集覆盖率", "inspected within the cycle",
        "buildings and components whose last inspection (other than 'no access') is not older than the "
        "cycle of their "
        "class / those that have a cycle",
        "requirement R30; the cycles are for demonstration", ("cycles",),
    ),
    "timeliness": Definition(
        "及时率", "timeliness", "repeated inspections made within the cycle / repeated inspections, in the "
        "period",
        "requirement R42", ("cycles",),
    ),
    "completeness": Definition(
        "完整率", "completeness",
        "filled / all of: name, address, use, floors of buildings; competent department, owner, "
        "maintainer, initial "
        "date, source, accuracy of components",
        "requirement R42",
    ),
    "accuracy": Definition(
        "准确率", "accuracy",
        "of inspections by another worker within 30 days of the one before: those that found nothing "
        "changed / all",
        "requirement R42; a sample, not a census",
    ),
    "minutes": Definition(
        "周工作量", "workload", "minutes a week: patrol + inspections + incidents + travel + visits", "ours",
        ("workload_parameters",),
    ),
    "patrol_min": Definition(
        "巡查工作量", "patrol", "rounds x metres of road (or of ground x metres a square metre) / metres a "
        "minute", "ours",
        ("workload_parameters",),
    ),
    "inspections_min": Definition(
        "采集工作量", "inspections", "minutes of each x the inspections that keep everything within its "
        "cycle", "ours",
        ("workload_parameters", "cycles"),
    ),
    "incidents_min": Definition(
        "案件工作量", "incidents",
        "minutes of each x the weekly incidents expected: (own of 8 weeks + 4 m) / 12, m being the "
        "weekly mean of the "
        "grid and its neighbours",
        "ours: a Poisson rate with a gamma prior", ("workload_parameters",),
    ),
    "travel_min": Definition(
        "途中", "travel", "rounds x the way round the grids of a beat, from middle to middle, / metres a "
        "minute, in "
        "equal parts", "ours", ("workload_parameters",),
    ),
    "visits_min": Definition(
        "走访工作量", "visits", "minutes of each x visits a year to households and firms / 52.18", "ours",
        ("workload_parameters",),
    ),
    "gini": Definition(
        "基尼系数", "Gini", "mean difference between two workers' minutes / twice the mean", "Gini 1912",
    ),
}  # fmt: skip
