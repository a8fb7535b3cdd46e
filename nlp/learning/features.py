"""From texts to counts of keyword candidates: all substrings of one to four ideographs."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from nlp.keyword_weights import SINGLE, closed_up
from nlp.learning.data import is_segmented
from nlp.normalize import INVISIBLE

LONGEST = 4
OPENING = 0.25  # what a piece weighs, compared with its letter
SENTENCE = 0.15

Floats = NDArray[np.float64]

_RUN = re.compile("[\u3400-\u9fff]+")
_SENTENCE_END = re.compile("[。！？!?；;\n]")


def pieces(text: str) -> Iterator[tuple[str, float]]:
    """Short parts of a long text with their sample weights, as extra examples of its label.

    A model that has seen only long letters is lost on titles and on chat. Pieces weigh less than a
    letter, and sentences less than openings: they say less surely what the letter is about.
    """
    if is_segmented(text):
        tokens = text.split()
        cuts = [(0, 6), (0, 10), (0, 20), (10, 24)]
        if len(tokens) > 40:
            cuts.append((len(tokens) // 2, len(tokens) // 2 + 14))
        for start, end in cuts:
            if len(tokens) > max(end, 12):
                yield " ".join(tokens[start:end]), OPENING
        return
    whole = "".join(text.split())
    for end in (40, 80):
        if len(whole) > end:
            yield whole[:end], OPENING
    if len(whole) > 60:
        sentences = [part[:60] for part in _SENTENCE_END.split(whole) if len(part) >= 8]
        yield from ((sentence, SENTENCE) for sentence in sentences[:6])


def candidates(text: str) -> list[str]:
    """Every substring that could become a keyword, as often as it occurs."""
    found: list[str] = []
    for run in _RUN.findall(closed_up(text).replace(INVISIBLE, "")):
        for length in range(1, LONGEST + 1):
            found.extend(run[start : start + length] for start in range(len(run) - length + 1))
    return found


def count(texts: Sequence[str], least: int, excluded: frozenset[str]) -> tuple[csr_matrix, list[str]]:
    """The counts (texts × candidates) and the candidates, sorted; those in fewer than `least` texts are left out."""
    counter = CountVectorizer(analyzer=candidates, min_df=least)
    counts = counter.fit_transform(texts).astype(np.float64)
    words = [str(word) for word in counter.get_feature_names_out()]
    if excluded:
        kept = [column for column, word in enumerate(words) if not any(name in word for name in excluded)]
        counts, words = counts[:, kept], [words[column] for column in kept]
    return counts, words


def damped(counts: csr_matrix, words: Sequence[str]) -> csr_matrix:
    """Counts as `nlp.keyword_weights.Scorer` takes them, before they are divided by their length."""
    logs = counts.copy()
    logs.data = 1 + np.log(logs.data)
    halves = np.array([SINGLE if len(word) == 1 else 1.0 for word in words])
    return logs.multiply(halves[None, :]).tocsr()


def association(counts: csr_matrix, targets: NDArray[np.int64]) -> Floats:
    """How strongly each candidate's presence goes with its best label: chi-square of one label against the rest."""
    present = counts.copy()
    present.data = np.ones_like(present.data)
    total = np.asarray(present.sum(axis=0)).ravel()
    best = np.zeros(len(total))
    for target in range(int(targets.max()) + 1):
        inside = targets == target
        share = inside.mean()
        if 0 < share < 1:
            found = np.asarray(present[inside].sum(axis=0)).ravel()
            best = np.maximum(best, (found - share * total) ** 2 / np.maximum(total, 1) / (share * (1 - share)))
    return best
