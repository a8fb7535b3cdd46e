"""The day until when something waits, as staff write it: 周五, 明天, 3天, 5月20日."""

import re
from datetime import date, datetime, time, timedelta, tzinfo

_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7, "七": 7, "十": 10}
_AHEAD = re.compile(r"(\d{1,3}|[一二两三四五六七十])\s*(天|日(?=之?后|内)|周|个?星期|个?月)(?:后|之后|内)?(?!\s*\d)")
_OF_MONTH = re.compile(r"(?<![\d月./\-])(\d{1,2})\s*[日号](?![楼栋院门])")
_WEEKDAY = re.compile(r"(下)?(?:个)?(?:周|星期|礼拜)([一二三四五六日天])")
_DATE = re.compile(r"(\d{1,2})\s*(?:月|[./])\s*(\d{1,2})\s*[日号]?")
_WORDS = {"今天": 0, "明天": 1, "明早": 1, "大后天": 3, "后天": 2}
_WORD = re.compile("|".join([*_WORDS, "月底"]))


def find_day(text: str, now: datetime, zone: tzinfo) -> tuple[datetime | None, str]:
    """Return the end (18:00) of the day that a text names, in the zone of `now`, and the text without it."""
    today = now.astimezone(zone).date()
    for read in (_read_date, _read_weekday, _read_ahead, _read_of_month, _read_word):
        found = read(text, today)
        if found is not None:
            day, match = found
            until = datetime.combine(day, time(18), zone).astimezone(now.tzinfo)
            rest = (text[: match.start()] + text[match.end() :]).strip(" ,，。:：到至")
            return until, rest
    return None, text.strip()


Found = tuple[date, re.Match[str]] | None


def _read_date(text: str, today: date) -> Found:
    """Read 5月20日: this year's, or the next one's where it has passed."""
    match = _DATE.search(text)
    if match is None:
        return None
    for year in (today.year, today.year + 1):
        try:
            day = date(year, int(match[1]), int(match[2]))
        except ValueError:
            continue
        if day >= today:
            return day, match
    return None


def _read_weekday(text: str, today: date) -> Found:
    """Read 周五 (the coming one) and 下周五 (next week's)."""
    match = _WEEKDAY.search(text)
    if match is None:
        return None
    weekday = _DIGITS[match[2]]
    if match[1]:
        return today + timedelta(days=7 - today.isoweekday() + weekday), match
    return today + timedelta(days=(weekday - today.isoweekday()) % 7 or 7), match


def _read_ahead(text: str, today: date) -> Found:
    """Read 3天, 两周, 一个月后."""
    match = _AHEAD.search(text)
    if match is None:
        return None
    count = int(match[1]) if match[1].isdigit() else _DIGITS[match[1]]
    unit = 30 if "月" in match[2] else 7 if "周" in match[2] or "星期" in match[2] else 1
    return today + timedelta(days=count * unit), match


def _read_of_month(text: str, today: date) -> Found:
    """Read 20号: the coming one."""
    match = _OF_MONTH.search(text)
    if match is None:
        return None
    following = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
    for month in (today, following):
        try:
            day = month.replace(day=int(match[1]))
        except ValueError:
            continue
        if day >= today:
            return day, match
    return None


def _read_word(text: str, today: date) -> Found:
    """Read 今天, 明天, 大后天, 月底."""
    match = _WORD.search(text)
    if match is None:
        return None
    if match[0] == "月底":
        first_of_next = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
        return first_of_next - timedelta(days=1), match
    return today + timedelta(days=_WORDS[match[0]]), match
