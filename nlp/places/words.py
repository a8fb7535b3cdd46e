"""The word lists of places, `lexicon/places.toml`, as the readers of this package use them."""

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources

HOME, PLACE, THING, GENERAL, NEIGHBOUR = 4, 3, 2, 1, 0  # what a spot's word is worth


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """`spots`: by first character, (word, worth), the longest first; `heard_as`: what voice input makes of some.

    `kinds`: by first character, what before such a word says which one is meant (消防, 地下).
    `counting`: by kind of measure word, what before the number tells that it counts.
    """

    spots: dict[str, tuple[tuple[str, int], ...]]
    kinds: dict[str, tuple[str, ...]]
    heard_as: dict[str, str]
    counting: dict[str, tuple[str, ...]]
    not_roads: frozenset[str]
    not_road_ends: tuple[str, ...]
    never_in_road: frozenset[str]
    never_in_estate: frozenset[str]
    not_before_kind: frozenset[str]

    def spot_at(self, folded: str, place: int) -> tuple[str, int] | None:
        """The longest word for a spot that begins at `place`, and its worth."""
        for word, worth in self.spots.get(folded[place], ()):
            if folded.startswith(word, place):
                return word, worth
        return None


@functools.cache
def place_words() -> PlaceWords:
    """The shipped lists, read once, at the first use."""
    data = tomllib.loads(resources.files("nlp").joinpath("lexicon/places.toml").read_text("utf-8"))
    spots = data["spots"]
    heard_as: dict[str, str] = spots["heard_as"]
    worth_of: dict[str, int] = {}
    for worth, key in (
        (NEIGHBOUR, "neighbour"),
        (GENERAL, "general"),
        (THING, "thing"),
        (PLACE, "place"),
        (HOME, "home"),
    ):
        worth_of |= dict.fromkeys(spots[key].split(), worth)
    worth_of |= {word: worth_of[meant] for word, meant in heard_as.items()}
    by_first: dict[str, list[tuple[str, int]]] = {}
    for item in sorted(worth_of.items(), key=lambda item: (-len(item[0]), item[0])):
        by_first.setdefault(item[0][0], []).append(item)
    kinds: dict[str, list[str]] = {}
    for kind in sorted(spots["kinds"].split(), key=lambda kind: (-len(kind), kind)):
        kinds.setdefault(kind[0], []).append(kind)
    roads = data["roads"]
    return PlaceWords(
        spots={first: tuple(items) for first, items in by_first.items()},
        kinds={first: tuple(items) for first, items in kinds.items()},
        heard_as=heard_as,
        counting={kind: tuple(words.split()) for kind, words in data["counting"].items()},
        not_roads=frozenset(roads["common"].split()),
        not_road_ends=tuple(roads["ends"].split()),
        never_in_road=frozenset(roads["never_inside"]),
        never_in_estate=frozenset(data["estates"]["never_inside"]),
        not_before_kind=frozenset(spots["not_before_kind"]),
    )
