"""Spots put together as people do: what kind it is, the thing or place, and which part of it (消防楼梯拐角)."""

import re
from collections.abc import Iterator

from nlp.places.words import PLACE, THING, PlaceWords

_DEEPEST = 2  # words of kind before the head: 地下 非机动车 车库
# Which part of a place or thing is meant; 门口 of what one can go into, a corner of what has one.
_PART = re.compile(
    r"(?:大?门口|门前|门外|入口|出口|出入口|进口|进出口|拐角|转角|拐弯|尽头)"
    r"(?:处(?!理))?"
)
_SIDES = frozenset("里上下边底头")
_ENTERED = frozenset("店馆房所库堂铺摊吧院室厂园场站")
# What lies beside a building or an estate is named by it: 小区后面, 学校背后.
_BESIDE = re.compile(
    r"(?:小区|学校|村子?|厂子?|院子?|(?<![0-9号栋])楼)"
    r"(?:[前后]面(?!板)|[前后]头|背后|外面|外头|对面|(?:附近|周边)(?!的))"
)
# At a wall and in a yard: 东墙根, 墙脚, 院当中.
_WALL = re.compile(r"[东西南北前后侧](?:围|院|外|山)?墙[根脚角]|院墙[根脚]|墙[根脚]|院(?:当[中间]|中间|门外|墙外)")
# What is told from others by its number: 三期入口, 3号车库.
_NUMBERED = re.compile(
    r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2})"
    r"(?:期(?:入口|出口|工地)|号(?:路口|车库|地库|车棚|院门))"
)


def beside(folded: str) -> Iterator[tuple[int, int]]:
    """Where the places named by side, wall or number begin and end."""
    for pattern in (_BESIDE, _WALL, _NUMBERED):
        for match in pattern.finditer(folded):
            yield match.span()


def composed(folded: str, place: int, words: PlaceWords) -> list[tuple[int, int, str]]:
    """(end, worth, head) of the spots that begin at `place`, the longest first: with its kind, and the bare word."""
    found: list[tuple[int, int, str]] = []
    plain = words.spot_at(folded, place)
    whole = _head(folded, place, words, _DEEPEST)
    for end, worth, head in (whole, _bare(place, plain)):
        if not head or (found and end == found[0][0]):
            continue
        part = _PART.match(folded, end) if worth >= THING or head[-1] in _ENTERED else None
        found.append((end, worth, head) if part is None else (part.end(), PLACE, head))
    return found


def _bare(place: int, hit: tuple[str, int] | None) -> tuple[int, int, str]:
    return (place, 0, "") if hit is None else (place + len(hit[0]), hit[1], hit[0])


def _head(folded: str, place: int, words: PlaceWords, deep: int) -> tuple[int, int, str]:
    if place >= len(folded):
        return place, 0, ""
    best = _bare(place, words.spot_at(folded, place))
    if not deep or (place and folded[place - 1] in words.not_before_kind):
        return best
    for kind in words.kinds.get(folded[place], ()):
        if folded.startswith(kind, place):
            inner = _head(folded, place + len(kind), words, deep - 1)
            if inner[2] and inner[1] >= THING and inner[0] > best[0] and inner[2][-1] not in _SIDES:
                best = inner
    return best
