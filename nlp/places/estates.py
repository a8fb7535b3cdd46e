"""Estates by name: those of the org tree anywhere, others where a word for an estate ends the name (桂语里小区)."""

import functools
import re
from collections.abc import Iterator

from nlp.normalize import fold
from nlp.places.span import Names, Span
from nlp.places.words import place_words

_KIND = re.compile(r"小区|花园|家园|新村|公寓|佳苑|雅苑|新苑|名苑|华庭|华府|名邸|府邸")
# What has the word of an estate and is none.
_COMMON = re.compile(r"空中|屋顶|楼顶|街心|口袋|中心|社区|人才|长租|青年|单身|廉租|员工|职工|学生|教师|蓝领")
# What is an estate by its number: 27号院, 三组团.
_PART = re.compile(r"(?:[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?:组团|号大?院(?![子墙]))")
# What nobody means by a name's second pair: 一米菜园 isn't called 菜园.
_ORDINARY = re.compile(r"[一-龥]{2}(?:[菜果公校茶]园|大院|宿舍|大厦|大楼|广场|市场|商城|中心|学校|社区)")
_CHINESE = re.compile(r"[一-龥]{4}")
_FROM = ("离", "距")  # what something is twenty steps from isn't where it is
_LONGEST = 4  # characters of a name before its kind


def estates(folded: str, names: Names) -> Iterator[Span]:
    """The estate named in a folded text; of several names known, the longest."""
    for name in _called(names.estates):
        start = folded.find(name)
        if start >= 0 and not folded.startswith(_FROM, start - 1 if start else 0):
            yield Span("estate", name, start, start + len(name))
            return
    for part in _PART.finditer(folded):
        if not folded.startswith(_FROM, max(0, part.start() - 1)):
            yield Span("estate", part[0], part.start(), part.end())
            return
    never = place_words().never_in_estate
    for match in _KIND.finditer(folded):
        start, first = match.start(), max(0, match.start() - _LONGEST)
        while start > first and "一" <= folded[start - 1] <= "龥" and folded[start - 1] not in never:
            start -= 1
        if match.start() - start >= 2 and not _COMMON.fullmatch(folded, start, match.start()):
            yield Span("estate", folded[start : match.end()], start, match.end())
            return


@functools.lru_cache(maxsize=64)
def _called(estates: frozenset[str]) -> tuple[str, ...]:
    """What people call the estates, the longest first: the name, and the pair of it that tells (梁溪云筑, 云筑)."""
    folded = {fold(name) for name in estates if name}
    folded |= {pair for name in folded if _CHINESE.fullmatch(name) for pair in _telling(name)}
    return tuple(sorted(folded, key=lambda name: (-len(name), name)))


def _telling(name: str) -> Iterator[str]:
    """云筑 of 梁溪云筑, 青槐 of 青槐公寓, nothing of 青年公寓 and 一米菜园."""
    if _KIND.fullmatch(name, 2):
        if not _COMMON.match(name):
            yield name[:2]
    elif not _ORDINARY.fullmatch(name):
        yield name[2:]
