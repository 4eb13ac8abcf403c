"""Departments of the sample city: bureaus, street offices, companies and the centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from gridgis.codes.social_credit import ALPHABET, check_character
from gridgis.sample.city import CitySpec
from gridgis.sample.layers import Layer

#: Bureaus of the city, by the key `OFFICE_OF` and `OWNER_OF` use.
_BUREAUS = {
    "urban": "城市管理和综合执法局",
    "transport": "交通运输局",
    "water": "水务局",
    "environment": "生态环境局",
    "police": "公安局交通警察支队",
    "construction": "住房和建设局",
    "planning": "规划和自然资源局",
    "fire": "消防救援支队",
    "market": "市场监督管理局",
}
_COMPANIES = {
    "power": "供电有限公司",
    "gas": "燃气集团有限公司",
    "waterworks": "水务集团有限公司",
    "telecom": "通信设施有限公司",
    "cable": "有线电视网络有限公司",
    "lighting": "城市照明有限公司",
    "cleaning": "环卫服务有限公司",
    "gardening": "园林绿化有限公司",
    "bus": "公共交通集团有限公司",
    "media": "广告传媒有限公司",
    "parking": "停车管理有限公司",
}
#: Words of a class name -> who is competent, who owns, who maintains; the first that matches.
_RULES = (
    (("供水", "上水", "水鹤", "供水器", "中水"), ("water", "waterworks", "waterworks")),
    (("污水", "雨水", "排水", "防汛", "化粪池", "水域", "河", "堤", "泵站"),
    ("water", "waterworks", "waterworks")), (("路灯", "地灯", "景观灯", "综合杆"),
    ("urban", "lighting", "lighting")), (("电力", "电缆", "高压", "变压", "充电"),
    ("urban", "power", "power")), (("燃气", "输油", "加油"), ("construction", "gas", "gas")),
    (("通信", "通讯", "网络", "电话", "基站"), ("urban", "telecom", "telecom")),
    (("电视",), ("urban", "cable", "cable")),
    (("公交", "出租"), ("transport", "bus", "bus")),
    (("信号灯", "监控", "公安", "治安", "交通岗", "标线", "交通标志"), ("police", "police", "police")),
    (("停车", "存车"), ("transport", "parking", "parking")),
    (("消防", "SOS"), ("fire", "fire", "fire")),
    (("树", "绿", "花", "林地", "园林", "喷泉"), ("urban", "urban", "gardening")),
    (("垃圾", "公共厕所", "公厕", "环卫", "不洁", "烟头"), ("urban", "urban", "cleaning")),
    (("广告", "牌匾", "灯箱"), ("urban", "media", "media")),
    (("施工", "工地", "渣土", "建设"), ("construction", "construction", "construction")),
    (("油烟", "噪声", "噪音", "监测", "扬尘"), ("environment", "environment", "environment")),
    (("经营", "市场", "餐饮", "屠宰"), ("market", "market", "market")),
    (("交通", "道路", "桥", "通道", "路名", "隧道", "护栏", "减速", "车"),
    ("transport", "transport", "transport")),
)  # fmt: skip


@dataclass(frozen=True)
class Departments:
    """The departments, the city's own first, then each district's, then street offices.

    Attributes
    ----------
    keys
        Key of each of the city's own, in order.
    street_office
        Index of each street's office by the street's code.
    """

    codes: list[str]
    names: list[str]
    kinds: list[str]
    divisions: list[str]
    keys: dict[str, int]
    street_office: dict[str, int]

    def layer(self) -> Layer:
        """Return the departments as a layer without shapes."""
        columns = zip(("code", "name", "kind", "division_code"), self._columns(), strict=True)
        return Layer(
            "departments", pa.table({name: pa.array(values, pa.string()) for name, values in columns})
        )

    def _columns(self) -> tuple[list[str], ...]:
        return self.codes, self.names, self.kinds, self.divisions

    def bodies(self, class_name: str) -> tuple[int, int, int]:
        """Return who is competent for a class, owns and maintains its things, by the words of its name."""
        for words, bodies in _RULES:
            if any(word in class_name for word in words):
                return tuple(self.keys[body] for body in bodies)  # type: ignore[return-value]
        return (self.keys["urban"],) * 3


def found_departments(spec: CitySpec, rng: np.random.Generator) -> Departments:
    """Return a city's departments with codes whose check character fits; the bodies are invented."""
    city = next((p for p in spec.places if p.level == "city"), spec.places[0])
    stem = city.name.removesuffix("市")
    rows = [("centre", f"{city.name}城市运行管理中心", city.code, "centre")]
    rows += [("bureau", f"{city.name}{name}", city.code, key) for key, name in _BUREAUS.items()]
    rows += [("company", f"{stem}示例{name}", city.code, key) for key, name in _COMPANIES.items()]
    rows += [("bureau", f"{d.name}城市管理和综合执法局", d.code, d.code) for d in spec.at_level("district")]
    rows += [("street_office", f"{s.name}办事处", s.code, s.code) for s in spec.at_level("street")]
    codes = [_code(kind, division, rng) for kind, _, division, _ in rows]
    keys = {row[3]: k for k, row in enumerate(rows) if not row[3].isdigit()}
    offices = {row[3]: k for k, row in enumerate(rows) if row[0] == "street_office"}
    kinds, names, divisions, _ = (list(column) for column in zip(*rows, strict=True))
    return Departments(codes, names, kinds, divisions, keys, offices)


def _code(kind: str, division: str, rng: np.random.Generator) -> str:
    """Return a social-credit code: 91 (company) or 11 (office), division, nine characters, check."""
    head = "91" if kind == "company" else "11"
    body = "".join(ALPHABET[i] for i in rng.integers(0, len(ALPHABET), 9))
    first = f"{head}{division[:6]}{body}"
    return first + check_character(first)
