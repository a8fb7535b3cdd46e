"""Folds for cross-validation in which no text has a near-duplicate in another fold."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize

from nlp.keyword_weights import closed_up
from nlp.normalize import INVISIBLE

Ints = NDArray[np.int64]

NEAR = 0.6  # cosine over character pairs from which two texts count as the same letter
TWIN = 0.4  # the same with rare pairs weighing more: a raw letter and its segmented, thinned-out form

_ROWS = 500  # at a time: bounds the memory for the products


def clusters(texts: Sequence[str]) -> Ints:
    """For each text the number of its cluster of near-duplicates, chains included.

    Two texts are near when the cosine of their counts of character pairs is `NEAR` or more, or that of their
    counts weighted by rarity is `TWIN` or more. Time grows with the square of the number of distinct texts.
    """
    plain = [closed_up(text).replace(INVISIBLE, "") for text in texts]
    distinct = {text: number for number, text in enumerate(dict.fromkeys(plain))}
    pairs = CountVectorizer(analyzer=_pairs, dtype=np.float32).fit_transform(distinct)
    rare = TfidfTransformer(norm=None).fit_transform(pairs).astype(np.float32)
    links = _links(normalize(pairs), NEAR) + _links(normalize(rare), TWIN)
    _, found = connected_components(links, directed=False)
    return np.array([found[distinct[text]] for text in plain], dtype=np.int64)


def folds_of(groups: Ints, folds: int, seed: int = 0) -> Ints:
    """For each text the number of its fold: whole groups, thrown by the seed into folds of nearly the same size."""
    names, places, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    filled = np.zeros(folds)
    fold = np.zeros(len(names), dtype=np.int64)
    for name in order[np.argsort(-sizes[order], kind="stable")]:
        fold[name] = int(filled.argmin())
        filled[fold[name]] += sizes[name]
    return fold[places]


def _pairs(text: str) -> list[str]:
    return [text[start : start + 2] for start in range(len(text) - 1)] or [text]


def _links(unit: csr_matrix, least: float) -> csr_matrix:
    parts = []
    turned = unit.T.tocsr()
    for start in range(0, unit.shape[0], _ROWS):
        cosines = (unit[start : start + _ROWS] @ turned).tocsr()
        cosines.data = (cosines.data >= least).astype(np.int8)
        cosines.eliminate_zeros()
        parts.append(cosines)
    return vstack(parts).tocsr()
