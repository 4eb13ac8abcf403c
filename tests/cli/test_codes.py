import json

import pytest
from click.testing import CliRunner

from gridgis.__main__ import main


def run(*arguments):
    return CliRunner().invoke(main, ["codes", *arguments])


def test_explain_says_what_each_digit_means():
    result = run("explain", "440303001001001")
    assert result.exit_code == 0
    assert "单元网格标识码  unit-grid code" in result.output
    assert "13-15  001  社区内第1号网格  (grid 1 of the community)" in result.output


def test_explain_as_json():
    result = run("explain", "3205080101000001", "--json")
    answer = json.loads(result.output)
    assert len(answer["readings"]) == 2
    assert answer["readings"][0]["parts"][0] == {
        "first": 1, "last": 2, "text": "32", "zh": "省级：江苏省", "en": "province: Jiangsu",
    }  # fmt: skip


def test_explain_warns_of_a_wrong_check_character():
    assert "warning: social-credit code" in run("explain", "91350100M000100Y44").output


def test_a_wrong_code_is_one_clear_line():
    result = run("explain", "440303001001000")
    assert result.exit_code == 1
    assert (
        result.output == "error: grid code '440303001001000': digits 13-15 are '000'; a sequence is 001-999\n"
    )


def test_find_ranks_what_can_be_meant():
    result = run("find", "下水道盖丢了", "--profile", "cjt214-2007")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[1].split()[:4] == ["0.63", "component", "0102", "污水井盖"]
    assert lines[2].split()[:4] == ["0.32", "component", "0103", "雨水井盖"]


def test_find_as_json_in_the_installations_profile(monkeypatch):
    monkeypatch.setenv("GRIDGIS_CODE_PROFILE", "gbt30428.2-2013")
    answer = json.loads(run("find", "公厕旁边路灯不亮", "--json").output)
    assert (answer["profile"], answer["outcome"], answer["beside"]) == ("gbt30428.2-2013", "one", ["公厕"])
    assert (answer["candidates"][0]["kind"], answer["candidates"][0]["code"]) == ("component", "0137")


def test_find_falls_back_to_words_of_the_names():
    assert "01037  路灯  (Street light)" in run("find", "street light").output


@pytest.mark.parametrize(
    ("text", "said"), [("水管爆了", "no class in this profile: 水管爆了"), ("你好", "未识别出已知名称")]
)
def test_find_says_when_it_finds_nothing(text, said):
    result = run("find", text, "--profile", "gbt47678.5-2026")
    assert result.exit_code == 1
    assert said in result.output
