"""New words: pieces of labelled texts that the lexicon doesn't know, said often enough, naming nobody."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from nlp.learning.corrections import Marked
from nlp.learning.signs import names_somebody
from nlp.normalize import fold
from nlp.place import find_place
from nlp.segment import candidates

LONGEST = 4  # characters of a piece that isn't a word or two
PURE = 0.6  # of the examples that have it, so many must have one label
MOST = 300
RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_PLACE = re.compile(r"[一二三四五六七八九十百零两几][号栋幢座单层楼室组期区弄]")


class Names:
    """What people and places are called: no word contains such a name, nor is it part of a staff's or place's name.

    A resident's nickname may be any word (快乐, 阳光门口): being part of one doesn't forbid a word.
    """

    def __init__(self, names: Iterable[str] = (), nicknames: Iterable[str] = ()) -> None:
        folded = {fold(name).strip() for name in names}
        self._whole = {name for name in folded | {fold(name).strip() for name in nicknames} if len(name) > 1}
        self._joined = "\n".join(sorted(folded))

    def has(self, word: str) -> bool:
        """Whether a word names one of them."""
        inside = (word[start:end] for start in range(len(word)) for end in range(start + 2, len(word) + 1))
        return word in self._joined or any(part in self._whole for part in inside)


@dataclass(frozen=True, slots=True)
class NewWord:
    """A piece of text, in how many examples it stands, and how many of these have its commonest label."""

    word: str
    examples: int
    label: str
    agree: int


def pieces(text: str) -> set[str]:
    """What of a text may become a word: segmented words and pairs of them, and all 2 to 4 ideographs in a row."""
    found = candidates(text)
    for run in RUN.findall(fold(text)):
        for length in range(2, LONGEST + 1):
            found.update(run[start : start + length] for start in range(len(run) - length + 1))
    return found


def new_words(
    marked: Sequence[Marked],
    background: Iterable[str],
    known: Collection[str],
    names: Names,
    support: int,
) -> list[NewWord]:
    """The weightiest words that the lexicon lacks, each in `support` examples or more.

    Where the examples come from several rooms a word must come from two: what one room alone says is mostly a name.
    Of words that stand in the very same examples one is kept, a segmented word rather than a piece.
    """
    where: dict[str, list[int]] = defaultdict(list)
    whole: set[str] = set()
    for number, one in enumerate(marked):
        place = find_place(one.text)
        called = [part for part in (place.estate, place.road) if part]
        whole |= candidates(one.text)
        for piece in pieces(one.text):
            if piece not in known and not any(piece in part or part in piece for part in called):
                where[piece].append(number)
    several = len({one.room for one in marked if one.room is not None}) > 1
    kept = {word: at for word, at in where.items() if len(at) >= support and _heard_apart(marked, at, several=several)}
    kept = {word: at for word, at in kept.items() if not _is_name(word, names)}
    best: dict[tuple[int, ...], str] = {}
    for word in sorted(kept, key=lambda word: (word not in whole, -len(word), word)):
        best.setdefault(tuple(kept[word]), word)
    there = _heard(background, best.values())
    found = [_judged(marked, word, at) for at, word in best.items()]
    rare = {one.word: one.agree * log(1 + 1000 / (1 + there[one.word])) for one in found}
    found = [one for one in found if one.agree >= PURE * one.examples]
    return sorted(found, key=lambda one: (-rare[one.word], one.word))[:MOST]


def _heard_apart(marked: Sequence[Marked], at: Sequence[int], *, several: bool) -> bool:
    return (
        not several or len({(marked[number].room, number if marked[number].room is None else 0) for number in at}) > 1
    )


def _is_name(word: str, names: Names) -> bool:
    return names_somebody(word) or bool(_PLACE.search(word)) or names.has(word)


def _judged(marked: Sequence[Marked], word: str, at: Sequence[int]) -> NewWord:
    label, agree = min(Counter(marked[number].label for number in at).items(), key=lambda one: (-one[1], one[0]))
    return NewWord(word, len(at), label, agree)


def _heard(background: Iterable[str], words: Iterable[str]) -> Mapping[str, int]:
    """In how many texts of the background each word stands."""
    wanted = set(words)
    lengths = sorted({len(word) for word in wanted})
    count: Counter[str] = Counter()
    for text in background:
        read = fold(text)
        here = {read[at : at + length] for length in lengths for at in range(len(read) - length + 1)}
        count.update(here & wanted)
    return count
