"""Building, unit, floor and room, read from numbers and what stands around them."""

import re
from collections.abc import Iterator

from nlp.places.measures import (
    BELOW_BARE,
    COUNTED,
    DOOR_CONTEXT,
    DOOR_FOLLOWED,
    DOOR_SUBJECT,
    HOUSE_NUMBER,
    LIST,
    LIVING_AT,
    MEASURE,
    NOT_A_DOOR,
    NOT_A_HOUSE,
    PILED,
    RANGE,
    REACHING,
    VITAMIN,
)
from nlp.places.numbers import Numeral, numerals
from nlp.places.span import Field, Span, Taken
from nlp.places.words import place_words

_DASH = r"\s?[-—–−]\s?"
# 9-2-1201, 9-1201; 5-1电梯 is a building and its unit, 楼上26-6 a floor and its door.
DOOR_NUMBER = re.compile(
    rf"(?<![0-9a-z./:~—–-])(?P<building>[ac-z]?[1-9][0-9]{{0,2}})(?:{_DASH}(?P<unit>[1-9][0-9]?)(?![0-9])(?:{_DASH}(?P<floor>[1-9][0-9]?)(?![0-9]))?)?"
    rf"{_DASH}(?P<room>[1-9][0-9]{{2,3}})(?![0-9.:—–-]|元|块|户|人)"
)
UNIT_NUMBER = re.compile(
    rf"(?<![0-9a-z./:~—–-])(?P<building>[a-z]?[1-9][0-9]?){_DASH}(?P<unit>[1-9])(?=单元|电梯|门口|门禁|楼[道上下梯顶]|这部|那部)(?:单元)?"
)
UNIT_ALONE = re.compile(rf"(?:^|(?<=\n))(?P<building>[1-9][0-9]?){_DASH}(?P<unit>[1-9])(?=\s?(?:\n|$))")
FLOOR_DOOR = re.compile(
    rf"(?P<context>楼上|楼下|隔壁|对门|我家)(?P<floor>[1-9][0-9]?){_DASH}(?P<door>[1-9][0-9]?)(?![0-9元块号.-])"
)
LETTER = re.compile(
    r"(?<![a-z0-9])(?P<letter>[a-z])\s?(?P<kind>座|栋|幢|号楼|楼(?!上|下)|单元)"
    r"|(?P<side>[东西南北中甲乙丙丁])(?P<kind2>单元|[栋幢](?!楼|房)|座(?=[0-9楼大门])|楼(?![梯道上下内外角面]))"
)
_BEHIND_ROW = re.compile(r"[0-9一二三四五六七八九十]{1,3}[号户家]|[东西]头")
# A line that holds nothing but a door's number: 1512, A1912.
ALONE = re.compile(
    r"(?:^|(?<=\n))\s?(?P<building>[a-h])?(?P<room>(?:(?<=[a-h])|(?!19[0-9]{2}|202))[1-9][0-9]{2,3})\s?(?=\n|$|[,，])"
)


def built(folded: str, taken: Taken) -> list[Span]:
    """The parts of a building named in a folded text; what they occupy is marked in `taken`."""
    spans = [span for span in (*_dashed(folded), *_lettered(folded)) if taken.free(span.start, span.end)]
    for span in spans:
        taken.take(span.start, span.end)
    numbers = [number for number in numerals(folded) if taken.free(number.start, number.end)]
    for span in _Reader(folded, numbers, spans).read():
        taken.take(span.start, span.end)
        spans.append(span)
    return sorted(spans, key=lambda span: span.start)


def _dashed(folded: str) -> Iterator[Span]:
    for match in ALONE.finditer(folded):
        if "\n" in folded and 0 < int(match["room"]) % 100 <= 40:
            yield from _groups(match)
    if not any(dash in folded for dash in "-—–−"):
        return
    if "\n" in folded:
        for match in UNIT_ALONE.finditer(folded):
            yield from _groups(match)
    for match in DOOR_NUMBER.finditer(folded):
        yield from _groups(match)
    for match in UNIT_NUMBER.finditer(folded):
        yield from _groups(match)
    for match in FLOOR_DOOR.finditer(folded):
        yield Span("floor", match["floor"], match.start("floor"), match.end("floor"))
        yield Span("room", match["door"], match.start("door"), match.end("door"))


