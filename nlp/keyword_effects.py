"""The learned keywords' effects as they stand in the register: lines that are read when their word is first met.

A register has ten thousand of them and a day's talk meets a part; reading all would take a quarter of the start.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from typing_extensions import override

from nlp.lexicon import Effect


class KeywordEffects(Mapping[str, Effect]):
    """Effects by word, each from its line `停电 report 1.20 utility 0.80`; read only, as the lines are."""

    def __init__(self, lines: Mapping[str, str]) -> None:
        self._lines = lines
        self._read: dict[str, Effect] = {}

    @override
    def __getitem__(self, word: str) -> Effect:
        if word not in self._read:
            _, *parts = self._lines[word].split(" ")
            self._read[word] = dict(zip(parts[::2], map(float, parts[1::2]), strict=True))
        return self._read[word]

    @override
    def __contains__(self, word: object) -> bool:
        return word in self._lines

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    @override
    def __len__(self) -> int:
        return len(self._lines)


def well_formed(lines: Iterable[str], outputs: Collection[str]) -> bool:
    """Whether each line is a word and then outputs with their weights."""
    output = "|".join(map(re.escape, sorted(outputs)))
    line = re.compile(rf"[^ ]++(?: (?:{output}) -?[0-9]++\.[0-9]++)++")
    return all(map(line.fullmatch, lines))
