"""Which words of a report are its spot: what the rules propose, weighed against every other short run of words.

Lists and rules know the usual places; what they don't know (磅房, 东墙根, 玻璃柜) betrays itself by its letters and by
those around it. Each stretch of up to `LONGEST` characters is worth the sum of readable weights, learned from the
corpus (`nlp/learning/choosing_spots.py`, `lexicon/spots.toml`): for the letters where it begins and ends, those
inside, the whole word, and what rules and lists say of it. The best one is the spot, unless none is better.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from nlp.places.span import Taken
from nlp.places.words import place_words
from nlp.toml_lines import weights_in_lines

LONGEST = 9
GROUPS = ("begin", "end", "inside", "word", "sign")
READ = 120  # characters of a text that are weighed; what stands further behind is left to the rules
_NEAREST = 16  # stretches that are weighed in full, those that look best by their letters
_BREAKS = frozenset("\n ,，。!！?？、;；:：…~")
_SHOWN = str.maketrans({"\n": "¶", " ": "␣", "|": "¦"} | dict.fromkeys("0123456789", "0"))

Weights = Mapping[str, float]
Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SpotWeights:
    """Weights by group: letters where a spot begins (`在|车`: between the two) and ends, inside, whole words, signs."""

    begin: Weights
    end: Weights
    inside: Weights
    word: Weights
    sign: Weights


@functools.cache
def spot_weights() -> SpotWeights:
    """The weights that ship."""
    text = resources.files("nlp").joinpath("lexicon/spots.toml").read_text("utf-8")
    return SpotWeights(**weights_in_lines(text, GROUPS))


class Reading:
    """A text laid out for weighing: its letters as the weights spell them, what is taken, what the rules propose and
    what they refuse."""

    def __init__(
        self,
        folded: str,
        taken: Taken,
        proposed: Sequence[Stretch],
        refused: Sequence[Stretch] = (),
        *,
        asked: bool = False,
    ) -> None:
        text = folded[:READ].translate(_SHOWN)
        self.size = len(text)
        self.proposed = [stretch for stretch in proposed if stretch[1] <= self.size]
        self._text = text
        self._framed = f"¶¶{text}¶¶"
        self._taken = taken
        self._refused = frozenset(refused)
        self._asked = asked
        self._starts = {start for start, _ in self.proposed}
        self._ends = {end for _, end in self.proposed}

    def begins(self, place: int) -> tuple[str, ...]:
        """The letters around a place where a spot may begin."""
        return (*self._around(place), "after a part" if place and not self._taken.free(place - 1, place) else "apart")

    def ends(self, place: int) -> tuple[str, ...]:
        """The letters around a place where a spot may end."""
        return self._around(place)

    def letter(self, place: int) -> str:
        """The letter there."""
        return self._text[place]

    def word(self, stretch: Stretch) -> str:
        """The whole stretch."""
        return self._text[slice(*stretch)]

    def signs(self, stretch: Stretch) -> tuple[str, ...]:
        """What rules, lists and length say of a stretch."""
        start, end = stretch
        if stretch in self.proposed:
            rules = f"proposed {min(self.proposed.index(stretch), 2)}"
        elif stretch in self._refused:
            rules = "refused"
        elif start in self._starts:
            rules = "begins as proposed"
        else:
            rules = "ends as proposed" if end in self._ends else "not proposed"
        return (rules, _listing(self._text[start:end]), f"length {end - start}")

    @property
    def nowhere(self) -> str:
        """The sign for no spot at all."""
        return f"none, {'asked' if self._asked else 'proposed' if self.proposed else 'not proposed'}"

    def stretches(self) -> Iterator[Stretch]:
        """All that may be a spot: no break inside, nothing that is another part of the place."""
        for start in range(self.size):
            for end in range(start + 1, min(self.size, start + LONGEST) + 1):
                if self._text[end - 1] in "¶␣" or self._text[end - 1] in _BREAKS or not self._taken.free(end - 1, end):
                    break
                yield start, end

    def _around(self, place: int) -> tuple[str, ...]:
        four = self._framed[place : place + 4]
        return f"{four[:2]}|", f"{four[1]}|", f"{four[1]}|{four[2]}", f"|{four[2]}", f"|{four[2:]}"


def choose(reading: Reading, weights: SpotWeights) -> Stretch | None:
    """The stretch that is the spot; None where the text names none."""
    begins = [sum(weights.begin.get(sign, 0.0) for sign in reading.begins(place)) for place in range(reading.size)]
    ends = [sum(weights.end.get(sign, 0.0) for sign in reading.ends(place)) for place in range(reading.size + 1)]
    inside = [0.0]
    for place in range(reading.size):
        inside.append(inside[-1] + weights.inside.get(reading.letter(place), 0.0))
    rough = [
        (begins[start] + ends[end] + inside[end] - inside[start], (start, end)) for start, end in reading.stretches()
    ]
    nearest = sorted(rough, reverse=True)[:_NEAREST]
    nearest += [one for one in rough if one[1] in reading.proposed and one not in nearest]
    best, found = weights.sign.get(reading.nowhere, 0.0), None
    for by_letters, stretch in nearest:
        signs = sum(weights.sign.get(sign, 0.0) for sign in reading.signs(stretch))
        worth = by_letters + weights.word.get(reading.word(stretch), 0.0) + signs
        if worth > best:
            best, found = worth, stretch
    return found


def _listing(word: str) -> str:
    """Whether the lists know a word as a spot, or what it ends with."""
    listed = _listed()
    if word in listed:
        return f"listed {listed[word]}"
    tail = next((len(word) - start for start in range(1, len(word)) if word[start:] in listed), 0)
    return f"ends with {min(tail, 3)} listed" if tail else "not listed"


@functools.cache
def _listed() -> Mapping[str, int]:
    return {word: worth for words in place_words().spots.values() for word, worth in words}
