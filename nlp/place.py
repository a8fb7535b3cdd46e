"""Where it is: what the words of an utterance say, and what the room it was said in adds."""

import re
from dataclasses import dataclass, replace

from nlp.normalize import fold
from nlp.places.built import built
from nlp.places.choosing import READ, Reading, choose, spot_weights
from nlp.places.estates import estates
from nlp.places.roads import roads
from nlp.places.span import FIELDS, Field, Names, Place, Span, Taken, place_of
from nlp.places.spots import asks_authority, plain_spot, spots

__all__ = [
    "FIELDS",
    "Field",
    "Names",
    "Place",
    "Proposals",
    "Resolved",
    "Span",
    "find_place",
    "find_places",
    "merge",
    "proposals",
    "resolve",
]

_NO_NAMES = Names()
# Names of people that are @-ed, pictures and stickers, links and what is quoted say nothing about the place.
_NOT_SAID = re.compile(
    r"@[^\s@]{1,24}(?=[\s\u2005]|$)|\[[^\[\]\s]{1,8}\]|https?://[!-~]{1,300}"
    r"|「[^」]{0,500}」\s?\n(?:- ){5,40}-?\s?\n?"
)


def find_places(text: str, names: Names | None = None) -> tuple[Span, ...]:
    """Every part of a place that the text names, with the words that say it.

    In the order in which they matter: of each field the first is the one meant; a second building stands behind it.
    """
    said = proposals(text, names)
    stretch = choose(said.reading, spot_weights())
    if stretch is None:
        return (*said.parts, *(span for span in said.spots if span.end > READ))
    start, end = stretch
    others = [span for span in said.spots if span.end <= start or span.start >= end]
    return (*said.parts, Span("spot", plain_spot(text[start:end]), start, end), *others)


@dataclass(frozen=True, slots=True)
class Proposals:
    """What the rules find in a text: the other parts of a place, the spots, and the reading to choose from."""

    parts: list[Span]
    spots: list[Span]
    reading: Reading


def proposals(text: str, names: Names | None = None) -> Proposals:
    """What the rules alone tell of a place."""
    names = names or _NO_NAMES
    folded = _NOT_SAID.sub(lambda match: " " * len(match[0]), fold(text))
    taken = Taken(len(folded))
    parts: list[Span] = []
    for span in (*roads(folded, names), *estates(folded, names)):
        if taken.free(span.start, span.end):
            taken.take(span.start, span.end)
            parts.append(replace(span, value=text[span.start : span.end]))
    parts += built(folded, taken)
    found, refused = spots(text, folded, taken, names)
    reading = Reading(folded, taken, [(span.start, span.end) for span in found], refused, asked=asks_authority(folded))
    return Proposals(parts, found, reading)


def find_place(text: str, names: Names | None = None) -> Place:
    """The place that the words of an utterance (a burst joined by newlines) say; nothing is added to them."""
    return place_of(find_places(text, names))


@dataclass(frozen=True, slots=True)
class Resolved:
    """A place complete enough to send somebody to: what was said, and what only the room adds, kept apart."""

    said: Place
    added: Place

    @property
    def whole(self) -> Place:
        """Both as one place; a part that was said is never overruled."""
        return merge(self.said, self.added)


def merge(first: Place, second: Place) -> Place:
    """The parts of `first`, and of `second` those that `first` lacks."""
    return Place(*(getattr(first, field) or getattr(second, field) for field in FIELDS))


def resolve(place: Place, room_place: Place) -> Resolved:
    """What the room's node adds to a place that was said in it: in 3栋's group 我们楼下 is below building 3.

    A part is only added where nothing said contradicts it: who names another building than the room's gets the
    estate and nothing finer, who names another estate or a road (which may be anywhere) gets nothing of it. The
    estate said is the room's own if one name holds the other (桂语里, 桂语里小区).
    """
    if place.estate is not None and not _same_name(place.estate, room_place.estate):
        return Resolved(place, Place())
    added: dict[str, str] = {}
    order: tuple[Field, ...] = ("estate", "building", "unit", "floor", "room")
    for field in order:
        ours, theirs = getattr(place, field), getattr(room_place, field)
        if ours is None and theirs is not None:
            if field == "estate" or place.road is None:
                added[field] = theirs
        elif ours is not None and theirs is not None and field != "estate" and ours != theirs:
            break
    return Resolved(place, Place(**added))


def _same_name(one: str, other: str | None) -> bool:
    return other is not None and (one in other or other in one)
