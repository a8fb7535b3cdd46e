"""The learned lexicon as a file and at work."""

import math
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.keyword_file import dump_weights, load_weights
from nlp.keyword_weights import Scorer, Weights
from rules.errors import ConfigError

WEIGHTS = Weights(
    labels=("其他", "路", "电"),
    bias={"其他": 0.1, "路": -0.2, "电": -0.3},
    keywords={"其他": {"灯": -0.5}, "路": {"路灯": 2.0, "灯": 0.5, "井盖": 3.25}, "电": {"停电": 3.0, "灯": 0.75}},
    scale=1.5,
    none="其他",
)

GOOD = """\
format = 1
labels = ["路", "电"]

[calibration]
scale = 1.5

[bias]
"路" = -0.2
"电" = -0.3

[keywords."路"]
"路灯" = 2.0
"灯" = 0.5

[keywords."电"]
"停电" = 3.0
"灯" = 0.75
"""


def test_a_lexicon_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.toml"
    path.write_text(dump_weights(WEIGHTS), "utf-8")
    assert load_weights(path) == WEIGHTS


def test_the_strongest_keyword_stands_first() -> None:
    text = dump_weights(WEIGHTS)
    assert text.index('"井盖" = 3.25') < text.index('"路灯" = 2.0') < text.index('"灯" = 0.5')


@given(st.text(max_size=8), st.text(max_size=8))
def test_any_label_is_written_so_that_it_can_be_read(one: str, other: str) -> None:
    labels = tuple(sorted({one, other, "路"}))
    if len(labels) < 2 or any("\ud800" <= character <= "\udfff" for label in labels for character in label):
        return
    text = dump_weights(Weights(labels, dict.fromkeys(labels, 0.0), {label: {"词": 1.0} for label in labels}))
    assert tomllib.loads(text)["labels"] == list(labels)
    assert set(tomllib.loads(text)["keywords"]) == set(labels)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("format = 1", "format = 2", ":1: 'format' must be 1"),
        ("format = 1", "format = 1\ncolour = 3", ":2: unknown key 'colour'"),
        ('["路", "电"]', '["路", "电", "路"]', ":2: the label '路' stands twice"),
        ('["路", "电"]', '["路"]', ":2: 'labels' must be"),
        ("format = 1", 'format = 1\nnone = "水"', ":2: 'none' must be one of the labels"),
        ("scale = 1.5", "scale = 0", ":5: 'scale' must be above 0"),
        ("scale = 1.5", "scale = nan", ":5: 'scale' must be a finite number"),
        ('"电" = -0.3', '"水" = -0.3', ":9: unknown key '水'"),
        ('"电" = -0.3\n', "", "'电' must be a number"),
        ('"灯" = 0.75', '"停电" = 2.0', "line 17"),
        ('"灯" = 0.75', '"停電" = 2.0', ":17: [keywords.\"电\"] '停電' is matched as '停电' is"),
        ('"灯" = 0.75', '"灯" = inf', ":17: [keywords.\"电\"] the weight of '灯'"),
        ('"灯" = 0.75', '"灯" = "强"', ":17: [keywords.\"电\"] the weight of '灯'"),
        ('"灯" = 0.75', '"路 灯" = 1.0', ":17: [keywords.\"电\"] the keyword '路 灯' is empty or holds blanks"),
        ('[keywords."电"]', '[keywords."水"]', ":15: unknown key '水'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = tmp_path / "lexicon.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(ConfigError) as refused:
        load_weights(path)
    assert str(path) in str(refused.value)
    assert complaint in str(refused.value)


def test_evidence_is_the_text_as_written_and_adds_up_to_the_sum() -> None:
    text = "３號門口路 燈壞了，路灯又坏"
    scored = Scorer(WEIGHTS).score(text)
    assert scored.label == "路"
    assert [(span.text, span.start) for span in scored.evidence] == [("路 燈", 4), ("燈", 6), ("路灯", 10), ("灯", 11)]
    assert all(text[span.start : span.end] == span.text for span in scored.evidence)
    counts = {"路灯": 1 + math.log(2), "灯": (1 + math.log(2)) / 2}
    length = math.hypot(*counts.values())
    added = sum(span.weight for span in scored.evidence)
    assert added == pytest.approx((2.0 * counts["路灯"] + 0.5 * counts["灯"]) / length)
    others = {"路": added - 0.2, "电": 0.75 * counts["灯"] / length - 0.3, "其他": 0.1 - 0.5 * counts["灯"] / length}
    shares = {label: math.exp(1.5 * value) for label, value in others.items()}
    for label, probability in scored.probabilities:
        assert probability == pytest.approx(shares[label] / sum(shares.values()))


def test_probabilities_are_ordered_and_sum_to_one() -> None:
    scored = Scorer(WEIGHTS).score("停电了，路灯也不亮")
    values = [probability for _, probability in scored.probabilities]
    assert values == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(1)
    assert scored.score == values[0]
    assert scored.second == scored.probabilities[1]
    assert scored.margin == pytest.approx(values[0] - values[1])


@pytest.mark.parametrize("text", ["", "\ud83d", "\x00", "hello", "\u200f\u200b", "👍" * 1000])
def test_a_text_without_keywords_has_no_evidence_and_what_the_biases_say(text: str) -> None:
    scored = Scorer(WEIGHTS).score(text)
    assert scored.evidence == ()
    assert scored.label == "其他"


@given(st.text())
def test_any_text_is_scored(text: str) -> None:
    scored = Scorer(WEIGHTS).score(text)
    assert all(text[span.start : span.end] == span.text for span in scored.evidence)
    assert sum(probability for _, probability in scored.probabilities) == pytest.approx(1)
