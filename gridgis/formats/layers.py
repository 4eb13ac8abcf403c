"""The layers that can be loaded: their columns, and the values and names accepted in Chinese and English."""

from __future__ import annotations

from gridgis.errors import InvalidInput
from gridgis.formats.fields import Field, Layer


def _choices(*stored: str, **spellings: str) -> dict[str, str]:
    """Return the spellings of a closed set: the values themselves and `stored value="other;spellings"`."""
    found = {value: value for value in stored}
    for value, others in spellings.items():
        found[value] = value
        found.update((other.lower(), value) for other in others.split(";"))
    return found


_DIVISION = r"\d{6}|\d{9}|\d{12}"
_GRID = r"\d{14,16}"
_BODY = r"[0-9A-Z-]{1,18}"

LEVELS = _choices(
    province="省;省级;1",
    city="市;市级;地级;prefecture;2",
    district="区;县;区县;县级;county;3",
    street="街道;镇;乡;街镇;乡级;township;subdistrict;4",
    community="社区;村;居委会;村级;village;5",
)
STATES = _choices(
    intact="完好;正常;good;ok",
    damaged="破损;损坏;broken",
    missing="丢失;缺失;lost",
    abandoned="废弃;disused",
    removed="移除;拆除",
)
DATA_SOURCES = _choices(
    surveyed="实测;survey",
    topographic_map="地形图;topographic map",
    base_geodata="基础地理数据;base geodata",
    other="其他;其它",
)
DEPARTMENT_KINDS = _choices(
    bureau="局;市局;委办局",
    street_office="街道办;街道办事处;镇政府",
    company="公司;企业;单位",
    centre="中心;指挥中心;center",
    other="其他;其它",
)
ROAD_CLASSES = _choices(
    expressway="快速路;高速;高速公路;motorway;trunk",
    arterial="主干路;主干道;primary;secondary",
    collector="次干路;次干道;tertiary",
    local="支路;residential;unclassified;service",
    path="小路;步行道;footway;track;pedestrian",
)
RESULTS = _choices(unchanged="无变化", corrected="已更正", gone="已消失", no_access="未进入")
SOURCES = _choices(
    collection="采集;信息采集;采集员上报",
    patrol="巡查;巡查上报;网格员上报",
    dispatch="派遣;指挥中心",
    service="服务;热线;12345",
    public="公众;公众举报;市民",
)
INCIDENT_STATES = _choices(
    "verifying", "accepted", "dispatched", "suspended", "handled", "checking", "checked", "self_handled",
    "problem_bank", "rejected", "declined", "merged", reported="已上报;上报", filed="已立案;立案",
    closed="已结案;结案", void="作废",
)  # fmt: skip


def _body(name: str, zh: str) -> tuple[Field, Field]:
    return (
        Field(
            f"{name}_code",
            "code",
            (f"{zh}代码",),
            pattern=_BODY,
            accepted="up to 18 digits and capital letters",
        ),
        Field(f"{name}_name", aliases=(f"{zh}名称", zh)),
    )


_NAME = Field("name", aliases=("名称", "名字", "mc"))
_REMARK = Field("remark", aliases=("备注", "bz", "note", "notes"), free_text=True)
_SOURCE_ID = Field("source_id", aliases=("id", "osm_id", "objectid", "fid", "编号"))
_CLASS = Field(
    "class_code",
    "code",
    ("小类代码", "class", "bjdm", "类别代码"),
    required=True,
    accepted="a class code of the active profile, e.g. 01001",
)
_ACCURACY = Field("accuracy_m", "number", ("精度",), lowest=0.001, accepted="metres above 0")
_COUNT = {"kind": "integer", "lowest": 0, "accepted": "a whole number, 0 or more"}
_INITIAL = Field(
    "initial_date", "date", ("初始日期", "csrq"), accepted="a date such as 2026-03-31 or 20260331"
)
_WORKER = r"[0-9A-Za-z_-]{1,32}"

