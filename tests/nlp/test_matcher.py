import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.matcher import Matcher
from nlp.normalize import fold

any_text = st.text(st.characters(exclude_categories=()))


def test_overlapping_matches_with_positions() -> None:
    matcher = Matcher(["电梯", "梯坏", "电梯坏了", "坏了"])
    assert sorted(matcher.find("电梯坏了")) == [(0, 2, 0), (0, 4, 2), (1, 3, 1), (2, 4, 3)]


def test_no_pattern_finds_nothing() -> None:
    assert Matcher([]).find("电梯") == []
    assert Matcher([]).raw()("电梯") == []


@pytest.mark.parametrize("patterns", [[""], ["电梯", "电梯"], ["电\u200b梯"], ["\ufffd"]])
def test_patterns_that_make_no_sense_are_refused(patterns: list[str]) -> None:
    with pytest.raises(ValueError, match="pattern"):
        Matcher(patterns)


def test_characters_that_show_nothing_do_not_hide_a_word() -> None:
    text = "\u200f電\u200b梯又\ufe0f壞了"
    assert Matcher(["电梯", "坏了"]).find(fold(text)) == [(1, 4, 0), (6, 8, 1)]


@pytest.mark.parametrize("text", ["\ud800电梯", "\0电梯", "👍电梯"])
def test_odd_characters_keep_positions(text: str) -> None:
    assert Matcher(["电梯"]).find(text) == [(1, 3, 0)]
    assert Matcher(["电梯"]).find("\ud83d\ude00" + text) == [(3, 5, 0)]


@given(st.lists(st.text("水电梯坏了a", min_size=1, max_size=4), unique=True, max_size=8), st.text("水电梯坏了a"))
def test_agrees_with_looking_everywhere(patterns: list[str], text: str) -> None:
    expected = [
        (start, start + len(pattern), index)
        for index, pattern in enumerate(patterns)
        for start in range(len(text))
        if text.startswith(pattern, start)
    ]
    assert sorted(Matcher(patterns).find(text)) == sorted(expected)


@given(any_text)
def test_any_text_is_searched(text: str) -> None:
    assert all(fold(text)[start:end] == "水" for start, end, _ in Matcher(["水"]).find(fold(text)))


def test_work_grows_with_the_text_alone() -> None:
    matcher = Matcher(["啊" * length for length in range(1, 7)])
    for length in (1_000, 10_000, 100_000):
        assert len(matcher.find("啊" * length)) == 6 * length - 15
