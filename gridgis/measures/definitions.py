"""What each figure means: its formula, where the rule is from, and the settings it was made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure, in Chinese and English.

    Attributes
    ----------
    formula, formula_zh
        In words, numerator / denominator; a denominator of zero gives no figure, never 0 or 100.
    source, source_zh
        The requirement or standard it follows, or that the rule is ours.
    settings
        Names of the settings and tables it was made with.
    """

    zh: str
    en: str
    formula: str
    formula_zh: str
    source: str
    source_zh: str
    settings: tuple[str, ...] = ()


_OURS = ("ours", "本系统的规则")
_PERIOD = "of the 28 local days that end with the day of measuring, or the days asked for"
_PERIOD_ZH = "统计截至计算当日的 28 个本地日，或所选的日期"
_CLEANING = (
    "a valid track is what is left of a worker's day without fixes far from the city, from the future, "
    "stated less accurate than 50 m, repeated, in two places at one instant, or faster than 15 m/s; fixes "
    "more than 180 s apart are not joined, and a pause is held where it began until a fix is more than 15 m "
    "away"
)
_CLEANING_ZH = (
    "有效轨迹是剔除下列定位点后剩下的部分：远离本市、时间在未来、标称精度差于 50 米、重复、"
    "同一时刻出现在两处、速度超过 15 米/秒；"
    "间隔超过 180 秒的两点不相连；停留时位置保持在起点，直到有一点离开 15 米以上"
)

