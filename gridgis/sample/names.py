"""Names in Chinese for what the sample invents: roads, compounds, firms; none of them of a person."""

from __future__ import annotations

import re

import numpy as np

_FIRST = "新和福安宝华景翠龙凤金玉春明文德兴泰康平永胜紫红碧云海湖松梅桂荔莲竹兰枫桃杏前宏鹏锦祥瑞顺嘉源朗悦"
_SECOND = "园岭田湖岗海港湾塘坑围山泉溪林洲沙城苑城业丰达盛华安乐宁福康民兴和平强富荣景祥云霞星光辉"
_ORDINALS = "一二三四五六七八九十"
_SUFFIX = re.compile(r"(社区)?(居民委员会|居委会|居委|村民委员会|村委会|虚拟社区)$")


def short(name: str) -> str:
    """Return a division's name without the words for what it is: 桂木园社区居民委员会 is 桂木园."""
    bare = _SUFFIX.sub("", name)
    bare = bare.removesuffix("社区") or bare
    last = bare.rpartition("社区")[2]  # 凤凰社区平湖墟居民委员会: a committee inside a community
    return last if len(last) >= 2 else name


def stems(count: int, rng: np.random.Generator) -> list[str]:
    """Return distinct two-character place names, in a random order; numbered ones when the pairs run out."""
    pairs = sorted({a + b for a in _FIRST for b in _SECOND if a != b})
    picked = [pairs[i] for i in rng.permutation(len(pairs))[:count]]
    for turn in range(count // max(len(pairs), 1)):
        picked += [f"{stem}{_ORDINALS[turn % 10]}" for stem in pairs[: count - len(picked)]]
    return picked[:count]


def ordinal(number: int) -> str:
    """Return 1-99 as Chinese numerals, 一 to 九十九; larger numbers as digits."""
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _ORDINALS[tens - 1] + "十"
    return head + (_ORDINALS[ones - 1] if ones else "")
