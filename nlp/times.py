"""When it was: the time expressions of an utterance (昨晚, 从上周三起, 每天半夜, 三天了) as times."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from nlp.normalize import fold
from nlp.places.numbers import value_of

_NUMBER = r"[0-9]{1,2}|[一二两三四五六七八九十]{1,3}"
_POINT = re.compile(
    r"(?P<from>从|自从|打)?"
    r"(?:(?P<relative>大前|前|昨|今|明|后)(?P<kind>[天日晚夜早](?!饭|餐|市|点[心赶])|儿个?|朝)"
    r"|(?P<week>上上个?|上个?|这个?|本|下个?)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    rf"|(?P<month>{_NUMBER})月(?P<date>{_NUMBER})[号日]"
    r"|(?P<habit>每天|天天|日日|每晚|晚晚|夜夜|每夜|每到|一到|隔三差五|每周|每次|成日|见天))?"
    r"的?(?P<part>凌晨|清早|清晨|一大早|大清早|早上|早晨|上午|中午|晌午|大晌午|午休|下午|傍晚|晚上|夜里|夜晚|夜头|半夜|深夜|大半夜|后半夜|三更)?"
    rf"(?:(?P<hour>{_NUMBER})(?:点|时(?!候|间|常|不))(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>[0-5]?[0-9]|[一二三四五]?十?[一二三四五六七八九]?)分?)?(?P<vague>多|左右|来钟)?钟?"
    r"|(?<![0-9:])(?P<clock>(?:[01]?[0-9]|2[0-3])[:][0-5][0-9])(?![0-9:]))?"
    r"(?P<start>开始|起(?!来|火|床|码|飞|诉|名|重|风|坑|皮)|以来)?"
)
_LASTING = re.compile(
    r"(?P<more>大|小|快有?|整整)?(?P<count>半|好?几|一两|两三|三四|[0-9]{1,3}|[一二两俩仨三四五六七八九十]{1,3})"
    r"(?P<half>个半|个多|个|来|多)?(?P<unit>分钟|小时|钟头|天|周|星期|礼拜|月|年|宿|晚上|上午|下午|早上)"
    r"(?P<tail>以?之?前|多?了|多|都|没|冇|不|还没|未|来)?"
)
_JUST_NOW = re.compile(r"刚才|刚刚|刚(?=[看听进出到下上回走才])|现在|这会儿|眼下|正在|此刻|啱啱|而家")
_DAYS = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2}
_OF_DAY = {"早": "早上", "朝": "早上", "晚": "晚上", "夜": "晚上"}
# Hours from and to, counted from the day's midnight; what ends after 24 ends on the next day.
_PARTS = {
    "凌晨": (0, 6), "清早": (5, 8), "清晨": (5, 8), "一大早": (5, 8), "大清早": (5, 8), "早上": (5, 10),
    "早晨": (5, 10), "上午": (8, 12), "中午": (11, 14), "晌午": (11, 14), "大晌午": (11, 14), "午休": (12, 14),
    "下午": (12, 18), "傍晚": (17, 20), "晚上": (18, 30), "夜里": (20, 30), "夜晚": (18, 30), "夜头": (18, 30),
    "半夜": (23, 29), "深夜": (22, 29), "大半夜": (23, 29), "后半夜": (24, 30), "三更": (23, 29),
}  # fmt: skip
_UNITS = {
    "分钟": timedelta(minutes=1), "小时": timedelta(hours=1), "钟头": timedelta(hours=1), "天": timedelta(days=1),
    "周": timedelta(days=7), "星期": timedelta(days=7), "礼拜": timedelta(days=7), "月": timedelta(days=30),
    "年": timedelta(days=365), "宿": timedelta(hours=8), "晚上": timedelta(hours=8), "上午": timedelta(hours=4),
    "下午": timedelta(hours=5), "早上": timedelta(hours=3),
}  # fmt: skip
_COUNTS = {"半": 0.5, "几": 3.0, "好几": 4.0, "一两": 1.5, "两三": 2.5, "三四": 3.5, "俩": 2.0, "仨": 3.0}
_WEEKS = {"上": -1, "上上": -2, "这": 0, "本": 0, "下": 1}
_NIGHTLY = ("每晚", "晚晚", "夜夜", "每夜")
_UNTIL = ("到", "至", "-", "~", "一直到", "直到")
RECENT = timedelta(minutes=30)  # how far back 刚才 reaches


@dataclass(frozen=True, slots=True)
class TimeSaid:
    """A time that was said: `source[start:end]` is `text`; the bounds are aware, in the zone that was asked for.

    `until` None: it still goes on (三天了, 从上周三起). `recurring` (每天半夜): the bounds are those of its last time.
    """

    text: str
    start: int
    end: int
    since: datetime | None
    until: datetime | None
    recurring: bool = False


def find_times(text: str, now: datetime, zone: tzinfo) -> tuple[TimeSaid, ...]:
    """All times that a text names, from left to right, as seen at `now` (aware) by people who live in `zone`."""
    folded, here = fold(text), now.astimezone(zone)
    found = [
        TimeSaid(text[match.start() : match.end()], match.start(), match.end(), *bounds)
        for match in _LASTING.finditer(folded)
        if (bounds := _lasting(match, here)) is not None
    ]
    found += [
        TimeSaid(text[match.start() : match.end()], match.start(), match.end(), here - RECENT, here)
        for match in _JUST_NOW.finditer(folded)
    ]
    lasting = len(found)
    for match in _POINT.finditer(folded):
        start, end = match.span()
        bounds_or_none = _point(match, here)
        if bounds_or_none is not None and not any(start < one.end and one.start < end for one in found[:lasting]):
            found.append(TimeSaid(text[start:end], start, end, *bounds_or_none))
    return tuple(_joined(text, sorted(found, key=lambda one: one.start)))


def _joined(text: str, found: list[TimeSaid]) -> list[TimeSaid]:
    """明天9点到17点 as one span of time: the second hour is of the first one's day; 到现在 goes on."""
    joined: list[TimeSaid] = []
    for one in found:
        before = joined[-1] if joined else None
        if before is None or text[before.end : one.start] not in _UNTIL or before.since is None or one.since is None:
            joined.append(one)
            continue
        until: datetime | None = None
        if not _JUST_NOW.match(one.text):
            until = before.since.replace(hour=one.since.hour, minute=one.since.minute)
            until += timedelta(days=1) if until < before.since else timedelta()
        words = text[before.start : one.end]
        joined[-1] = TimeSaid(words, before.start, one.end, before.since, until, before.recurring)
    return joined


