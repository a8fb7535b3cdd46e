import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from nlp.classify import Understanding
from nlp.decision import Kind
from nlp.learning.changes import Figures, Line, Proposal
from nlp.learning.corrections import Marked, distinct, read_marked
from nlp.learning.data import DataError
from nlp.learning.drift import Heard, Judged, Period, measure
from nlp.learning.handing_over import CantApply, accept, apply, as_diff, turned, undo
from nlp.learning.new_words import Names, new_words
from nlp.learning.proposal import Wish, propose
from nlp.learning.rooms import Said
from nlp.learning.updating import sums
from nlp.register import LOCAL, Threshold, Weights
from rules.errors import ConfigError

TYPES = {"lift": "电梯", "utility": "水电气暖网"}
TEXTS = [
    "呱唧机那个又来了",
    "呱唧机三天了",
    "隔壁呱唧机",
    "昨天呱唧机到十二点",
    "今天又呱唧机",
    "呱唧机，没人来看",
]


def marked(label: str, texts: list[str]) -> list[Marked]:
    return [Marked(text, label) for text in texts]


def chatter(texts: list[str]) -> list[Said]:
    return [Said(place + 1, text, False, "chatter", "", "") for place, text in enumerate(texts)]


@pytest.fixture(scope="module")
def listener() -> Understanding:
    return Understanding.load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small lexicon of two case types without anything learned."""
    made = tmp_path / "lexicon"
    shipped = Understanding.shipped_folder()
    shutil.copytree(shipped / "common", made / "common")
    (made / "types").mkdir()
    for code in TYPES:
        shutil.copyfile(shipped / "types" / f"{code}.toml", made / "types" / f"{code}.toml")
    return made


def line(word: str, adds: Mapping[str, float]) -> Line:
    return Line(word, dict(adds), True, 3, "lift", 3)


# What the examples are


def test_labels_are_codes_names_or_no_report(tmp_path: Path) -> None:
    path = tmp_path / "marked.tsv"
    path.write_text("label\ttext\nlift\t一\n电梯\t二\n-\t三\n否\t四\n?\t没标\n", "utf-8")
    assert [(one.text, one.label) for one in read_marked([path], TYPES)] == [
        ("一", "lift"), ("二", "lift"), ("三", "-"), ("四", "-"),
    ]  # fmt: skip
    path.write_text("label\ttext\nspaceship\t一\n", "utf-8")
    with pytest.raises(DataError, match="spaceship"):
        read_marked([path], TYPES)


def test_a_text_counts_once_with_the_label_that_most_gave_it() -> None:
    given = [
        Marked("停了", "lift"),
        Marked("停了", "utility"),
        Marked("停了 ", "lift"),
        Marked("吵", "-"),
        Marked(" ", "-"),
    ]
    assert [(one.text.strip(), one.label) for one in distinct(given)] == [("停了", "lift"), ("吵", "-")]
    assert distinct([Marked("停了", "lift"), Marked("停了", "-")])[0].label == "-"


# New words


def test_new_words_are_said_often_and_mostly_with_one_label() -> None:
    found = new_words(marked("noise", TEXTS), ["今天真好", "声真大"], set(), Names(), support=3)
    assert found[0].word == "呱唧机"
    assert (found[0].examples, found[0].label, found[0].agree) == (6, "noise", 6)
    assert "呱唧" not in [one.word for one in found]


def test_new_words_name_nobody() -> None:
    texts = ["老周家电动车又上楼", "老周又推车上楼", "老周的车", "翠湖里门口", "翠湖里车棚", "翠湖里旁边"]
    found = {one.word for one in new_words(marked("ebike", texts), [], set(), Names(["翠湖里小区"]), support=2)}
    assert not any("老周" in word or "翠湖" in word for word in found)


def test_a_nickname_forbids_what_contains_it_but_not_its_parts() -> None:
    names = Names(["李四光"], ["快乐阳光", "春"])
    assert names.has("四光")
    assert names.has("找李四光")
    assert names.has("是快乐阳光")
    assert not names.has("阳光")
    assert not names.has("春天")


def test_what_one_room_alone_says_is_no_new_word() -> None:
    here = [replace(one, room=1) for one in marked("noise", TEXTS)]
    elsewhere = [Marked("太吵了", "noise", 2)]
    assert new_words([*here, *elsewhere], [], set(), Names(), support=3) == []
    assert new_words([*here, Marked("又是呱唧机", "noise", 2)], [], set(), Names(), support=3) != []


# What is learned


def test_sums_are_those_of_the_decision(listener: Understanding) -> None:
    from math import exp

    for text in ("3栋2单元电梯又停了", "楼道灯不亮", "有人私装地锁"):
        decision = listener.classify(text, staff=False)
        assert decision.kind is Kind.REPORT
        assert 1 / (1 + exp(-sums(listener, text)[0])) == pytest.approx(decision.score, abs=0.01)


def quiet(_told: str) -> None:
    """Nobody waits."""


def test_a_proposal_mends_what_it_learned_from_and_can_be_repeated(listener: Understanding) -> None:
    assert all(listener.classify(text).case_type != "noise" for text in TEXTS[2:3])
    corpus = chatter(["今天天气真好", "谁家有胶带借一下", "晚上吃什么", "孩子放学了", "快递到了"] * 3)
    first = propose(listener, marked("noise", TEXTS), corpus, Names(), Wish(), quiet)
    again = propose(listener, marked("noise", TEXTS), corpus, Names(), Wish(), quiet)
    assert first == again
    assert "呱唧机" in [one.word for one in first.lines]
    assert first.gains() > 0
    assert first.costs() <= 0
    assert first.harm(0.005) == ""


def test_examples_that_come_out_right_change_nothing(listener: Understanding) -> None:
    texts = ["3栋电梯坏了", "5栋电梯又坏了", "电梯困人了快来", "电梯停了两天了", "8号楼电梯坏了没人修"]
    made = propose(listener, marked("lift", texts), chatter(["今天天气真好"] * 5), Names(), Wish(), quiet)
    assert made.lines == ()
    assert made.examples[0] == made.examples[1]


def test_false_reports_propose_a_guard(listener: Understanding) -> None:
    tail = "，这是棉棉剧组取景"
    texts = [
        f"{text}{tail}" for text in ("单元门坏了没人修", "楼道灯不亮了没人管", "垃圾堆成山没人管", "充电桩坏了没人修")
    ]
    assert all(listener.classify(text).kind is Kind.REPORT for text in texts)
    made = propose(listener, marked("-", texts), chatter(["今天天气真好"] * 5), Names(), Wish(), quiet)
    guards = [one for one in made.lines if one.adds.get("report", 0) < 0]
    assert any("棉棉" in one.word or "剧组" in one.word or "取景" in one.word for one in guards)


def figures(missed: int = 0, mistyped: int = 0, right: int = 90) -> Figures:
    return Figures(100, 50, right, 2, missed, mistyped)


@pytest.mark.parametrize(
    ("examples", "corpus", "why"),
    [
        ((figures(), figures()), (figures(), figures()), ""),
        ((figures(), figures()), (figures(), figures(missed=2)), "corpus"),
        ((figures(), figures()), (figures(), figures(mistyped=1)), "corpus"),
        ((figures(right=90), figures(right=89)), (figures(), figures()), "1 more"),
    ],
)
def test_harm_is_refused(examples: tuple[Figures, Figures], corpus: tuple[Figures, Figures], why: str) -> None:
    told = Proposal((), examples, corpus).harm(0.005)
    assert why in told
    assert bool(told) == bool(why)


# From a proposal to the folder and back


def test_accept_and_undo_leave_the_folder_as_it_was(folder: Path) -> None:
    first = as_diff(folder, [line("呱唧", {"report": 3.0, "lift": 2.0})], ["about"])
    accept(folder, first)
    assert Understanding.load(folder).word_effect("呱唧") == {"report": 3.0, "lift": 2.0}
    after_first = (folder / LOCAL).read_text("utf-8")
    second = as_diff(folder, [line("呱唧", {"report": 0.5}), line("噜噜", {"lift": 1.0})], ["about"])
    assert accept(folder, second).name == "002.diff"
    assert Understanding.load(folder).word_effect("呱唧") == {"report": 3.5, "lift": 2.0}
    undo(folder)
    assert (folder / LOCAL).read_text("utf-8") == after_first
    undo(folder)
    assert not (folder / LOCAL).exists()
    with pytest.raises(CantApply, match="nothing has been accepted"):
        undo(folder)
    third = as_diff(folder, [line("噜噜", {"lift": 1.0})], ["about"])
    assert accept(folder, third).name == "003.diff"


def test_a_line_may_be_struck_out_of_a_proposal(folder: Path) -> None:
    diff = as_diff(folder, [line("呱唧", {"report": 3.0}), line("噜噜", {"lift": 1.0})], ["about"])
    accept(folder, "".join(row for row in diff.splitlines(keepends=True) if "噜噜" not in row))
    effects = Understanding.load(folder)
    assert effects.word_effect("呱唧") == {"report": 3.0}
    assert effects.word_effect("噜噜") == {}


def strike_type(folder: Path) -> None:
    (folder / "types" / "lift.toml").write_text((folder / "types" / "lift.toml").read_text("utf-8") + "\n", "utf-8")


def write_local(folder: Path) -> None:
    (folder / LOCAL).write_text("[keywords]\n", "utf-8")


@pytest.mark.parametrize("edit", [strike_type, write_local])
def test_a_folder_that_changed_takes_no_old_proposal(folder: Path, edit: Callable[[Path], None]) -> None:
    diff = as_diff(folder, [line("呱唧", {"report": 3.0})], ["about"])
    edit(folder)
    with pytest.raises(CantApply, match="has changed"):
        accept(folder, diff)


def test_what_could_not_be_read_is_never_written(folder: Path) -> None:
    diff = as_diff(folder, [line("呱唧", {"report": 3.0})], ["about"])
    with pytest.raises(ConfigError, match=r"local\.toml.*spaceship"):
        accept(folder, diff.replace("report 3.00", "spaceship 3.00"))
    assert not (folder / LOCAL).exists()
    assert not list(folder.glob("history/*"))
    with pytest.raises(CantApply, match="no proposal"):
        accept(folder, "hello")


def test_edited_lines_are_not_undone_over(folder: Path) -> None:
    accept(folder, as_diff(folder, [line("呱唧", {"report": 3.0})], ["about"]))
    path = folder / LOCAL
    path.write_text(path.read_text("utf-8").replace("3.00", "1.00"), "utf-8")
    with pytest.raises(CantApply, match=r"local\.toml:4"):
        undo(folder)


def test_nothing_proposed_is_no_diff(folder: Path) -> None:
    assert as_diff(folder, [], ["about"]) == ""


def test_comments_of_an_editor_stay(folder: Path) -> None:
    (folder / LOCAL).write_text('# ours\n[keywords]\n"呱唧" = "report 1.00"  # Li\n\n[effects]\n# none\n', "utf-8")
    accept(folder, as_diff(folder, [line("噜噜", {"lift": 1.0})], ["about"]))
    text = (folder / LOCAL).read_text("utf-8")
    assert text.index("# Li") < text.index("噜噜") < text.index("[effects]")
    assert text.startswith("# ours\n")


def test_a_diff_turned_round_undoes_it() -> None:
    before, diff = "a\nb\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+x\n+y\n c\n"
    after = apply(before, diff)
    assert after == "a\nx\ny\nc\n"
    assert apply(after, turned(diff)) == before


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[keywords]\n"呱唧" = "spaceship 1"\n', "no kind, type or urgency"),
        ('[keywords]\n"一二三四五六七八九十一二三" = "report 1"\n', "1 to 12 characters"),
        ('[effects]\n"lift.colour" = "report 1"\n', "no feature"),
        ("[thresholds]\nask = 1\n", "unknown key"),
    ],
)
def test_local_changes_are_read_strictly(folder: Path, text: str, complaint: str) -> None:
    (folder / LOCAL).write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=complaint):
        Understanding.load(folder)


# Drift


def test_drift_compares_two_periods() -> None:
    weights = Weights({}, default=Threshold(0.5, 0.9))
    heard = [Heard("report", "lift", 0.95), Heard("report", "lift", 0.55), Heard("chatter", None, 0.45)]
    lately = Period(10, heard, [Judged("lift", "lift"), Judged("lift", "-")], ["外卖柜坏了"] * 3 + ["王姐家漏水"] * 3)
    before = Period(0, [], [], ["电梯坏了"])
    found = measure(lately, before, weights, Names(["外卖员"]))
    assert (found.lately.low_margin, found.lately.asked, found.lately.corrected) == (0.2, 0.5, 0.5)
    assert found.lately.corrected_by_type == {"lift": (1, 2)}
    assert (found.before.low_margin, found.before.asked, found.before.corrected) == (None, None, None)
    assert any("外卖" in term.word for term in found.terms)
    assert not any("王姐" in term.word for term in found.terms)