def _groups(match: re.Match[str]) -> Iterator[Span]:
    parts: tuple[Field, ...] = ("building", "unit", "floor", "room")
    for part in parts:
        if part in match.re.groupindex and match[part]:
            yield Span(part, match[part].upper(), match.start(part), match.end(part))


def _lettered(folded: str) -> Iterator[Span]:
    for match in LETTER.finditer(folded):
        value = (match["letter"] or match["side"]).upper()
        kind = match["kind"] or match["kind2"]
        yield Span("unit" if kind == "单元" else "building", value, match.start(), match.end())


class _Reader:
    """Reads one text's numbers from left to right; each may lean on the part that ended just before it."""

    def __init__(self, folded: str, numbers: list[Numeral], before: list[Span]) -> None:
        self._text = folded
        self._numbers = numbers
        self._ends = {span.end: span.field for span in before}
        self._skip = -1
        self._counting = place_words().counting

    def read(self) -> Iterator[Span]:
        for index, number in enumerate(self._numbers):
            if number.start < self._skip:
                continue
            span = self._one(index, number)
            if span is not None:
                self._ends[span.end] = span.field
                yield span

    def _one(self, index: int, number: Numeral) -> Span | None:
        if number.below:
            return self._below(number)
        measure = MEASURE.match(self._text, number.end)
        if measure is None:
            return self._listed(index, number) or self._door(number)
        kind = measure.lastgroup
        end = measure.end()
        if kind == "building" and not self._counts("building", number, end, measure[0]):
            return Span("building", number.value, number.start, end)
        if kind == "unit" and not self._counts("unit", number, end, measure[0]):
            return Span("unit", number.value, number.start, end)
        if kind == "floor":
            return self._floor(index, number, end, measure[0])
        if kind == "room" and number.size >= (1 if self._ends.get(number.start) else 100):
            return None if self._counts("room", number, end, measure[0]) else self._span("room", number, end)
        return self._other(kind, number, end)

    def _other(self, kind: str | None, number: Numeral, end: int) -> Span | None:
        if kind == "number":
            return self._house(number, end)
        if kind == "lane" and number.size > 1:
            return Span("road", self._text[number.start : end], number.start, end)
        if kind == "row" and number.size > 0 and _BEHIND_ROW.match(self._text, end):
            return self._span("building", number, end)
        if kind == "gate" and self._leans(number, "building"):
            return self._span("unit", number, end)
        if kind == "household" and self._leans(number, "building", "unit") and 100 <= number.size < 10_000:
            return self._span("room", number, end)
        return None

    def _span(self, field: Field, number: Numeral, end: int) -> Span:
        return Span(field, number.value, number.start, end)

    def _leans(self, number: Numeral, *fields: str) -> str | None:
        """The part that ends right before the number, if it is one of `fields`; commas and 的 may stand between."""
        for gap in range(3):
            field = self._ends.get(number.start - gap)
            if field is not None:
                between = self._text[number.start - gap : number.start]
                return field if field in fields and not between.strip(" ,，、的之-") else None
        return None

    def _counts(self, kind: str, number: Numeral, end: int, measure: str) -> bool:
        """Whether number and measure word only say how many (两栋, 一栋别墅, 共3栋, 100栋)."""
        if number.size == 0 or number.words in ("两", "俩"):
            return True
        if number.words.startswith("0"):
            return True
        if "号" in measure or "#" in measure:
            return kind != "building" and COUNTED[kind].match(self._text, end) is not None
        if kind == "building" and number.size >= 100 and number.size % 10 == 0 and number.value.isdigit():
            return True
        if COUNTED[kind].match(self._text, end):
            return True
        before = self._text[max(0, number.start - 2) : number.start]
        return before.endswith(self._counting["storey" if "层" in measure else kind])

    def _floor(self, index: int, number: Numeral, end: int, measure: str) -> Span | None:
        text = self._text
        following = self._numbers[index + 1] if index + 1 < len(self._numbers) else None
        named = number.value[0].isalpha() or self._is_building(number, following, end)
        if named and "楼" in measure and "层" not in measure:
            return self._span("building", number, end)
        spread = RANGE.match(text, end)
        if spread is not None:
            self._skip = spread.end()  # 三楼到六楼 begins at the third
        before = text[max(0, number.start - 2) : number.start]
        if before.endswith(REACHING) or (before.endswith("到") and text.startswith("才", end)):
            return None
        if number.words == "一" and "层" in measure and before.strip() and PILED.match(text, end):
            return None  # 苍蝇一层
        if number.size > 70 or (self._counts("floor", number, end, measure) and not before.endswith("整个")):
            return None
        if measure.strip() == "层楼" and not self._leans(number, "building", "unit"):
            return None
        return self._span("floor", number, end)

    def _is_building(self, number: Numeral, following: Numeral | None, end: int) -> bool:
        """3楼2单元 and 20楼107 name a building, 12楼1201 a floor and a door on it."""
        if following is None or following.start - end > 1:
            return False
        measure = MEASURE.match(self._text, following.end)
        if measure is not None and measure.lastgroup in ("unit", "gate"):
            return True
        door = measure is None or measure.lastgroup == "room"
        return door and 100 <= following.size < 10_000 and following.size // 100 != number.size

    def _below(self, number: Numeral) -> Span | None:
        text, start = self._text, number.start
        suffix = text[number.end : number.end + 1]
        if not 0 < number.size < 7 or text[max(0, start - 1) : start] == "去":
            return None
        words = text[start : number.end]
        if words[0] in "-地" and suffix not in ("层", "楼", "f"):
            return None
        if words[0] == "b" and (
            text[max(0, start - 3) : start].endswith(VITAMIN) or text.startswith(VITAMIN, number.end)
        ):
            return None
        if words[0] == "负" and BELOW_BARE.match(text, number.end) is None:
            return None
        return Span("floor", f"-{number.size}", start, number.end + (suffix in ("层", "楼") and suffix != ""))

    def _house(self, number: Numeral, end: int) -> Span | None:
        """12号 as the number of a house or entrance, or as the door behind a building (三排5号)."""
        text, start = self._text, number.start
        if self._leans(number, "building", "unit"):
            return self._span("room", number, end)
        before = text[max(0, start - 2) : start]
        if number.size == 0 or before.endswith(NOT_A_HOUSE) or number.words.startswith("0"):
            return None
        lives = before.endswith(LIVING_AT) and (end == len(text) or text[end] in ",，。 \n")
        if lives or HOUSE_NUMBER.match(text, end) or self._leans(number, "road"):
            return self._span("building", number, end)
        return None

    def _listed(self, index: int, number: Numeral) -> Span | None:
        """The 3 of 3、4、5栋: it shares the measure word of the last number of the list."""
        text, end = self._text, number.end
        for following in self._numbers[index + 1 : index + 6]:
            joint = LIST.match(text, end)
            if joint is None or joint.end() != following.start:
                return None
            measure = MEASURE.match(text, following.end)
            if measure is not None:
                kind = measure.lastgroup
                if kind in ("building", "unit") and not self._counts(kind, following, measure.end(), measure[0]):
                    return self._span("building" if kind == "building" else "unit", number, number.end)
                return None
            end = following.end
        return None

    def _door(self, number: Numeral) -> Span | None:
        """A number of three or four digits that stands where a door would: 20号楼107, 隔壁1206, 107门口."""
        text, start, end = self._text, number.start, number.end
        if not (100 <= number.size < 10_000) or number.words[0] == "0" or number.value[0].isalpha():
            return None
        if self._leans(number, "building", "unit", "floor"):
            return None if NOT_A_DOOR.match(text, end) else self._span("room", number, end)
        if not 0 < number.size % 100 <= 30 or not number.words.isascii() or NOT_A_DOOR.match(text, end):
            return None
        begins = (start == 0 or text[start - 1] in "\n,，。 ") and DOOR_SUBJECT.match(text, end)
        if begins or text[max(0, start - 2) : start].endswith(DOOR_CONTEXT) or DOOR_FOLLOWED.match(text, end):
            return self._span("room", number, end)
        return None
