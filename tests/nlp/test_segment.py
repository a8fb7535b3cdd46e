import subprocess
import sys
from pathlib import Path

from nlp.segment import candidates, terms, words


def test_words_are_folded_and_lack_punctuation() -> None:
    assert words("３棟電梯又停了！") == ["3", "栋", "电梯", "又", "停", "了"]
    assert words("") == []
    assert words("……，[]") == []


def test_candidates_are_words_and_neighbours_joined_within_a_run_of_ideographs() -> None:
    found = candidates("地库道闸坏了，没人管")
    assert {"地库", "道闸"} <= found
    assert not any("，" in one or len(one) < 2 for one in found)
    assert "了没人" not in found


def test_terms_are_what_the_background_lacks() -> None:
    texts = ["道闸又不抬了", "小区道闸坏了", "道闸杆断了", "今天天气不错"]
    background = ["今天天气不错", "小区门口有人", "灯坏了", "天气热"] * 5
    found = terms(texts, background)
    assert found[0].word == "道闸"
    assert found[0].texts == 3
    assert "天气" not in [term.word for term in found]


def test_a_term_inside_a_longer_one_of_the_same_texts_is_left_out() -> None:
    found = [term.word for term in terms(["井盖松动", "那个井盖松动了", "井盖松动三天"], [])]
    assert found.count("井盖松动") == 1
    assert "井盖" not in found
    assert "松动" not in found


def test_the_same_input_gives_the_same_terms() -> None:
    texts = ["水管爆了喷水", "水管爆裂", "爆管了", "水管漏"]
    assert terms(texts, ["开门"], least=1) == terms(texts, ["开门"], least=1)
    assert terms(texts, [], least=9) == []


def test_the_segmenter_is_quiet_and_leaves_no_file(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from nlp.segment import words; print(words('电梯停了'))"],
        env={"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert told.returncode == 0
    assert told.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_the_segmenter_is_loaded_only_when_it_is_needed() -> None:
    code = "import sys, nlp.segment; print('jieba' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert told.stdout == "False\n"
