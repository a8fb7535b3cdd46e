"""The word lists of places stay as a reader expects them: folded, and each word in one list only."""

import tomllib
from collections import Counter
from importlib import resources

from nlp.normalize import fold
from nlp.places.words import place_words


def test_every_word_is_folded_and_stands_in_one_list_only() -> None:
    spots = tomllib.loads(resources.files("nlp").joinpath("lexicon/places.toml").read_text("utf-8"))["spots"]
    listed = Counter(word for key in ("place", "thing", "general", "home", "neighbour") for word in spots[key].split())
    assert [word for word, times in listed.items() if times > 1] == []
    assert [word for word in listed if fold(word) != word] == []
    assert len(listed) > 500


def test_the_longest_word_wins() -> None:
    assert place_words().spot_at("电梯口滑", 0) == ("电梯口", 3)
    assert place_words().spot_at("天", 0) is None
