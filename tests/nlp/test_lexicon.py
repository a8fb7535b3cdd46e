from pathlib import Path
from shutil import copytree

import pytest

from nlp.lexicon import load_lexicon, shown_form, written_form
from nlp.register import by_hand, load_weights, write_weights
from rules.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "nlp" / "lexicon"
CODES = {
    "ebike",
    "pollution",
    "welfare",
    "dispute",
    "utility",
    "market",
    "greening",
    "encroachment",
    "property",
    "enquiry",
    "noise",
    "housing",
    "lift",
    "fire",
    "facility",
    "security",
    "pets",
    "sanitation",
    "parking",
    "disaster",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("common", "types"):
        copytree(SHIPPED / part, tmp_path / part)
    return tmp_path


def refusal(folder: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_lexicon(folder)
    return str(caught.value)


def test_the_shipped_lexicon_has_the_twenty_types() -> None:
    lexicon = load_lexicon(SHIPPED)
    assert {case_type.code for case_type in lexicon.types} == CODES
    assert all(
        f"{code}.{part}" in lexicon.effects for code in sorted(CODES) for part in ("topic", "keywords", "patterns")
    )


def test_spellings_of_voice_input_stand_for_the_word() -> None:
    lexicon = load_lexicon(SHIPPED)
    assert lexicon.words["井该没了"] == lexicon.words["井盖没了"]
    assert lexicon.words["电剃停"] == lexicon.words["电梯停"]


@pytest.mark.parametrize(
    ("written", "form"), [("^收到$", "\n收到\n"), ("5号樓", "0号楼"), ("ＯＫ", "ok"), ("$", "$"), ("+1", "+0")]
)
def test_words_are_kept_as_they_are_matched(written: str, form: str) -> None:
    assert written_form(written) == form


def test_forms_are_shown_as_they_were_written() -> None:
    assert shown_form(written_form("^收到$")) == "^收到$"


def test_a_word_given_twice_is_refused_with_its_line(folder: Path) -> None:
    path = folder / "types" / "lift.toml"
    lines = path.read_text("utf-8").replace("扶梯", "扶梯 扶梯").split("\n")
    path.write_text("\n".join(lines), "utf-8")
    line = next(number for number, text in enumerate(lines, 1) if "扶梯 扶梯" in text)
    assert refusal(folder).startswith(f"{path}:{line}: '扶梯' stands twice")


def test_a_strong_word_of_two_types_is_refused_with_both_places(folder: Path) -> None:
    path = folder / "types" / "noise.toml"
    path.write_text(path.read_text("utf-8").replace("太吵 ", "太吵 电梯停 ", 1), "utf-8")
    told = refusal(folder)
    assert told.startswith(f"{path}:")
    assert f"{folder / 'types' / 'lift.toml'}:" in told


def test_a_keyword_that_a_guard_denies_is_refused(folder: Path) -> None:
    path = folder / "types" / "lift.toml"
    path.write_text(path.read_text("utf-8").replace("电梯停 ", "电梯停 精装 ", 1), "utf-8")
    told = refusal(folder)
    assert "'精装' speaks for lift" in told
    assert "guards.toml:" in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('code = "lift"', 'code = "lifts"', "must be the file's name"),
        ('urgency = "normal"', 'urgency = "soon"', "urgency must be one of"),
        ('name = "电梯"', 'nmae = "电梯"', "unknown key 'nmae'"),
        ("weight = 3", 'weight = "3"', "'weight' must be a number"),
        ("$broken", "$borken", "unknown list '$borken'"),
        ('code = "lift"', "code = ", "Invalid value (at line 1"),
        ("扶梯", "一二三四五六七八九十一二三", "1 to 12 characters"),
    ],
)
def test_slips_are_told(folder: Path, old: str, new: str, told: str) -> None:
    path = folder / "types" / "lift.toml"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    message = refusal(folder)
    assert message.startswith(str(path))
    assert told in message


def test_a_folder_without_types_is_refused(folder: Path) -> None:
    for path in (folder / "types").iterdir():
        path.unlink()
    assert "no case type" in refusal(folder)


def test_a_file_that_is_missing_or_not_utf8_is_told(folder: Path) -> None:
    (folder / "common" / "guards.toml").write_bytes(b"\xff")
    assert "not UTF-8" in refusal(folder)
    (folder / "common" / "guards.toml").unlink()
    assert "no such file" in refusal(folder)


def test_the_learned_register_is_read_as_it_was_written(tmp_path: Path) -> None:
    lexicon = load_lexicon(SHIPPED)
    weights = load_weights(SHIPPED / "learned.toml", lexicon)
    path = tmp_path / "learned.toml"
    path.write_text(write_weights(weights, ["again"]), "utf-8")
    assert load_weights(path, lexicon) == weights


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("keywords = '''\n", "keywords = '''\n水 report\n", "'水': expected"),
        ("keywords = '''\n", "keywords = '''\n水 water 1.0\n", "no kind, type or urgency"),
        ("keywords = '''\n", "keywords = '''\n水 report 1.0\n水 report 2.0\n", "'水' stands here twice"),
        ("[effects]", '[effects]\n"fish" = "report 1.0"', "'fish' is no feature"),
        ("slope = ", "slop = ", "unknown key 'slop'"),
    ],
)
def test_slips_in_the_learned_register_are_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    lexicon = load_lexicon(SHIPPED)
    path = tmp_path / "learned.toml"
    text = write_weights(by_hand(lexicon), ["by hand"])
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigError, match=r"learned\.toml") as caught:
        load_weights(path, lexicon)
    assert told in str(caught.value)
