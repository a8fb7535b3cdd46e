"""Learning a lexicon: from invented letters always, from the optional data folder where it is."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from bot.commands.learning import train_command
from nlp.keyword_file import dump_weights, load_weights
from nlp.keyword_weights import Scorer
from nlp.learning.data import DataError, Example, is_segmented, read_chatter, read_examples
from nlp.learning.features import pieces
from nlp.learning.folds import clusters, folds_of
from nlp.learning.protocol import cross_validate, split_segmented, views
from nlp.learning.train import learn_lexicon, learn_weights
from tests.nlp.letters import CHATTER, invented, write_tsv

DATA = Path(__file__).parents[3] / "shared" / "data"


def test_what_was_learned_holds_for_letters_not_seen() -> None:
    scorer = Scorer(learn_lexicon(invented(90), max_keywords=200))
    unseen = invented(60, seed=7)
    assert sum(scorer.score(one.text).label == one.label for one in unseen) >= 57


def test_raw_and_segmented_texts_are_the_same_to_a_lexicon() -> None:
    scorer = Scorer(learn_lexicon(invented(90, segmented=True), max_keywords=200))
    assert sum(scorer.score(one.text).label == one.label for one in invented(60, seed=7)) >= 57


def test_no_more_keywords_than_asked_for() -> None:
    for most in (1, 7, 40):
        assert 1 <= len(learn_lexicon(invented(90), max_keywords=most).words()) <= most


def test_excluded_words_stand_in_no_keyword() -> None:
    excluded = frozenset({"路灯", "医"})
    words = learn_lexicon(invented(90), max_keywords=80, excluded=excluded).words()
    assert words
    assert not [word for word in words if any(part in word for part in excluded)]


def test_chatter_becomes_the_label_of_none() -> None:
    chatter = [Example("-", text) for text in CHATTER * 5]
    weights = learn_lexicon(invented(90), chatter, max_keywords=80)
    scorer = Scorer(weights)
    assert weights.none == "-"
    assert scorer.score("今天晚上跳舞去").label == "-"
    assert scorer.score("我们这里路灯不亮，希望解决").label == "道路"


def test_sample_weights_count() -> None:
    texts, labels = ["甲方来了"] * 10 + ["甲方来了"] * 10, ["a"] * 10 + ["b"] * 10
    heavy_a = Scorer(learn_weights([*texts, "乙方走了"], [*labels, "b"], [5.0] * 10 + [1.0] * 11))
    heavy_b = Scorer(learn_weights([*texts, "乙方走了"], [*labels, "b"], [1.0] * 10 + [5.0] * 11))
    assert heavy_a.score("甲方来了").label == "a"
    assert heavy_b.score("甲方来了").label == "b"


def test_one_label_is_nothing_to_learn() -> None:
    with pytest.raises(DataError, match="at least two labels"):
        learn_weights(["路灯坏了", "井盖坏了"], ["a", "a"])


def test_texts_without_chinese_are_nothing_to_learn() -> None:
    with pytest.raises(DataError, match="no Chinese words"):
        learn_weights(["abc", "123"], ["a", "b"])


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    data = write_tsv(tmp_path / "data.tsv", invented(60))
    chatter = tmp_path / "chatter.tsv"
    chatter.write_text("group\ttext\n" + "".join(f"soft\t{text}\n" for text in CHATTER), "utf-8")
    outputs = [tmp_path / "one.toml", tmp_path / "two.toml"]
    for output in outputs:
        arguments = [str(data), "--chatter", str(chatter), "--max-keywords", "50", "-o", str(output)]
        done = CliRunner().invoke(train_command, arguments)
        assert done.exit_code == 0, done.output
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert load_weights(outputs[0]).labels == ("-", "医院", "学校", "道路")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("label\ttext\n路\t路灯坏了\n没有制表符\n", ":3: expected a label, a tab and a text"),
        ("label\ttext\n\t路灯坏了\n", ":2: the label (first column) is empty"),
        ("label\ttext\n路\t \n", ":2: the text (second column) is empty"),
        ("label\ttext\n", "no labelled text under the header line"),
        ("", "no labelled text under the header line"),
        ("label\ttext\n路\t路灯坏了\n", "at least two labels"),
    ],
)
def test_wrong_data_ends_with_code_2_and_its_line(tmp_path: Path, content: str, complaint: str) -> None:
    data = tmp_path / "data.tsv"
    data.write_text(content, "utf-8")
    done = CliRunner().invoke(train_command, [str(data), "-o", str(tmp_path / "lexicon.toml")])
    assert done.exit_code == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.output


def test_a_missing_or_foreign_file_ends_with_code_2(tmp_path: Path) -> None:
    foreign = tmp_path / "gbk.tsv"
    foreign.write_bytes("label\ttext\n路\t路灯\n".encode("gbk"))
    for path, complaint in ((tmp_path / "none.tsv", "can't be read"), (foreign, "not UTF-8")):
        done = CliRunner().invoke(train_command, [str(path), "-o", str(tmp_path / "lexicon.toml")])
        assert done.exit_code == 2
        assert f"{path}: {complaint}" in done.stderr


def test_headers_further_columns_and_line_ends_do_not_matter(tmp_path: Path) -> None:
    data = tmp_path / "data.tsv"
    data.write_bytes("\ufeff随便\t什么\t别的\r\n路\t路灯坏了\t3\r\n\r\n".encode())
    assert read_examples([data]) == [Example("路", "路灯坏了")]
    assert read_chatter([data]) == [Example("-", "路灯坏了")]


def test_long_texts_give_pieces_and_short_ones_none() -> None:
    assert list(pieces("路灯坏了")) == []
    tokens = [f"词{number}" for number in range(50)]
    assert [len(piece.split()) for piece, _ in pieces("路灯 坏了 " * 25)] == [6, 10, 20, 14, 14]
    assert not is_segmented("".join(tokens))
    raw = "路灯坏了很久没有人来修理。" * 8
    assert [len(piece) for piece, _ in pieces(raw)] == [40, 80, *[12] * 6]


def test_near_duplicates_share_a_cluster_and_a_fold() -> None:
    texts = [
        "小区门口路灯坏了三天没人修",
        "小区门口路灯坏了五天没人修",
        "学校食堂饭菜太贵",
        "小区 门口 路灯 坏 三天 没人 修",
    ]
    groups = clusters([*texts, *(f"第{number}件别的事情{chr(0x5000 + number * 7)}" * 2 for number in range(10))])
    assert groups[0] == groups[1] == groups[3] != groups[2]
    fold = folds_of(groups, 4)
    assert fold[0] == fold[1] == fold[3]
    assert set(fold.tolist()) == {0, 1, 2, 3}


def test_the_title_of_a_segmented_letter_is_what_stands_before_its_body() -> None:
    body = "您好，小区的路灯坏了，很久没有人来修，请帮忙。"
    assert split_segmented("请求 修理 路灯 小区 路灯 坏 很久 没有 人 修 帮忙", body) == (
        "请求 修理 路灯",
        "小区 路灯 坏 很久 没有 人 修 帮忙",
    )


@pytest.mark.skipif(not DATA.is_dir(), reason="the optional data folder ../shared/data is absent")
def test_floors_on_real_letters() -> None:
    """One fold of the five of docs/learning.md, trained on the raw letters only, so that it takes no minute."""
    raw, segmented = read_examples([DATA / "letters_raw.tsv"]), read_examples([DATA / "letters_segmented.tsv"])
    groups = clusters([one.text for one in (*raw, *segmented)])
    measured = views(raw, segmented, groups)
    training = {"bodies, raw": measured.pop("bodies, raw")}
    measured.update(training)
    del measured["letters, segmented"]
    figures = cross_validate(training, measured, groups, folds=[0])
    assert figures["bodies, raw"].macro_f1 >= 0.83
    assert figures["titles, joined"].macro_f1 >= 0.79
    assert figures["bodies, raw"].calibration.ece <= 0.1


def test_weights_are_finite_and_the_file_is_what_was_learned(tmp_path: Path) -> None:
    weights = learn_lexicon(invented(60), max_keywords=30)
    assert all(np.isfinite(value) and value != 0 for table in weights.keywords.values() for value in table.values())
    path = tmp_path / "lexicon.toml"
    path.write_text(dump_weights(weights), "utf-8")
    assert load_weights(path) == weights
