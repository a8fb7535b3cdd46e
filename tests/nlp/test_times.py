"""When it was: the expressions people use, as times in their own zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.times import find_times

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 12, 9, 30, tzinfo=ZONE).astimezone(UTC)  # a Friday


def said(text: str) -> list[tuple[str, str, str, bool]]:
    """What was said, from when, until when (- where it goes on), and whether again and again."""

    def short(at: datetime | None) -> str:
        return "-" if at is None else at.strftime("%m-%d %H:%M")

    return [(one.text, short(one.since), short(one.until), one.recurring) for one in find_times(text, NOW, ZONE)]


@pytest.mark.parametrize(
    ("text", "words", "since", "until"),
    [
        ("昨晚又吵到后来", "昨晚", "06-11 18:00", "06-12 06:00"),
        ("从上周三起没水", "从上周三起", "06-03 00:00", "-"),
        ("刚才有人撬门", "刚才", "06-12 09:00", "06-12 09:30"),
        ("早上八点多停的", "早上八点多", "06-12 08:00", "06-12 09:00"),
        ("前天报的", "前天", "06-10 00:00", "06-11 00:00"),
        ("停了三天了", "三天了", "06-09 09:30", "-"),
        ("都半个月没人修", "半个月没", "05-28 09:30", "-"),
        ("今天凌晨两点还在唱", "今天凌晨两点", "06-12 02:00", "06-12 02:00"),
        ("昨天半夜两点", "昨天半夜两点", "06-12 02:00", "06-12 02:00"),
        ("晚上十点半還在跳", "晚上十点半", "06-11 22:30", "06-11 22:30"),
        ("２２:３０还在施工", "22:30", "06-11 22:30", "06-11 22:30"),
        ("俩礼拜没见着人", "俩礼拜没", "05-29 09:30", "-"),
        ("两个小时前", "两个小时前", "06-12 07:30", "06-12 07:30"),
        ("3月12号开始停水", "3月12号开始", "03-12 00:00", "-"),
        ("周三下午3点一刻", "周三下午3点一刻", "06-10 15:15", "06-10 15:15"),
        ("明天9点到17点停水", "明天9点到17点", "06-13 09:00", "06-13 17:00"),
        ("从昨天到现在没电", "从昨天到现在", "06-11 00:00", "-"),
    ],
)
def test_expressions(text: str, words: str, since: str, until: str) -> None:
    found = said(text)
    assert len(found) == 1
    assert found[0][1:] == (since, until, False)
    assert len(found[0][0]) == len(words)


def test_what_comes_back_is_recurring_and_has_the_bounds_of_its_last_time() -> None:
    assert said("每天半夜这样") == [("每天半夜", "06-11 23:00", "06-12 05:00", True)]
    assert said("天天早上五点半打桩") == [("天天早上五点半", "06-12 05:30", "06-12 05:30", True)]
    assert said("每晚十一点") == [("每晚十一点", "06-11 23:00", "06-11 23:00", True)]


@pytest.mark.parametrize("text", ["一点都不热", "三月", "28层", "比分3:75", "有点吵", "没人管了", "2月31号", "1楼", ""])
def test_what_is_no_time(text: str) -> None:
    assert said(text) == []


@given(
    st.one_of(
        st.text(max_size=120), st.text(alphabet="昨今上周三月号点半多起从每天晚0123456789:到了没个\n", max_size=60)
    )
)
def test_any_text_is_read_and_the_spans_fit(text: str) -> None:
    for one in find_times(text, NOW, ZONE):
        assert one.text == text[one.start : one.end]
        assert one.since is not None
        assert one.since.tzinfo is not None


def test_a_long_text_ends() -> None:
    assert find_times("三" * 100_000, NOW, ZONE) == ()
    assert len(find_times("昨晚" * 50_000, NOW, ZONE)) == 50_000