LAYERS = {
    layer.name: layer
    for layer in (
        Layer(
            "divisions",
            (
                Field("code", "code", ("代码", "区划代码", "adcode", "dm"), required=True, pattern=_DIVISION,
                      accepted="6, 9 or 12 digits"),
                Field("name", aliases=("名称", "mc")),
                Field("level", "choice", ("级别", "层级"), choices=LEVELS,
                      accepted="province, city, district, street or community (省 市 区 街道 社区)"),
                Field("parent_code", "code", ("上级代码", "父代码", "parent"), pattern=_DIVISION,
                      accepted="6 or 9 digits"),
                Field("edition", aliases=("版本", "年份")),
            ),
            ("polygon",),
            key=("code",),
        ),
        Layer(
            "departments",
            (
                Field("code", "code", ("代码", "部门代码", "统一社会信用代码"), required=True, pattern=_BODY,
                      accepted="up to 18 digits, capital letters and -"),
                Field("name", aliases=("名称", "部门名称"), required=True),
                Field("kind", "choice", ("类型", "类别"), choices=DEPARTMENT_KINDS, default="other",
                      accepted="bureau, street_office, company, centre or other"),
                Field("division_code", "code", ("区划代码",), pattern=_DIVISION,
                      accepted="6, 9 or 12 digits"),
            ),
            key=("code",),
        ),
        Layer(
            "grids",
            (
                Field("code", "code", ("网格编码", "网格代码", "单元网格标识码", "grid_code", "bgcode",
                      "wgbm"),
                      required=True, pattern=_GRID,
                      accepted="15 digits: community 12 + sequence 001-999"),
                _NAME,
                Field("kind", aliases=("网格类型", "grid_type"),
                      accepted="a type of the scheme of grid types, by code or name"),
                Field("sub_status", aliases=("网格状态", "子状态"), accepted="a sub-status of the type"),
                _INITIAL,
                _REMARK,
            ),
            ("polygon",),
            place=True,
            key=("code",),
            single=True,
        ),
        Layer(
            "buildings",
            (
                Field("code", "code", ("建筑编码", "楼栋编码"), pattern=r"[0-9A-Za-z_-]{1,64}",
                      accepted="up to 64 digits, letters, _ and -"),
                _SOURCE_ID,
                Field("name", aliases=("名称", "建筑名称"), free_text=True),
                Field("address", aliases=("地址", "addr"), free_text=True),
                Field("use", aliases=("用途", "building", "使用性质")),
                Field("floors", "integer", ("层数", "levels", "building_levels"), lowest=0, highest=300,
                      accepted="a whole number from 0 to 300"),
                Field("height_m", "number", ("高度", "height"), lowest=0, highest=1000,
                      accepted="metres from 0 to 1000"),
                Field("households", aliases=("户数",), **_COUNT),  # type: ignore[arg-type]
                Field("population", aliases=("人数", "人口"), **_COUNT),  # type: ignore[arg-type]
                Field("firms", aliases=("企业数",), **_COUNT),  # type: ignore[arg-type]
                Field("has_contact", "flag", ("有联系人",), accepted="true or false (是 否)", default=False),
            ),
            ("polygon",),
            place=True,
            key=("code",),
        ),
        Layer(
            "components",
            (
                Field("component_code", "code", ("管理部件标识码", "部件标识码", "部件编码", "code"),
                      pattern=r"\d{16,17}", accepted="district 6 + class 4 or 5 + serial 6 digits"),
                _CLASS,
                Field("name", aliases=("管理部件名称", "部件名称", "名称", "objname")),
                *_body("competent_dept", "主管部门"),
                *_body("owner", "权属单位"),
                *_body("maintainer", "养护单位"),
                Field("state", "choice", ("管理部件状态", "部件状态", "状态"), choices=STATES,
                      default="intact",
                      accepted="intact, damaged, missing, abandoned or removed (完好 破损 丢失 废弃 移除)"),
                _INITIAL,
                Field("change_date", "date", ("变更日期", "bgrq"),
                      accepted="a date not before initial_date"),
                Field("data_source", "choice", ("数据来源",), choices=DATA_SOURCES,
                      accepted="surveyed, topographic_map, base_geodata or other"),
                _REMARK,
                Field("accuracy_class", "choice", ("精度等级",), choices=_choices("A", "B", "C",
                      a="A", b="B", c="C"),
                      accepted="A, B or C"),
                _SOURCE_ID,
            ),
            ("point", "line", "polygon"),
            place=True,
            key=("component_code",),
        ),
        Layer(
            "roads",
            (
                Field("code", "code", ("道路代码", "编码")),
                Field("name", aliases=("名称", "道路名称", "路名")),
                Field("class", "choice", ("等级", "道路等级", "highway", "road_class"), choices=ROAD_CLASSES,
                      default="local", accepted="expressway, arterial, collector, local or path"),
            ),
            ("line",),
            place=True,
            key=("code",),
        ),
        Layer(
            "workers",
            (
                Field("code", "code", ("工号", "worker_code", "网格员编号"), required=True, pattern=_WORKER,
                      accepted="up to 32 digits, letters, _ and -; never a name or an ID number"),
                Field("division_code", "code", ("区划代码",), pattern=_DIVISION,
                      accepted="6, 9 or 12 digits"),
                Field("department_code", "code", ("部门代码",), pattern=_BODY,
                      accepted="the code of a department"),
                Field("active", "flag", ("在岗",), default=True, accepted="true or false (是 否)"),
                Field("grid_codes", aliases=("网格", "责任网格", "grids"),
                      accepted="grid codes joined with ;"),
                Field("valid_from", "date", ("起始日期",), accepted="a date such as 2026-03-31"),
            ),
            ("point",),
            key=("code",),
        ),
        Layer(
            "incidents",
            (
                Field("number", "code", ("案件编号", "案卷编号"), pattern=r"[CE]\d{16,17}",
                      accepted="C or E + class + yyyymmdd + 4 digits"),
                Field("client_uuid", "code", ("uuid",),
                      pattern=r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                      accepted="a UUID"),
                Field("kind", "choice", ("类型",), choices=_choices(component="部件;c", event="事件;事项;e"),
                      required=True, accepted="component or event (部件 事件)"),
                _CLASS,
                Field("source", "choice", ("来源", "案件来源"), choices=SOURCES, required=True,
                      accepted="collection, patrol, dispatch, service or public"),
                Field("description", aliases=("描述", "问题描述"), free_text=True),
                Field("address", aliases=("地址", "位置描述"), free_text=True),
                _ACCURACY,
                Field("reporter_code", "code", ("上报人工号",), pattern=_WORKER, accepted="a worker's code"),
                Field("department_code", "code", ("部门代码", "处置部门代码"), pattern=_BODY,
                      accepted="the code of a department"),
                Field("component_code", "code", ("部件编码",), pattern=r"\d{16,17}",
                      accepted="16 or 17 digits"),
                Field("state", "choice", ("状态", "案件状态"), choices=INCIDENT_STATES, default="reported",
                      accepted="a state of the workflow, e.g. reported, filed, closed"),
                *(
                    Field(name, "instant", (zh,), required=name == "reported_at",
                          accepted="a time such as 2026-03-31T08:00:00+08:00")
                    for name, zh in (("reported_at", "上报时间"), ("filed_at", "立案时间"),
                                     ("dispatched_at", "派遣时间"), ("handled_at", "处置时间"),
                                     ("closed_at", "结案时间"), ("due_at", "截止时间"))
                ),
            ),
            ("point",),
            key=("number",),
        ),
        Layer(
            "inspections",
            (
                Field("building_code", "code", ("建筑编码",), pattern=r"[0-9A-Za-z_-]{1,64}",
                      accepted="the code of a building"),
                Field("building_source_id", "code", ("建筑原编号",),
                      accepted="the source_id of one building"),
                Field("component_code", "code", ("部件编码",), pattern=r"\d{16,17}",
                      accepted="16 or 17 digits"),
                Field("worker_code", "code", ("工号",), pattern=_WORKER, accepted="a worker's code"),
                Field("inspected_at", "instant", ("采集时间", "时间"), required=True,
                      accepted="a time such as 2026-03-31T08:00:00+08:00"),
                Field("result", "choice", ("结果",), choices=RESULTS, default="unchanged",
                      accepted="unchanged, corrected, gone or no_access (无变化 已更正 已消失 未进入)"),
            ),
        ),
        Layer(
            "tracks",
            (
                Field("worker_code", "code", ("工号",), required=True, pattern=_WORKER,
                      accepted="a worker's code"),
                Field("fixed_at", "instant", ("时间", "定位时间", "timestamp"), required=True,
                      accepted="a time such as 2026-03-31T08:00:00+08:00"),
                _ACCURACY,
                Field("speed_m_s", "number", ("速度",), lowest=0, accepted="metres a second, 0 or more"),
            ),
            ("point",),
            place=True,
        ),
    )
}  # fmt: skip


def layer_named(name: str) -> Layer:
    """Return a layer.

    Raises
    ------
    InvalidInput
        There is none of that name; the message lists them.
    """
    if name not in LAYERS:
        raise InvalidInput(f"layer {name!r} is unknown; accepted are {', '.join(LAYERS)}", field="layer")
    return LAYERS[name]
