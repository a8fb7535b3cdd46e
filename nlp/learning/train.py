"""Learning keyword weights: two linear models over substrings, cut down to the keywords that matter, added up.

docs/learning.md tells what was measured and what did not help.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import logsumexp
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from nlp.keyword_file import DIGITS
from nlp.keyword_weights import Weights
from nlp.learning.data import NONE, DataError, Example
from nlp.learning.features import Floats, association, count, damped, pieces
from nlp.learning.folds import Ints, clusters, folds_of

CANDIDATES = 40_000  # the best of them by chi-square go into the first fit
SVM_C = 0.3
NB_C = 0.1
CALIBRATION_FOLDS = 3
CHATTER_LINES = 4

Progress = Callable[[str], None]


def _quiet(_message: str) -> None:
    """Where nobody waits for progress."""


@dataclass(frozen=True, slots=True)
class _Sample:
    """Everything the fits see: damped counts, targets (columns of labels), sample weights, and each row's text."""

    counts: csr_matrix
    targets: Ints
    weights: Floats
    owners: Ints

    def part(self, rows: Ints) -> "_Sample":
        return _Sample(self.counts[rows], self.targets[rows], self.weights[rows], self.owners[rows])


@dataclass(frozen=True, slots=True)
class _Fit:
    """The chosen columns and, per label, their weights and the bias."""

    columns: Ints
    weights: Floats  # labels × columns
    bias: Floats

    def sums(self, counts: csr_matrix) -> Floats:
        return np.asarray(normalize(counts[:, self.columns]) @ self.weights.T + self.bias)


