import pytest

from gridgis.codes.resident_id import is_resident_id, refuse_resident_id
from gridgis.errors import CodeError

SPECIMEN = "11010519491231002X"  # the standard's own example


@pytest.mark.parametrize("text", [SPECIMEN, SPECIMEN.lower(), f" {SPECIMEN} "])
def test_an_identity_number_is_recognised(text):
    assert is_resident_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # check character does not fit
        "11010519491331002X",  # no thirteenth month
        "11010518491231002X",  # before anyone living
        "91350100M000100Y43",
        "440303001001001",
        "",
    ],
)
def test_other_codes_are_not(text):
    assert not is_resident_id(text)
    refuse_resident_id(text, "key")


def test_the_refusal_does_not_repeat_the_number():
    with pytest.raises(CodeError, match="the owner code is a person's identity number") as caught:
        refuse_resident_id(SPECIMEN, "owner code")
    assert SPECIMEN not in caught.value.message
