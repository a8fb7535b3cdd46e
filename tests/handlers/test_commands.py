"""What staff type, in either order and sloppy; and what only begins like a command."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.commands import WORDS, Command, read_command, read_direct
from handlers.days import find_day
from rules.numbers import format_number
from rules.roles import Verb

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 5, 11, 4, 0, tzinfo=UTC)
NUMBERS = st.builds(
    lambda m, d, n: format_number(f"{m:02d}{d:02d}", n), st.integers(1, 12), st.integers(1, 31), st.integers(1, 9999)
)
REASONS = st.sampled_from(["", "不归我管", "等配件 周五", "老板电话 139-8765-4321", "修了，好了"])


@given(
    verb=st.sampled_from(list(WORDS)),
    number=NUMBERS,
    reason=REASONS,
    dash=st.sampled_from("-－—~"),
    gap=st.sampled_from(["", " ", "，"]),
)
def test_number_and_verb_in_either_order(verb: str, number: str, reason: str, dash: str, gap: str) -> None:
    written = number.replace("-", dash)
    expected = Command(WORDS[verb], (number,), reason)
    assert read_command(f"{verb} {written} {reason}".strip()) == expected
    assert read_command(f"{written}{gap}{verb} {reason}".strip()) == expected
    assert read_command(f"@回音\u2005{verb}{written} {reason}".strip()) == expected


NO_COMMANDS = [
    *("接单子的师傅电话多少", "办结率是多少", "恢复了", "恢复", "查询一下", "核查员来了没有", "退单率", "绑定手机"),
    *("派单员", "挂起来", "", "我接了个电话"),
]


@given(st.text(max_size=600))
def test_no_text_breaks_the_grammar(text: str) -> None:
    found = read_command(text)
    assert found is None or found.verb in set(WORDS.values())
    read_direct(text)
    find_day(text, MONDAY, ZONE)


@pytest.mark.parametrize(
    "text",
    NO_COMMANDS,
)
def test_what_only_begins_like_a_command_is_none(text: str) -> None:
    assert read_command(text) is None


@pytest.mark.parametrize(
    ("text", "verb", "rest"),
    [
        ("转派物业", Verb.TRANSFER, "物业"),
        ("转派给王书记", Verb.TRANSFER, "王书记"),
        ("转给 物业", Verb.TRANSFER, "物业"),
        ("改类停车", Verb.RETYPE, "停车"),
        ("接单了", Verb.CLAIM, ""),
        ("办结：换好了", Verb.RESOLVE, "换好了"),
        ("不予受理 不归这里管", Verb.REJECT, "不归这里管"),
    ],
)
def test_the_object_may_stand_close(text: str, verb: Verb, rest: str) -> None:
    found = read_command(text)
    assert found == Command(verb, (), rest)


@pytest.mark.parametrize(
    ("text", "day", "rest"),
    [
        ("等配件 周五", 15, "等配件"),
        ("等配件 周一", 18, "等配件"),
        ("下周三再来", 20, "再来"),
        ("明天 等人", 12, "等人"),
        ("等3天", 14, "等"),
        ("大后天", 14, ""),
        ("到5月20日 等审批", 20, "等审批"),
        ("等一周", 18, "等"),
        ("月底", 31, ""),
        ("20号", 20, ""),
    ],
)
def test_days_as_staff_write_them(text: str, day: int, rest: str) -> None:
    until, left = find_day(text, MONDAY, ZONE)
    assert until is not None
    local = until.astimezone(ZONE)
    assert (local.month, local.day, local.hour, left) == (5, day, 18, rest)


@pytest.mark.parametrize("text", ["等配件", "", "2月30日", "等老师", "3栋"])
def test_no_day_is_made_up(text: str) -> None:
    assert find_day(text, MONDAY, ZONE) == (None, text)