DEFINITIONS: Mapping[str, Definition] = {
    "land_ratio": Definition(
        "网格覆盖率", "land covered",
        "1 - area of gaps / area of the communities' outlines",
        "1 - 空白面积 / 社区轮廓面积",
        "requirement R19: the union of grids is the whole of its parent",
        "需求 R19：网格之并即为其上级的全部范围",
    ),
    "gap_m2": Definition(
        "空白面积", "gaps",
        "ground of a community, or enclosed by its grids, that no grid has, in the metric CRS",
        "社区范围内或被其网格围住而不属于任何网格的地面，按米制坐标系计算",
        "requirement R13", "需求 R13", ("metric_srid",),
    ),
    "overlap_m2": Definition(
        "重叠面积", "overlaps",
        "ground that two grids have, counted once a pair and under the lower code's community",
        "两个网格共有的地面，每对计一次，记在编码较小者的社区",
        "requirement R13", "需求 R13", ("metric_srid",),
    ),
    "unstaffed": Definition(
        "无人网格", "grids without a worker",
        "grids in force without a primary beat on the day", "当日没有主责人员的有效网格数",
        "requirement R10", "需求 R10",
    ),
    "doubled": Definition(
        "多人网格", "grids with several primary workers",
        "grids with more than one primary beat on the day", "当日有一名以上主责人员的网格数",
        "requirement R10; the database refuses them", "需求 R10；数据库不接受这种情况",
    ),
    "uncovered": Definition(
        "请假无人顶岗", "on leave without cover",
        "grids whose primary worker is on leave or not active, and that no deputy at work has",
        "主责人员请假或停用、又没有在岗替班人员的网格数",
        *_OURS, ("absences",),
    ),
    "on_shift": Definition(
        "在岗", "on shift now",
        "primary workers whose newest fix is less than 15 minutes old", "最新定位不到 15 分钟的主责人员数",
        *_OURS,
    ),
    "roads_ratio": Definition(
        "道路巡查覆盖率", "roads patrolled",
        "metres of road sections (at most 20 m, judged at the middle) within the distance of a valid "
        f"track, / metres of road, {_PERIOD}; a road on a border belongs to the grids beside it in equal "
        f"parts; {_CLEANING}",
        f"距有效轨迹在规定距离以内的路段米数（每段至多 20 米，以中点判定）/ 道路米数，{_PERIOD_ZH}；"
        f"边界上的道路由两侧网格均分；{_CLEANING_ZH}",
        "ours, after patrol_coverage in section 11 of the standards", "本系统的规则，参照标准汇编第 11 节",
        ("patrol_within_m",),
    ),
    "ground_ratio": Definition(
        "区域巡查覆盖率", "ground patrolled",
        f"the same for the ground of grids without roads, judged at points 20 m apart, {_PERIOD}",
        f"没有道路的网格按地面计算，方法相同，以间隔 20 米的点判定，{_PERIOD_ZH}",
        *_OURS, ("patrol_within_m",),
    ),
    "components_ratio": Definition(
        "部件巡查覆盖率", "components patrolled",
        f"components within the distance of a valid track / components that are not removed, {_PERIOD}",
        f"距有效轨迹在规定距离以内的部件数 / 未拆除的部件数，{_PERIOD_ZH}",
        *_OURS, ("patrol_within_m",),
    ),
    "patrol_s": Definition(
        "巡查时长", "time inside",
        f"seconds of valid tracks inside the grid, {_PERIOD}", f"有效轨迹在网格内的秒数，{_PERIOD_ZH}",
        *_OURS,
    ),
    "patrol_m": Definition(
        "巡查里程", "length inside",
        f"metres of valid tracks, cut at the grid's border, {_PERIOD}",
        f"有效轨迹在网格边界处截断后的米数，{_PERIOD_ZH}", *_OURS,
    ),
    "current_ratio": Definition(
        "采集覆盖率", "inspected within the cycle",
        "buildings and components whose last inspection (other than 'no access') is not older than the "
        "cycle of their class / those that have a cycle",
        "最近一次核查（“无法进入”除外）未超过其类别周期的建筑物和部件数 / 有周期的建筑物和部件数",
        "requirement R30; the cycles are for demonstration", "需求 R30；周期为演示值", ("cycles",),
    ),
    "overdue": Definition(
        "采集超期", "overdue for inspection",
        "buildings and components with a cycle, less those inspected within it",
        "有周期的建筑物和部件数减去周期内已核查的数目",
        "requirement R30; the cycles are for demonstration", "需求 R30；周期为演示值", ("cycles",),
    ),
    "timeliness": Definition(
        "及时率", "timeliness",
        "repeated inspections made within the cycle / repeated inspections, in the period",
        "期内在周期之内完成的复核次数 / 期内复核次数",
        "requirement R42", "需求 R42", ("cycles",),
    ),
    "completeness": Definition(
        "完整率", "completeness",
        "filled / all of: name, address, use, floors of buildings; competent department, owner, "
        "maintainer, initial date, source, accuracy of components",
        "已填 / 应填：建筑物的名称、地址、用途、层数；"
        "部件的主管部门、权属单位、养护单位、初始日期、数据来源、精度",
        "requirement R42", "需求 R42",
    ),
    "accuracy": Definition(
        "准确率", "accuracy",
        "of inspections by another worker within 30 days of the one before: those that found nothing "
        "changed / all",
        "前次核查后 30 天内由另一名人员所作的核查中：未发现变化的次数 / 总次数",
        "requirement R42; a sample, not a census", "需求 R42；为抽样而非普查",
    ),
    "minutes": Definition(
        "周工作量", "workload",
        "minutes a week: patrol + inspections + incidents + travel + visits",
        "每周分钟数：巡查 + 采集 + 案件 + 途中 + 走访",
        *_OURS, ("workload_parameters",),
    ),
    "patrol_min": Definition(
        "巡查工作量", "patrol",
        "rounds x metres of road (or of ground x metres a square metre) / metres a minute",
        "每周遍数 × 道路米数（没有道路时为地面面积 × 每平方米的步行米数）/ 每分钟米数",
        *_OURS, ("workload_parameters",),
    ),
    "inspections_min": Definition(
        "采集工作量", "inspections",
        "minutes of each x the inspections that keep everything within its cycle",
        "每次分钟数 × 使全部对象保持在周期之内所需的核查次数",
        *_OURS, ("workload_parameters", "cycles"),
    ),
    "incidents_min": Definition(
        "案件工作量", "incidents",
        "minutes of each x the weekly incidents expected: (own of 8 weeks + 4 m) / 12, m being the "
        "weekly mean of the grid and its neighbours; minutes of each are the mean over the classes of the "
        "grid's incidents of 52 weeks, with 20 incidents of the city's mix beside them; those of a major "
        "class are the median, counted for at most 30, from report to closing of what workers closed "
        "without dispatch in 52 weeks (learned once a day), or, where fewer than 20 such times are known, "
        "the parameter incident_min, a demonstration value until the city sets its own; the limit is there "
        "because these times hold waiting as well",
        "每件分钟数 × 预计每周案件数：（本网格 8 周件数 + 4 m）/ 12，m 为本网格与相邻网格的周平均；"
        "每件分钟数按本网格近 52 周案件的类别构成平均，另按全市构成计入 20 件；"
        "各大类的分钟数取近 52 周未经派遣、由网格员自行处置结案的案件从上报到结案的中位数（每日统计一次），"
        "因其中含等待时间，至多计 30 分钟；"
        "不足 20 件的类别取参数 incident_min，本市自行设定之前为演示值",
        "ours: a Poisson rate with a gamma prior, and medians of the city's own history",
        "本系统的规则：伽马先验的泊松率，以及本市历史的中位数",
        ("workload_parameters", "handling_times"),
    ),
    "travel_min": Definition(
        "途中", "travel",
        "rounds x the way round the grids of a beat, from middle to middle, / metres a minute, in "
        "equal parts",
        "每周遍数 × 责任区各网格中心之间绕行一周的米数 / 每分钟米数，由各网格均分",
        *_OURS, ("workload_parameters",),
    ),
    "visits_min": Definition(
        "走访工作量", "visits",
        "minutes of each x visits a year to households and firms / 52.18",
        "每次分钟数 × 每年走访住户和单位的次数 / 52.18",
        *_OURS, ("workload_parameters",),
    ),
    "actual_patrol_min": Definition(
        "实际巡查", "patrol as tracked",
        f"minutes of valid tracks inside, a week, {_PERIOD}; none where no track was seen",
        f"有效轨迹在其内的每周分钟数，{_PERIOD_ZH}；没有轨迹则无数值",
        *_OURS,
    ),
    "inspections": Definition(
        "已做核查", "inspections made",
        f"inspections other than 'no access', {_PERIOD}", f"核查次数（“无法进入”除外），{_PERIOD_ZH}",
        "requirement R30", "需求 R30",
    ),
    "incidents": Definition(
        "发生案件", "incidents reported",
        f"incidents reported, those merged into others left out, {_PERIOD}",
        f"上报的案件数，并案除外，{_PERIOD_ZH}",
        *_OURS,
    ),
    "gini": Definition(
        "基尼系数", "Gini",
        "mean difference between two workers' minutes / twice the mean",
        "任两名人员分钟数之差的平均值 / 平均值的两倍",
        "Gini 1912", "基尼，1912",
    ),
    "max_to_mean": Definition(
        "最大与平均之比", "largest to mean",
        "the busiest worker's minutes / the mean of all", "最忙人员的分钟数 / 全体平均",
        *_OURS,
    ),
    "variation": Definition(
        "变异系数", "variation",
        "standard deviation of the workers' minutes / their mean", "人员分钟数的标准差 / 平均值",
        *_OURS,
    ),
}  # fmt: skip
