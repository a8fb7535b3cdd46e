"""One incident, many mouths: what is the same trouble, what is another, and what a short word leans on."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.incidents import IncidentView, Match, ReportView, attach, conflict, match
from nlp.place import find_place
from nlp.places.span import Place
from nlp.similarity import Rarity, split_quote, terms

START = datetime(2026, 6, 12, 0, 0, tzinfo=UTC)


def incident(text: str, case_type: str, minute: int = 0, key: str = "a", speaker: str = "李阿姨") -> IncidentView:
    place = find_place(text)
    at = START + timedelta(minutes=minute)
    return IncidentView(
        key,
        case_type,
        "3栋群",
        (text,),
        (place,) if place else (),
        frozenset({speaker}),
        at,
        at,
        neighbours=frozenset({"4栋群"}),
    )


def report(text: str, case_type: str | None, minute: int, speaker: str = "小陈", room: str = "3栋群") -> ReportView:
    return ReportView(text, START + timedelta(minutes=minute), room, speaker, case_type, place=find_place(text))


def found(said: ReportView, *incidents: IncidentView) -> Match | None:
    return match(said, incidents, said.at)


@pytest.mark.parametrize(
    ("first", "second", "case_type", "minutes"),
    [
        ("电梯又停了", "电梯坏了快来人修", "lift", 8),
        ("水压小得跟眼泪一样", "我22楼直接没了", "utility", 1),
        ("停电了？", "整栋楼都没电", "utility", 5),
        ("北门口井盖没了，谁骑车小心", "北门口那个井盖不见了，快掉进去人了", "facility", 90),
        ("3栋楼下垃圾堆成山", "3栋楼下的垃圾三天没人清了，臭死", "sanitation", 120),
        ("广场舞音箱震得我头疼", "广场上跳舞的音箱能不能关小", "noise", 15),
    ],
)
def test_the_same_trouble_by_another_mouth(first: str, second: str, case_type: str, minutes: int) -> None:
    same = found(report(second, case_type, minutes), incident(first, case_type))
    assert same is not None
    assert same.key == "a"
    assert sum(figure for _, figure in same.reasons) == pytest.approx(same.score, abs=0.01)


@pytest.mark.parametrize(
    ("first", "second", "case_type", "minutes"),
    [
        ("3栋电梯停了", "5栋电梯停了", "lift", 2),
        ("一单元没水", "二单元没水", "utility", 2),
        ("路灯不亮", "井盖翘起来了", "facility", 3),
        ("停水了", "停电了", "utility", 3),
        ("电梯又停了", "电梯又停了", "lift", 60 * 30),
        ("电梯一晃一晃", "有人困在电梯里了快来", "lift", 5),
        ("谁家半夜还在砸墙", "楼上的娃跟跑马一样，一晚咚咚咚", "noise", 1),
        ("一号梯不动了", "二号梯也开始抖", "lift", 5),
        ("居住证在哪办", "医保报销要什么材料", "enquiry", 5),
    ],
)
def test_another_trouble(first: str, second: str, case_type: str, minutes: int) -> None:
    assert found(report(second, case_type, minutes), incident(first, case_type)) is None


def test_only_rooms_that_can_have_the_same_trouble_come_into_question() -> None:
    first = incident("整个小区停电了", "utility")
    assert found(report("我们这边也停电了，整个小区都停电", "utility", 3, room="4栋群"), first)
    assert found(report("我们这边也停电了，整个小区都停电", "utility", 3, room="9栋群"), first) is None


def test_the_type_may_be_the_second_best() -> None:
    first = incident("地库全是水，车都泡了", "disaster")
    said = report("地库水都漫到车轮了，水管爆了吧", "utility", 4)
    assert found(said, first) is None
    with_second = ReportView(said.text, said.at, said.room, said.speaker, "utility", "disaster", said.place)
    assert found(with_second, first) is not None


OPEN = (
    incident("电梯又停了，爬了二十楼", "lift", 0, "lift", "李阿姨"),
    incident("水管子里一滴水都没有", "utility", 200, "water", "老周"),
    incident("楼上半夜装修电钻响", "noise", 290, "noise", "小满"),
)


@pytest.mark.parametrize(
    ("text", "minute", "speaker", "key"),
    [
        ("+1", 291, "小陈", "noise"),
        ("我家也是", 292, "小陈", "noise"),
        ("来水了来水了", 400, "小陈", "water"),
        ("电梯修好了吗", 400, "小陈", "lift"),
        ("还没好？", 1000, "李阿姨", "lift"),
        ("「老周：水管子里一滴水都没有」\n- - - - - - - - - - - - - - -\n+1", 292, "小陈", "water"),
    ],
)
def test_what_a_short_word_leans_on(text: str, minute: int, speaker: str, key: str) -> None:
    said = report(text, None, minute, speaker)
    leant = attach(said, OPEN, said.at)
    assert leant is not None
    assert leant.key == key
    assert 0 < leant.score <= 1
    assert leant.reasons


def test_a_quotation_told_by_the_gateway_comes_first() -> None:
    said = ReportView("我家也停了", START + timedelta(minutes=291), "3栋群", "小陈", quoted="电梯又停了，爬了二十楼")
    leant = attach(said, OPEN, said.at)
    assert leant is not None
    assert leant.key == "lift"


def test_nothing_open_nothing_to_lean_on() -> None:
    assert attach(report("+1", None, 1), (), START) is None
    assert attach(report("+1", None, 300, room="9栋群"), OPEN, START + timedelta(minutes=300)) is None


def test_what_was_long_ago_must_be_named() -> None:
    late = START + timedelta(minutes=290) + timedelta(hours=30)
    assert attach(ReportView("+1", late, "3栋群", "小陈"), OPEN, late) is None
    named = attach(ReportView("电梯到底修好没有", late, "3栋群", "小陈"), OPEN, late)
    assert named is not None
    assert named.key == "lift"


def test_places_conflict_only_where_both_say() -> None:
    assert conflict(Place(building="3"), Place(building="5"))
    assert not conflict(Place(building="3"), Place(unit="2"))
    assert conflict(Place(spot="车库"), Place(spot="北门"))
    assert not conflict(Place(spot="车库"), Place(spot="北门"), fine=False)


def test_a_pasted_quotation_is_taken_apart() -> None:
    assert split_quote("「张三：电梯又停了」\n- - - - - - - - - -\n我家也是") == ("电梯又停了", "我家也是")
    assert split_quote("我家也是") == (None, "我家也是")


def test_likeness_lies_between_nothing_and_the_same() -> None:
    one, two = terms("电梯又停了"), terms("井盖没了")
    rarity = Rarity([one, two])
    assert rarity.cosine(one, one) == pytest.approx(1.0)
    assert rarity.cosine(one, two) == 0.0
    assert rarity.cosine(one, terms("")) == 0.0


@given(
    st.text(max_size=80), st.text(max_size=80), st.sampled_from(["lift", "noise", "unheard of"]), st.integers(0, 5000)
)
def test_any_text_is_compared(first: str, second: str, case_type: str, minute: int) -> None:
    view = incident(first, case_type)
    said = report(second, case_type, minute)
    same, leant = match(said, (view,), said.at), attach(said, (view,), said.at)
    assert same is None or 0 <= same.score <= 1
    assert leant is not None
    assert leant.score == 1.0
