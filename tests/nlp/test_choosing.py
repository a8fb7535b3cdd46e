"""The spot of a report is chosen by readable weights: words that no list knows, none where none is named."""

from pathlib import Path

import pytest

from nlp.learning.choosing_spots import Case, learn, written
from nlp.place import find_place, proposals
from nlp.places.choosing import GROUPS, LONGEST, Reading, SpotWeights, choose, spot_weights
from nlp.places.span import Taken
from nlp.toml_lines import weights_in_lines

NOTHING = SpotWeights({}, {}, {}, {}, {})


def reading(text: str) -> Reading:
    return Reading(text, Taken(len(text)), [])


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("泵坊后头停满了车", "泵坊后头"),
        ("晒酱场那边有股焦味", "晒酱场"),
        ("二号仓后面堆的纸箱着火了", "二号仓后面"),
    ],
)
def test_spots_that_no_list_knows_are_told_by_their_letters(text: str, spot: str) -> None:
    assert [span.value for span in proposals(text).spots] != [spot]
    assert find_place(text).spot == spot


@pytest.mark.parametrize("text", ["", "\n", "昨晚又停了", "电梯坏了", "😀😀"])
def test_a_text_may_name_no_spot(text: str) -> None:
    assert find_place(text).spot is None


def test_a_long_text_may_name_its_spot_at_the_end() -> None:
    assert find_place("这件事我前后说了好多回，" * 12 + "地下车库进水了").spot == "地下车库"


def test_without_weights_nothing_is_better_than_none() -> None:
    assert choose(reading("车棚漏水"), NOTHING) is None


def test_each_group_of_weights_counts() -> None:
    for group, key in (
        ("begin", "到|车"),
        ("end", "棚|"),
        ("inside", "棚"),
        ("word", "车棚"),
        ("sign", "length 2"),
    ):
        weights = SpotWeights(**{name: {key: 1.0} if name == group else {} for name in GROUPS})
        assert choose(reading("到车棚去"), weights) is not None, group


def test_a_stretch_holds_no_break_and_nothing_that_belongs_to_another_part() -> None:
    taken = Taken(8)
    taken.take(0, 2)
    words = {"3栋车棚，北门"[slice(*stretch)] for stretch in Reading("3栋车棚，北门", taken, []).stretches()}
    assert words == {"车", "车棚", "棚", "北", "北门", "门"}
    assert max(end - start for start, end in reading("电" * 40).stretches()) == LONGEST


def test_what_is_learned_is_the_same_each_time_and_reads_back() -> None:
    told = [
        Case(reading(f"到{place}去了{n}"), frozenset({(1, 1 + len(place))}))
        for n in range(6)
        for place in ("车棚", "磅房", "晒酱场")
    ]
    weights = learn(told)
    text = written(weights, len(told))
    assert text == written(learn(told), len(told))
    assert weights_in_lines(text, GROUPS) == {group: getattr(weights, group) for group in GROUPS}
    assert choose(reading("到油坊去了"), weights) == (1, 3)


def test_the_weights_that_ship_are_told_in_the_letters_of_folded_text() -> None:
    weights = spot_weights()
    assert all("|" in key for key in weights.end)
    assert not any(digit in key for key in weights.word for digit in "123456789")
    assert all(len(word) <= LONGEST for word in weights.word)
    assert (Path(__file__).parents[2] / "nlp" / "lexicon" / "spots.toml").read_text("utf-8").endswith("'''\n")
