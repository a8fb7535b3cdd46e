"""Words, for what words are needed for: learning candidate terms, hot topics, search. Not on the path of a message."""

import functools
import itertools
import logging
import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Protocol

from nlp.normalize import fold

LONGEST_TERM = 6  # characters of two words joined to one term
_HAN = re.compile(r"[\u3400-\u9fff]+")


class _Tokenizer(Protocol):
    def lcut(self, sentence: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or two next to each other, that texts use more than the background does.

    `texts` counts the texts that have it, `weight` is that count times how rare it is in the background (TF-IDF).
    """

    word: str
    texts: int
    weight: float


@functools.cache
def _tokenizer() -> _Tokenizer:
    """The segmenter with its own dictionary, built in memory: about a second, once.

    Left to itself it would keep its dictionary in the folder for temporary files and trust whatever it finds there,
    and tell the terminal about it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # escapes and pkg_resources of an old library: nothing a user can mend
        import jieba
    for handler in list(jieba.default_logger.handlers):
        jieba.default_logger.removeHandler(handler)
    jieba.default_logger.setLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    made: _Tokenizer = tokenizer
    return made


def words(text: str) -> list[str]:
    """The words of a text, folded (simplified, plain, small), without punctuation and blanks.

    >>> words("3棟電梯又停了！")
    ['3', '栋', '电梯', '又', '停', '了']
    """
    return [word for word in _tokenizer().lcut(fold(text)) if any(one.isalnum() for one in word)]


def candidates(text: str) -> set[str]:
    """What of a text may become a term: its words of two ideographs or more, and neighbours joined."""
    found: set[str] = set()
    for run in _HAN.findall(fold(text)):
        cut = _tokenizer().lcut(run)
        found.update(word for word in cut if len(word) > 1)
        found.update(a + b for a, b in itertools.pairwise(cut) if 2 <= len(a + b) <= LONGEST_TERM)
    return found


def terms(
    texts: Iterable[str],
    background: Sequence[str],
    *,
    least: int = 2,
    most: int = 50,
    unwanted: Collection[str] = (),
) -> list[Term]:
    """The terms that at least `least` texts have and the background seldom has, the weightiest first.

    A term inside a longer one that the same number of texts have is left out.
    """
    here = Counter(term for text in texts for term in candidates(text))
    there = Counter(term for text in background for term in candidates(text))
    size = len(background)
    found = [
        Term(term, count, round(count * log((1 + size) / (1 + there[term]) + 1), 4))
        for term, count in here.items()
        if count >= least and term not in unwanted
    ]
    found.sort(key=lambda term: (-term.weight, -len(term.word), term.word))
    kept: list[Term] = []
    for term in found:
        if not any(term.word in other.word and term.texts <= other.texts for other in kept):
            kept.append(term)
    return kept[:most]
