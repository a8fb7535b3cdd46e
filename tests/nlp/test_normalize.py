import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalize import INVISIBLE, REPLACEMENT, fold, squeeze

any_text = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("３號樓電梯又壞了", "3号楼电梯又坏了"),
        ("佈告欄裡面", "布告栏里面"),
        ("ＡＢ座　ｌｉｆｔ？", "ab座 lift?"),
        ("9＃樓①單元", "9#楼1单元"),
        ("車停著", "车停着"),
        ("乾淨後麵", "干净后面"),
        ("㎡…½", "㎡…½"),  # their plain forms are longer: they stay
        ("", ""),
    ],
)
def test_one_spelling(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_halves_of_pairs_become_a_character_that_utf8_knows() -> None:
    assert fold("水\ud83d管\udc00") == f"水{REPLACEMENT}管{REPLACEMENT}"
    assert fold("水\0管") == "水\0管"
    assert fold("👍🏻𠀀") == "👍🏻𠀀"


def test_what_shows_nothing_is_one_character_and_can_be_left_out() -> None:
    folded = fold("電\u200b梯\u202e壞\ufe0f了\u2067")
    assert folded == f"电{INVISIBLE}梯{INVISIBLE}坏{INVISIBLE}了{INVISIBLE}"
    assert squeeze(folded) == ("电梯坏了", [0, 2, 4, 6])


@given(any_text)
def test_positions_stay_and_folding_twice_is_folding_once(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded
    folded.encode()