def learn_lexicon(
    examples: Sequence[Example],
    chatter: Sequence[Example] = (),
    max_keywords: int = 5_000,
    excluded: frozenset[str] = frozenset(),
    progress: Progress = _quiet,
) -> Weights:
    """What `huiyin train` does: weights for the labels of the examples, and for none where chatter is given.

    Of the chatter's distinct lines an even pick is read, `CHATTER_LINES` for each example at most, and together they
    weigh no more than the examples: more of it and the lexicon keeps quiet about letters too (docs/learning.md).
    """
    progress(f"{len(examples)} texts: looking for near-duplicates")
    groups = clusters([example.text for example in examples])
    distinct = list(dict.fromkeys(example.text for example in chatter))
    picked = distinct[:: max(1, -(-len(distinct) // (CHATTER_LINES * len(examples))))]
    share = min(1.0, len(examples) / len(picked)) if picked else 1.0
    alone = range(int(groups.max()) + 1, int(groups.max()) + 1 + len(picked))
    return learn_weights(
        [*(example.text for example in examples), *picked],
        [*(example.label for example in examples), *(NONE for _ in picked)],
        [1.0] * len(examples) + [share] * len(picked),
        max_keywords,
        groups=[*groups.tolist(), *alone],
        excluded=excluded,
        progress=progress,
    )


def learn_weights(
    texts: Sequence[str],
    labels: Sequence[str],
    sample_weights: Sequence[float] | None = None,
    max_keywords: int = 5_000,
    *,
    groups: Sequence[int] | None = None,
    excluded: frozenset[str] = frozenset(),
    progress: Progress = _quiet,
) -> Weights:
    """Keyword weights for any set of labels, at most `max_keywords` distinct keywords; the same input, the same result.

    `sample_weights` says how much each text counts (1 where not given). `groups` keeps texts with the same number
    together when the probabilities are calibrated (near-duplicates; each text for itself where not given). No
    keyword contains a word of `excluded`, such as names of people and places. A label `-` is taken as "none of
    these". Raises DataError where there is nothing to tell apart.
    """
    names = tuple(sorted(set(labels)))
    if len(names) < 2:
        raise DataError(f"learning needs texts of at least two labels; found: {', '.join(names) or 'none'}")
    if max_keywords < 1:
        raise DataError(f"the most keywords must be at least 1, not {max_keywords}")
    sample, words = _sample(texts, [names.index(label) for label in labels], sample_weights, excluded)
    progress(f"{sample.counts.shape[0]} texts and pieces, {len(words)} candidate substrings: fitting")
    fit = _rounded(_fit(sample, len(names), max_keywords))
    progress(f"{len(fit.columns)} keywords kept: calibrating")
    scale = _calibrate(sample, len(names), max_keywords, np.array(range(len(texts)) if groups is None else groups))
    chosen = [words[column] for column in fit.columns]
    return Weights(
        labels=names,
        bias={name: float(fit.bias[row]) for row, name in enumerate(names)},
        keywords={
            name: {word: float(weight) for word, weight in zip(chosen, fit.weights[row], strict=True) if weight != 0}
            for row, name in enumerate(names)
        },
        scale=round(scale, DIGITS),
        none=NONE if NONE in names else None,
    )


def _sample(
    texts: Sequence[str], targets: Sequence[int], weights: Sequence[float] | None, excluded: frozenset[str]
) -> tuple[_Sample, list[str]]:
    """The texts and their pieces as damped counts, and the candidates that the columns stand for."""
    shown, owners, shares = list(texts), list(range(len(texts))), list(weights or [1.0] * len(texts))
    for owner, text in enumerate(texts):
        for piece, share in pieces(text):
            shown.append(piece)
            owners.append(owner)
            shares.append(share * shares[owner])
    least = 4 if len(texts) > 1_000 else 2 if len(texts) > 50 else 1
    try:
        counts, words = count(shown, least, excluded)
    except ValueError as error:
        raise DataError("the texts have no Chinese words in common: nothing to learn from") from error
    if not words:
        raise DataError("all words that the texts have in common are excluded: nothing to learn from")
    rows = np.array(owners)
    return _Sample(damped(counts, words), np.array(targets)[rows], np.array(shares), rows), words


def _fit(sample: _Sample, labels: int, most: int) -> _Fit:
    """Fit on the candidates that go best with a label, keep those with the largest weights, and fit again."""
    strength = association(sample.counts, sample.targets)
    columns = np.sort(np.argsort(-strength, kind="stable")[:CANDIDATES])
    weights, bias = _solve(sample, columns, labels)
    if len(columns) > most:
        largest = np.abs(weights).max(axis=0)
        columns = columns[np.sort(np.argsort(-largest, kind="stable")[:most])]
        weights, bias = _solve(sample, columns, labels)
    return _Fit(columns, weights, bias)


def _solve(sample: _Sample, columns: Ints, labels: int) -> tuple[Floats, Floats]:
    """Weights and biases of an SVM and of an NB-SVM, each brought to sums of spread 1, added."""
    units = normalize(sample.counts[:, columns]).tocsr()
    total_weights, total_bias = np.zeros((labels, len(columns))), np.zeros(labels)
    for c, ratios in ((SVM_C, False), (NB_C, True)):
        weights, bias = np.zeros_like(total_weights), np.full(labels, -1.0)
        for label in range(labels):
            inside = sample.targets == label
            if inside.any() and not inside.all():
                factors = _ratios(units, inside, sample.weights) if ratios else np.ones(len(columns))
                model = LinearSVC(C=c, max_iter=300, random_state=0)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is as good, and repeatable
                    model.fit(units.multiply(factors[None, :]).tocsr(), inside, sample_weight=sample.weights)
                weights[label], bias[label] = model.coef_[0] * factors, model.intercept_[0]
        spread = float(np.std(units @ weights.T + bias)) or 1.0
        total_weights += weights / spread
        total_bias += bias / spread
    return total_weights, total_bias


def _ratios(units: csr_matrix, inside: np.ndarray, weights: Floats) -> Floats:
    """Naive Bayes' log-ratios: how much more a keyword belongs to a label than to the rest."""
    of_label = 1 + np.asarray(units[inside].T @ weights[inside]).ravel()
    of_rest = 1 + np.asarray(units[~inside].T @ weights[~inside]).ravel()
    return np.asarray(np.log((of_label / of_label.sum()) / (of_rest / of_rest.sum())))


def _rounded(fit: _Fit) -> _Fit:
    """The weights as they will stand in the file; keywords that then weigh nothing for any label are dropped."""
    weights = np.round(fit.weights, DIGITS)
    kept = np.abs(weights).max(axis=0, initial=0) > 0
    return _Fit(fit.columns[kept], weights[:, kept], np.round(fit.bias, DIGITS))


def _calibrate(sample: _Sample, labels: int, most: int, groups: Ints) -> float:
    """The scale that makes probabilities true on texts that a fit hasn't seen, by cross-validation."""
    fold = folds_of(groups, CALIBRATION_FOLDS)[sample.owners]
    sums, targets, weights = [], [], []
    for number in range(CALIBRATION_FOLDS):
        seen, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if len(seen) and len(held):
            sums.append(_fit(sample.part(seen), labels, most).sums(sample.counts[held]))
            targets.append(sample.targets[held])
            weights.append(sample.weights[held])
    if not sums:
        return 1.0
    values, goal, share = np.concatenate(sums), np.concatenate(targets), np.concatenate(weights)

    def loss(log_scale: float) -> float:
        scaled = values * np.exp(log_scale)
        return float(np.sum(share * (logsumexp(scaled, axis=1) - scaled[np.arange(len(goal)), goal])))

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 4), method="bounded").x))