def _lasting(match: re.Match[str], here: datetime) -> tuple[datetime, datetime | None] | None:
    """三天了 goes on since three days; 三天前 was then, and is over."""
    unit, tail, count = match["unit"], match["tail"], match["count"]
    whole = unit in ("宿", "晚上", "上午", "下午", "早上") and count == "一"
    if (tail is None and not whole and count != "半") or (unit == "天" and count == "半" and tail is None):
        return None
    if (
        unit in ("月", "年")
        and match["half"] is None
        and unit == "月"
        and count not in ("半", "俩", "仨", "几", "好几")
    ):
        return None  # 三月 is March
    number = _COUNTS.get(count)
    number = float(value_of(count) or 0) if number is None else number
    if match["half"] == "个半":
        number += 0.5
    if not 0 < number < 400:
        return None
    since = here - _UNITS[unit] * number
    return (since, since) if tail is not None and tail.endswith("前") else (since, None)


def _point(match: re.Match[str], here: datetime) -> tuple[datetime, datetime | None, bool] | None:
    groups = match.groupdict()
    if not any(groups[name] for name in ("relative", "weekday", "month", "habit", "part", "hour", "clock")):
        return None
    if groups["hour"] == "一" and not any(groups[name] for name in ("part", "relative", "half", "minute", "vague")):
        return None  # a little
    day = _day(groups, here)
    if day is None:
        return None
    part = groups["part"] or _OF_DAY.get(groups["kind"] or "") or ("晚上" if groups["habit"] in _NIGHTLY else None)
    clock = _clock(groups, part, day, here)
    goes_on = bool(groups["start"]) or bool(groups["from"] and match["relative"])
    recurring = groups["habit"] is not None
    if clock is not None:
        end = clock + timedelta(hours=1) if groups["vague"] else clock
        return clock, None if goes_on else end, recurring
    hours = _PARTS[part] if part else (0, 24)
    since = day + timedelta(hours=hours[0])
    if since > here and (recurring or not _dated(groups)):  # 半夜 said in the morning: the night that was
        since -= timedelta(days=1)
    until = since + timedelta(hours=hours[1] - hours[0])
    return since, None if goes_on else until, recurring


def _dated(groups: dict[str, str | None]) -> bool:
    return any(groups[name] for name in ("relative", "weekday", "month"))


def _day(groups: dict[str, str | None], here: datetime) -> datetime | None:
    """Midnight of the day that is meant; None for a date that doesn't exist."""
    midnight = datetime.combine(here.date(), time(), here.tzinfo)
    if groups["relative"] is not None:
        return midnight + timedelta(days=_DAYS[groups["relative"]])
    if groups["weekday"] is not None:
        number = "一二三四五六日".index(groups["weekday"].replace("天", "日"))
        week = (groups["week"] or "").replace("个", "")
        days = number - here.weekday() + 7 * _WEEKS.get(week, 0)
        return midnight + timedelta(days=days - 7 if not week and days > 0 else days)
    if groups["month"] is not None and groups["date"] is not None:
        month, date = value_of(groups["month"]) or 0, value_of(groups["date"]) or 0
        try:
            day = midnight.replace(month=month, day=date)
            return day if day <= here + timedelta(days=92) else day.replace(year=day.year - 1)
        except ValueError:
            return None
    return midnight


def _clock(groups: dict[str, str | None], part: str | None, day: datetime, here: datetime) -> datetime | None:
    """The hour said, in the half of the day that part of day, or else the clock now, makes likely."""
    if groups["clock"] is not None:
        hour, minute = (int(figure) for figure in groups["clock"].split(":"))
        exact = True
    elif groups["hour"] is not None:
        hour, minute = value_of(groups["hour"]) or 0, _minute(groups)
        exact = False
    else:
        return None
    if hour > 24 or minute > 59:
        return None
    at = day + timedelta(hours=_full_hour(hour, part), minutes=minute)
    if part is None and not exact and hour <= 12 and not _dated(groups) and at + timedelta(hours=12) <= here:
        at += timedelta(hours=12)
    if not _dated(groups) and at > here + timedelta(hours=1):
        at -= timedelta(days=1)
    return at


def _minute(groups: dict[str, str | None]) -> int:
    if groups["half"]:
        return 30
    if groups["quarter"]:
        return 15 if groups["quarter"] == "一" else 45
    return value_of(groups["minute"]) or 0 if groups["minute"] else 0


def _full_hour(hour: int, part: str | None) -> int:
    """晚上八点 is 20, 半夜两点 is 2 of the next day, 下午三点 is 15."""
    if part is None or hour > 12:
        return hour
    first, last = _PARTS[part]
    return next((full for full in (hour, hour + 12, hour + 24) if first <= full < last), hour)
