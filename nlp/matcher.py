"""All occurrences of many patterns in one pass: the only import of the automaton library."""

import re
from collections.abc import Callable, Sequence

import daachorse

from nlp.normalize import INVISIBLE, REPLACEMENT, squeeze

Match = tuple[int, int, int]  # start, end, index of the pattern


class Matcher:
    """Finds every occurrence, overlapping ones too, in time linear in the text and in the matches.

    Patterns and text are taken as they come: fold both first (`nlp.normalize.fold`). No pattern may be empty,
    occur twice (ValueError) or hold a character that shows nothing, because those are skipped inside words.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        for pattern in patterns:
            if not pattern or INVISIBLE in pattern or REPLACEMENT in pattern:
                raise ValueError(f"not a pattern that text can contain: {pattern!r}")
        if len(set(patterns)) != len(patterns):
            raise ValueError("a pattern is given twice")
        self._automaton = daachorse.CharwiseDoubleArrayAhoCorasick(list(patterns)) if patterns else None

    def find(self, text: str) -> list[Match]:
        """Every match as (start, end, index of the pattern), by end, the longer first."""
        if self._automaton is None:
            return []
        try:
            if INVISIBLE in text:
                return self._find_visible(text)
            found: list[Match] = self._automaton.find_overlapping(text)
        except UnicodeEncodeError:  # halves of surrogate pairs, where the caller didn't fold
            return self.find(re.sub("[\ud800-\udfff]", REPLACEMENT, text))
        return found

    def raw(self) -> Callable[[str], list[Match]]:
        """The automaton's own search, without a check, for the one path where each 100 ns counts.

        The text must be folded and must not contain `INVISIBLE`.
        """
        if self._automaton is None:
            return lambda _text: []
        search: Callable[[str], list[Match]] = self._automaton.find_overlapping
        return search

    def _find_visible(self, text: str) -> list[Match]:
        visible, places = squeeze(text)
        return [(places[start], places[end - 1] + 1, index) for start, end, index in self.find(visible)]
