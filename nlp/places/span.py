"""What a place is made of, and where in the text each part was said."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

Field = Literal["estate", "road", "building", "unit", "floor", "room", "spot"]
FIELDS: tuple[Field, ...] = ("estate", "road", "building", "unit", "floor", "room", "spot")


@dataclass(frozen=True, slots=True)
class Span:
    """One part of a place as it was said: `text[start:end]` are the words, `value` their normal form."""

    field: Field
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place in normal form: digits without suffix (三栋 → building "3"), floors below ground negative, spots as said.

    What wasn't said is None; a place of which nothing was said is false.
    """

    estate: str | None = None
    road: str | None = None
    building: str | None = None
    unit: str | None = None
    floor: str | None = None
    room: str | None = None
    spot: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, part.name) is not None for part in fields(self))

    def as_dict(self) -> dict[str, str | None]:
        """All seven parts in their order, as JSON output shows them."""
        return {part.name: getattr(self, part.name) for part in fields(self)}


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the places around a room, from the org tree: what no grammar can know.

    They are compared folded, and taken wherever they are said, with or without 小区, 路 and the like.
    """

    estates: frozenset[str] = frozenset()
    roads: frozenset[str] = frozenset()
    spots: frozenset[str] = frozenset()


class Taken:
    """Which characters of a text already belong to a part of the place, so that nothing is read twice."""

    def __init__(self, size: int) -> None:
        self._marks = bytearray(size)

    def take(self, start: int, end: int) -> None:
        """Mark the characters from `start` to `end`."""
        self._marks[start:end] = b"\1" * (end - start)

    def free(self, start: int, end: int) -> bool:
        """Whether none of the characters from `start` to `end` is taken."""
        return self._marks.find(1, start, end) < 0


def place_of(spans: Iterable[Span]) -> Place:
    """The place that spans tell: the first said of each part, as the spans come."""
    parts: dict[str, str] = {}
    for span in spans:
        parts.setdefault(span.field, span.value)
    return Place(**parts)
