"""Every saying has a sentence, and every sentence fits its saying: short, warm, never a lecture, never blame."""

import dataclasses
import re
import types
import typing
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from handlers.texts import SENTENCES, how_long, voice, when
from rules import sayings
from rules.privacy import mask
from rules.sayings import Cant, HowTo, NoticeText, Saying, TicketLine

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 5, 11, 4, 0, tzinfo=UTC)
BASES = {Saying, Cant}
ALL = sorted(
    (one for one in vars(sayings).values() if isinstance(one, type) and issubclass(one, Saying) and one not in BASES),
    key=lambda one: one.__name__,
)
BANNED = (
    "请知悉",
    "敬请",
    "严禁",
    "务必",
    "违者",
    "特此",
    "贵",
    "您好！",
    "亲，",
    "谢谢配合",
    "予以",
    "责任自负",
    "None",
    "系统",
    "用户",
    "你",
    "！",
    "错误",
    "失败",
    "无法识别",
    "非法",
    "违规",
)
SAMPLES: dict[str, list[Any]] = {
    "number": ["0511-001"],
    "type_name": ["电梯"],
    "place": ["", "3号楼"],
    "reporter": ["李阿姨"],
    "holder": ["张单元长", None],
    "due": [NOW + timedelta(hours=2), NOW - timedelta(hours=1)],
    "case_type": ["fire", "noise"],
    "now": [NOW],
    "state_name": ["办理中"],
    "urgency_name": ["紧急"],
    "node": ["桂语里3栋"],
    "words": ["电梯停了"],
    "outcome": ["修好了", ""],
    "took": [timedelta(minutes=3)],
    "reported_at": [NOW - timedelta(days=1)],
    "until": [NOW + timedelta(days=3)],
    "since": [NOW - timedelta(minutes=10)],
    "reason": ["等配件"],
    "rooms": [3],
    "some": [("3栋群", "5栋群")],
    "text": ["明天停水"],
    "evidence": [("停了",), ()],
    "lines": [()],
    "choices": [(("0511-001", "电梯停了"), ("0511-002", "漏水"))],
    "troubles": [(("3栋群", "failed", "群主限制了发言"), ("5栋群", "unconfirmed", "没有回应")), ()],
    "hold_until": [None, NOW + timedelta(days=2)],
    "names": [("电梯", "噪声扰民")],
    "item": [12, None],
    "file": ["图片.jpg", None],
    "left": [0, 3],
    "detail": ["", "不归我管"],
    "verb_name": ["办结"],
    "kind_name": ["居民群"],
    "room": ["3栋群"],
    "masked": [0, 2],
    "parts": [0, 1],
    "by": ["张单元长"],
}


def samples(kind: type[Saying]) -> list[Saying]:
    """Sayings with every combination of sample values."""
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    values = []
    for field in fields:
        hint = hints[field.name]
        found = SAMPLES.get(field.name) or [_value(hint)]
        optional = isinstance(hint, types.UnionType)
        values.append([one for one in found if one is not None or optional])
    return [kind(**dict(zip((field.name for field in fields), chosen, strict=True))) for chosen in product(*values)]


def _value(hint: Any) -> Any:
    return {int: 2, str: "字", bool: True, datetime: NOW}[hint]


def test_every_saying_has_exactly_one_sentence() -> None:
    assert set(SENTENCES) == set(ALL)


@pytest.mark.parametrize("kind", ALL, ids=lambda one: one.__name__)
def test_every_sentence_fits_its_saying(kind: type[Saying]) -> None:
    for saying in samples(kind):
        text = voice(saying, ZONE)
        assert text.strip() == text
        assert text
        assert not re.search(r"[{}]|，，|。。|，。|「」|\(\)|（）| ，|：$", text), text
        assert not [word for word in BANNED if word in text], text
        assert mask(text) == text
        longest = 400 if kind is HowTo or "choices" in text else 260
        assert len(text) <= longest, text
        if kind not in (NoticeText, TicketLine) and "\n" not in text:
            assert text[-1] in "。？」", text


def test_times_are_said_the_way_people_do() -> None:
    assert when(NOW, NOW, ZONE) == "今天 12:00"
    assert when(NOW + timedelta(hours=13), NOW, ZONE) == "明天 01:00"
    assert when(NOW - timedelta(hours=13), NOW, ZONE) == "昨天 23:00"
    assert when(NOW + timedelta(days=9), NOW, ZONE) == "5月20日 12:00"
    assert [how_long(timedelta(minutes=m)) for m in (0, 1, 59, 60, 65, 1440, 1500, 4320)] == [
        "1 分钟",
        "1 分钟",
        "59 分钟",
        "1 小时",
        "1 小时 5 分钟",
        "1 天",
        "1 天 1 小时",
        "3 天",
    ]
