"""What stands in a text: words of the lexicon with their places, and object × fault patterns."""

import functools
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence, Set
from functools import reduce
from operator import or_
from typing import Literal

from nlp.lexicon import LONGEST_WORD, Lexicon, Pattern
from nlp.matcher import Match, Matcher
from nlp.normalize import INVISIBLE, folding

_QUOTE_END = "」\n- - -"  # how WeChat pastes a quoted message: 「name: text」, a line of dashes, the answer
_MENTION = re.compile(r"@([^\s@]{1,24})(?= )")
_STAFF = re.compile("物业|管家|客服|网格|社区|书记|主任|楼长|栋长|单元长|民警|居委|村委|师傅|经理|工程|保安|维修")
_MANY = 256  # more than there are patterns: where the bits for faults begin
SHORT = 64  # in a text up to this length a letter counts as often as it stands there, in a longer one once
_NOT = frozenset("没未不别冇")


@functools.cache
def letters() -> str:
    """The folding for words: besides `fold`, each digit as 0 and a carriage return as the line end it is."""
    return folding().translate({**{ord(digit): "0" for digit in "123456789"}, ord("\r"): "\n"})


def framed(text: str) -> tuple[str, bool]:
    """The text as the matcher reads it, between two line ends, and whether it quotes another message.

    Quoted words and names after @ are somebody else's or nobody's: they are blotted out in place. A name that says
    staff (@物业小陈) leaves `@&`, another `@_`.
    """
    read = "\n" + text.translate(letters()) + "\n"
    if "@" not in read and _QUOTE_END not in read:
        return read, False
    end = read.find(_QUOTE_END)
    if quoted := end >= 0:
        start = max(read.rfind("「", 0, end), 0)
        stop = read.find("\n", end + 2)
        read = read[:start] + " " * (stop - start) + read[stop:]
    return _MENTION.sub(_blot, read), quoted


def quoted_words(text: str) -> str:
    """The words that a pasted quotation holds; empty where there is none."""
    end = text.find(_QUOTE_END)
    return text[max(text.rfind("「", 0, end), 0) : end] if end >= 0 else ""


def _blot(mention: re.Match[str]) -> str:
    filler = "&" if _STAFF.search(mention[1]) else "_"
    return "@" + filler * len(mention[1])


class Hit:
    """One pattern found: where its object and its fault stand."""

    __slots__ = ("fault", "object", "pattern")

    def __init__(self, pattern: Pattern, thing: tuple[int, int], fault: tuple[int, int]) -> None:
        self.pattern = pattern
        self.object = thing
        self.fault = fault


def counted(read: str) -> Iterable[str]:
    """The letters of a framed text as they count, one by one; a notice of a page doesn't count each 的 in it."""
    return read if len(read) <= SHORT else set(read)


class Reader:
    """The lexicon's words and the learned keywords in one automaton. Built once; its methods are pure.

    Letters, words of one character, stand in no automaton: a text is made of them, so nothing need be searched. Those
    that patterns are made of are found all the same.
    """

    def __init__(self, lexicon: Lexicon, keywords: Collection[str] = ()) -> None:
        words = set(lexicon.words).union(keywords)
        things, faults = (_parts(lexicon.patterns, side) for side in ("objects", "faults"))
        searched = {word for word in words if len(word) > 1} | things.keys() | faults.keys()
        self.letters = frozenset(word for word in words if len(word) == 1)
        self.words: Sequence[str] = [*sorted(searched), *sorted(self.letters - searched)]
        self.patterns = lexicon.patterns
        self.matcher = Matcher(self.words[: len(searched)])
        self.search = self.matcher.raw()
        self._letter_at = {word: place for place, word in enumerate(self.words) if place >= len(searched)}
        # For each word in patterns one bit per pattern where it is an object, and far above one where it is a fault.
        self._roles = {
            place: sum(1 << index for index in things.get(word, ()))
            + sum(1 << index + _MANY for index in faults.get(word, ()))
            for place, word in enumerate(self.words)
            if word in things or word in faults
        }
        self._objects = frozenset(place for place, bits in self._roles.items() if bits & (1 << _MANY) - 1)
        self._faults = frozenset(place for place, bits in self._roles.items() if bits >> _MANY)

    def find(self, read: str) -> list[Match]:
        """Every word and letter in a framed text, also a word with invisible characters inside."""
        return self.searched(read) + self.alone(read)

    def searched(self, read: str) -> list[Match]:
        """What the automaton finds: words, and the letters that patterns are made of."""
        return self.matcher.find(read) if INVISIBLE in read else self.search(read)

    def alone(self, read: str) -> list[Match]:
        """The other letters of the lexicon, one by one."""
        at = self._letter_at
        return [(place, place + 1, at[letter]) for place, letter in enumerate(read) if letter in at]

    def both(self, words: Set[int]) -> int:
        """The patterns of which an object and a fault are among the words, one bit each."""
        if self._objects.isdisjoint(words) or self._faults.isdisjoint(words):
            return 0
        bits = reduce(or_, [self._roles[word] for word in words if word in self._roles])
        return bits & bits >> _MANY

    def hits(self, read: str, found: list[Match], both: int | None = None) -> list[Hit]:
        """The strongest pattern of each feature with its nearest object and fault; a denied fault (没坏) is none.

        `both` tells the patterns to look for, where that is known already. The work grows with the number of words
        found, times these few.
        """
        both = self.both({match[2] for match in found}) if both is None else both
        roles = [(start, end, self._roles[word]) for start, end, word in found if word in self._roles]
        best: dict[str, Hit] = {}
        while both:
            object_bit = both & -both
            both ^= object_bit
            pattern = self.patterns[object_bit.bit_length() - 1]
            known = best.get(pattern.feature)
            if known is not None and known.pattern.weight >= pattern.weight:
                continue
            fault_bit = object_bit << _MANY
            near = _nearest(
                [(start, end) for start, end, bits in roles if bits & object_bit],
                [
                    (start, end)
                    for start, end, bits in roles
                    if bits & fault_bit and not (read[start - 1] in _NOT and read[start] not in _NOT)
                ],
                pattern.gap,
            )
            if near is not None:
                best[pattern.feature] = Hit(pattern, *near)
        return list(best.values())


def _parts(patterns: Sequence[Pattern], side: Literal["objects", "faults"]) -> dict[str, tuple[int, ...]]:
    """For each word the patterns where it stands on this side."""
    found: dict[str, tuple[int, ...]] = {}
    for index, pattern in enumerate(patterns):
        for word in pattern.objects if side == "objects" else pattern.faults:
            found[word] = (*found.get(word, ()), index)
    return found


def _nearest(
    objects: list[tuple[int, int]], faults: list[tuple[int, int]], gap: int
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The closest object and fault that don't overlap and have at most `gap` characters between them."""
    faults.sort()
    starts = [start for start, _ in faults]
    found = None
    least = gap + 1
    for start, end in objects:
        first = bisect_left(starts, start - gap - LONGEST_WORD)
        last = bisect_left(starts, end + least)
        for fault in faults[first:last]:
            between = fault[0] - end if fault[0] >= end else start - fault[1]
            if 0 <= between < least:
                least, found = between, ((start, end), fault)
        if least == 0:
            break
    return found
