"""Parts of a building joined by dashes, alone on a line, or named by a letter: 9-2-1201, 1512, A座."""

import re
from collections.abc import Iterator

from nlp.places.span import Field, Span

_DASH = r"\s?[-—–−]\s?"
# 9-2-1201, 9-1201; 5-1电梯 is a building and its unit, 楼上26-6 a floor and its door.
_DOOR_NUMBER = re.compile(
    rf"(?<![0-9a-z./:~—–-])(?P<building>[ac-z]?[1-9][0-9]{{0,2}})(?:{_DASH}(?P<unit>[1-9][0-9]?)(?![0-9])(?:{_DASH}(?P<floor>[1-9][0-9]?)(?![0-9]))?)?"
    rf"{_DASH}(?P<room>[1-9][0-9]{{2,3}})(?![0-9.:—–-]|元|块|户|人)"
)
_UNIT_NUMBER = re.compile(
    rf"(?<![0-9a-z./:~—–-])(?P<building>[a-z]?[1-9][0-9]?){_DASH}(?P<unit>[1-9])(?=单元|电梯|门洞|门口|门禁|楼[道上下梯顶]|这部|那部)(?:单元|门洞)?"
)
_UNIT_ALONE = re.compile(rf"(?:^|(?<=\n))(?P<building>[1-9][0-9]?){_DASH}(?P<unit>[1-9])(?=\s?(?:\n|$))")
_UNIT_LIVED_IN = re.compile(
    rf"(?:人在|家在|住在?|住的是)(?P<building>[1-9][0-9]?){_DASH}(?P<unit>[1-9])(?=[\s,，。!！?？]|$)"
)
_FLOOR_DOOR = re.compile(
    rf"(?P<context>楼上|楼下|隔壁|对门|我家)(?P<floor>[1-9][0-9]?){_DASH}(?P<door>[1-9][0-9]?)(?![0-9元块号.-])"
)
# A line that holds nothing but a door's number: 1512, A1912.
_ALONE = re.compile(
    r"(?:^|(?<=\n))\s?(?P<building>[a-h])?(?P<room>(?:(?<=[a-h])|(?!19[0-9]{2}|202))[1-9][0-9]{2,3})\s?(?=\n|$|[,，])"
)
# Doors below the tenth floor are also written with four digits: 0906.
_ZERO = re.compile(
    r"(?<![0-9a-z./:-])(?P<room>0[1-9](?:0[1-9]|[1-3][0-9]))(?=室|房|门[口缝铃前]|住户|业主|邻居|租[户客]|那[家户])室?"
)
_LETTER = re.compile(
    r"(?<![a-z0-9])(?P<letter>[a-z])\s?(?P<kind>座|栋|幢|号楼|楼(?!上|下)|单元)"
    r"|(?P<side>[东西南北中甲乙丙丁])(?P<kind2>单元|[栋幢](?!楼|房)|座(?=[0-9楼大门])|楼(?![梯道上下内外角面]))"
)


def dashed(folded: str) -> Iterator[Span]:
    """What a text names by numbers without measure words."""
    for match in _ALONE.finditer(folded):
        if "\n" in folded and 0 < int(match["room"]) % 100 <= 40:
            yield from _groups(match)
    for match in _ZERO.finditer(folded):
        yield from _groups(match)
    if not any(dash in folded for dash in "-—–−"):
        return
    if "\n" in folded:
        for match in _UNIT_ALONE.finditer(folded):
            yield from _groups(match)
    for pattern in (_DOOR_NUMBER, _UNIT_NUMBER, _UNIT_LIVED_IN):
        for match in pattern.finditer(folded):
            yield from _groups(match)
    for match in _FLOOR_DOOR.finditer(folded):
        yield Span("floor", match["floor"], match.start("floor"), match.end("floor"))
        yield Span("room", match["door"], match.start("door"), match.end("door"))


def _groups(match: re.Match[str]) -> Iterator[Span]:
    parts: tuple[Field, ...] = ("building", "unit", "floor", "room")
    for part in parts:
        if part in match.re.groupindex and match[part]:
            yield Span(part, match[part].upper(), match.start(part), match.end(part))


def lettered(folded: str) -> Iterator[Span]:
    """Buildings and units named by a letter, a side or one of 甲乙丙丁."""
    for match in _LETTER.finditer(folded):
        value = (match["letter"] or match["side"]).upper()
        kind = match["kind"] or match["kind2"]
        yield Span("unit" if kind == "单元" else "building", value, match.start(), match.end())
