"""Building, unit, floor and room, read from numbers and what stands around them."""

import re
from collections.abc import Iterator

from nlp.places.dashed import dashed, lettered
from nlp.places.houses import is_block, is_door, is_house
from nlp.places.measures import COUNTED, LIST, MEASURE, RANGE, SEATED
from nlp.places.numbers import Numeral, numerals
from nlp.places.span import Field, Span, Taken
from nlp.places.storeys import HIGHEST, below_ground, is_no_floor, is_once, stands_at
from nlp.places.words import place_words

_BEHIND_ROW = re.compile(r"[0-9一二三四五六七八九十]{1,3}[号户家]|[东西]头")
# Where houses call their entrances 门: 三门那新电梯, 二门儿楼梯口; 一门课 is none.
_ENTRANCE = re.compile(r"门(?:儿|[那这](?![门学课])|楼[梯道]|新?电[梯剃])")
_SHARED: dict[str | None, Field] = {"building": "building", "unit": "unit", "floor": "floor"}  # of lists and ranges


def built(folded: str, taken: Taken) -> list[Span]:
    """The parts of a building named in a folded text; what they occupy is marked in `taken`."""
    spans = [span for span in (*dashed(folded), *lettered(folded)) if taken.free(span.start, span.end)]
    for span in spans:
        taken.take(span.start, span.end)
    numbers = [number for number in numerals(folded) if taken.free(number.start, number.end)]
    for span in _Reader(folded, numbers, spans).read():
        taken.take(span.start, span.end)
        spans.append(span)
    return sorted(spans, key=lambda span: span.start)


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
            return self._listed(index, number) or self._bare(number)
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
        if kind == "gate":
            return self._gate(number, end)
        if kind == "household" and self._leans(number, "building", "unit") and 100 <= number.size < 10_000:
            return self._span("room", number, end)
        return None

    def _gate(self, number: Numeral, end: int) -> Span | None:
        """三门 behind a building is its unit, and where a clause begins with it; C6门 is the building's."""
        text, start = self._text, number.start
        if is_block(text, start, number.end):
            return self._span("building", number, number.end)
        begins = start == 0 or text[start - 1] in "\n,，。 "
        entrance = begins and 0 < number.size < 13 and _ENTRANCE.match(text, number.end)
        return self._span("unit", number, end) if entrance or self._leans(number, "building") else None

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
        if "座" in measure and SEATED.match(self._text, end):
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
        leans = self._leans(number, "building", "unit")
        if is_no_floor(text, number, end, measure, leans=leans is not None):
            return self._door(number) if "楼" in measure else None
        if self._counts("floor", number, end, measure):
            return None
        if measure.strip() == "层楼" and not leans:
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
        if is_block(self._text, number.start, number.end):
            return Span("building", f"B{number.size}", number.start, number.end)
        end = below_ground(self._text, number)
        return None if end is None else Span("floor", f"-{number.size}", number.start, end)

    def _house(self, number: Numeral, end: int) -> Span | None:
        """12号 as the number of a house or entrance, or as the door behind a building (三排5号)."""
        if self._leans(number, "building", "unit"):
            return self._span("room", number, end)
        if is_house(self._text, number, end, on_road=self._leans(number, "road") is not None):
            return self._span("building", number, end)
        return None

    def _listed(self, index: int, number: Numeral) -> Span | None:
        """The 3 of 3、4、5栋 and of 3到5层: it shares the measure word of the last number of the list."""
        text, end = self._text, number.end
        for following in self._numbers[index + 1 : index + 6]:
            joint = LIST.match(text, end)
            if joint is None or joint.end() != following.start:
                return None
            measure = MEASURE.match(text, following.end)
            if measure is not None:
                return self._shared(number, following, measure)
            end = following.end
        return None

    def _shared(self, number: Numeral, last: Numeral, measure: re.Match[str]) -> Span | None:
        field, end = _SHARED.get(measure.lastgroup), measure.end()
        if field is None:
            return None
        if field != "floor":
            return None if self._counts(field, last, end, measure[0]) else self._span(field, number, number.end)
        clock = number.start > 0 and self._text[number.start - 1] in ":.点月"
        if clock or not 0 < number.size <= HIGHEST or is_once(self._text, number, end):
            return None
        if self._counts(field, number, end, measure[0]):
            self._skip = end  # 爬3到5层
            return None
        return self._span(field, number, number.end)

    def _bare(self, number: Numeral) -> Span | None:
        """A number without measure word: a door, a building with its letter, or the floor that a lift stands at."""
        if is_block(self._text, number.start, number.end):
            return self._span("building", number, number.end)
        if stands_at(self._text, number):
            return self._span("floor", number, number.end)
        return self._door(number)

    def _door(self, number: Numeral) -> Span | None:
        leans = self._leans(number, "building", "unit", "floor") is not None
        return self._span("room", number, number.end) if is_door(self._text, number, leans=leans) else None
