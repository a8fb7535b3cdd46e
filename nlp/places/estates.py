"""Estates by name: those of the org tree anywhere, others where a word for an estate ends the name (桂语里小区)."""

import re
from collections.abc import Iterator

from nlp.places.span import Names, Span
from nlp.places.words import place_words

_KIND = re.compile(r"小区|花园|家园|新村|公寓|佳苑|雅苑|新苑|家属院|名苑|华庭|华府|名邸|府邸")
_LONGEST = 4  # characters of a name before its kind


def estates(folded: str, names: Names) -> Iterator[Span]:
    """The estate named in a folded text; of several names known, the longest."""
    for name in sorted(names.estates, key=lambda name: (-len(name), name)):
        start = folded.find(name) if name else -1
        if start >= 0:
            yield Span("estate", name, start, start + len(name))
            return
    never = place_words().never_in_estate
    for match in _KIND.finditer(folded):
        start, first = match.start(), max(0, match.start() - _LONGEST)
        while start > first and "一" <= folded[start - 1] <= "龥" and folded[start - 1] not in never:
            start -= 1
        if match.start() - start >= 2:
            yield Span("estate", folded[start : match.end()], start, match.end())
            return
