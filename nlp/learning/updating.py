"""Small, bounded changes of weights that make labelled examples come out right without unlearning the corpus.

Two regularised logistic models start from the sums that the lexicon gives now and learn only what to add: one for
report or not, one for the case type. The corpus takes part as a ballast.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit, logsumexp, softmax

from nlp.classify import Understanding
from nlp.learning.data import NONE
from nlp.lexicon import KINDS, LONGEST_WORD
from nlp.reading import framed
from nlp.register import length_name

Floats = npt.NDArray[np.float64]

RIDGE = 0.3  # how dear a change is: examples must pay for it
FURTHEST = 3.0  # the most that one proposal adds to one weight, in log-odds
BALLAST = 0.5  # what an utterance of the corpus counts against an example
LEAST = 0.1  # changes below this are not worth a line
CLEAR = 2.5  # standard errors by which the examples with a word must differ from what the lexicon expects of them
_STEPS = 120


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text with its label (a case type or `-`) and what it counts."""

    text: str
    label: str
    counts: float
    staff: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """Lessons laid out: which columns each has, and the sums that the lexicon gives it now."""

    signs: sparse.csr_matrix
    margins: Floats  # calibrated log-odds of a report
    topics: Floats  # lessons × case types

    def narrowed(self, columns: Sequence[int]) -> "Laid":
        """The same with these columns only."""
        return Laid(self.signs[:, list(columns)], self.margins, self.topics)


class Sums:
    """What the lexicon adds up for texts, worked out once for each."""

    def __init__(self, listener: Understanding) -> None:
        self._listener = listener
        self._known: dict[tuple[str, bool], tuple[float, list[float]]] = {}

    def of(self, lesson: Lesson) -> tuple[float, list[float]]:
        """See `sums`."""
        key = (lesson.text, lesson.staff)
        if key not in self._known:
            self._known[key] = sums(self._listener, lesson.text, staff=lesson.staff)
        return self._known[key]


class Layout:
    """Lays texts out over columns that may change: words, old and new."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self._place = {word: place for place, word in enumerate(self.words)}
        self._lengths = sorted({len(word) for word in self.words if len(word) <= LONGEST_WORD})

    def lay(self, lessons: Sequence[Lesson], known: Sums) -> Laid:
        """One row for each lesson."""
        rows, columns, margins, topics = [], [], [], []
        for row, lesson in enumerate(lessons):
            here = self.found(lesson.text)
            rows += [row] * len(here)
            columns += here
            margin, types = known.of(lesson)
            margins.append(margin)
            topics.append(types)
        shape = (len(lessons), len(self.words))
        matrix = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
        return Laid(matrix, np.array(margins), np.array(topics).reshape(len(lessons), -1))

    def found(self, text: str) -> list[int]:
        """The columns of the words that stand in a text."""
        read, _ = framed(text)
        here = {read[at : at + length] for length in self._lengths for at in range(len(read) - length + 1)}
        return sorted(self._place[word] for word in here if word in self._place)


def sums(listener: Understanding, text: str, *, staff: bool = False) -> tuple[float, list[float]]:
    """What the words of a text and its length add up to: calibrated log-odds of a report, and one sum per type."""
    weights = listener.weights
    context = ["bias", length_name(len(text)), *(["staff"] if staff else []), *(["quoted"] if framed(text)[1] else [])]
    total: dict[str, float] = {}
    adds = [effect for _, _, effect in listener.explain(text)]
    adds += [{key: by for key, by in weights.context.get(name, {}).items() if key in KINDS} for name in context]
    adds += [{key: by for key, by in weights.context.get("bias", {}).items() if key not in KINDS}]
    for effect in adds:
        for output, by in effect.items():
            total[output] = total.get(output, 0.0) + by
    others = [total.get(kind, 0.0) for kind in KINDS[1:] if staff or kind != "command"]
    margin = total.get("report", 0.0) - float(logsumexp(others))
    odds = weights.slope * margin + weights.intercept
    return odds, [total.get(code, 0.0) for code in listener.codes]


def learn(
    listener: Understanding, words: Sequence[str], laid: Laid, lessons: Sequence[Lesson], support: int
) -> dict[str, dict[str, float]]:
    """What to add to each word's weights, rounded; words whose change is too small are left out.

    A weight may only change where `support` examples were decided wrongly in the same way, and all the examples with
    the word, taken together, differ clearly from what the lexicon expects.
    """
    counts = np.array([lesson.counts for lesson in lessons])
    examples = np.flatnonzero(counts >= 1.0)
    reports = np.array([lesson.label != NONE for lesson in lessons])
    odds = reports - expit(laid.margins)
    may_lift = _wrong_alike(laid.signs[examples], odds[examples, None], support)[:, 0]
    lifted = _learn_report(laid, reports, counts, listener.weights.slope, may_lift)
    typed = np.flatnonzero(reports)
    goals = np.zeros((len(typed), len(listener.codes)))
    goals[np.arange(len(typed)), [listener.codes.index(lessons[int(row)].label) for row in typed]] = 1.0
    known = np.isin(typed, examples)
    missing = goals - softmax(laid.topics[typed], axis=1)
    may_move = _wrong_alike(laid.signs[typed[known]], missing[known], support)
    moved = _learn_types(laid, typed, goals, counts[typed], may_move)
    found: dict[str, dict[str, float]] = {}
    for column, word in enumerate(words):
        change = {"report": lifted[column], **dict(zip(listener.codes, moved[column], strict=True))}
        rounded = {output: round(float(by), 2) for output, by in change.items() if abs(by) >= LEAST}
        if rounded:
            found[word] = rounded
    return found


def _wrong_alike(signs: sparse.csr_matrix, missing: Floats, support: int) -> Floats:
    """Which weights (word × output) the examples ask to raise (1), lower (-1) or leave (0).

    `missing` is what each example lacks of what it should be.
    """
    lacking = signs.T @ missing
    spread = signs.T @ (np.abs(missing) * (1 - np.abs(missing))) + 0.5
    more, less = signs.T @ (missing > 0.5).astype(float), signs.T @ (missing < -0.5).astype(float)
    alike = np.where(lacking > 0, more, less) >= support
    return np.asarray(np.sign(lacking) * (alike & (np.abs(lacking) >= CLEAR * np.sqrt(spread))))


def strength(change: Mapping[str, float]) -> float:
    """How much a change of one word weighs, to choose the few that a person will read."""
    return sqrt(sum(by * by for by in change.values()))


def _learn_report(laid: Laid, reports: npt.NDArray[np.bool_], counts: Floats, slope: float, ways: Floats) -> Floats:
    signs, signed = laid.signs, np.where(reports, 1.0, -1.0)

    def loss(change: Floats) -> tuple[float, Floats]:
        odds = signed * (laid.margins + slope * (signs @ change))
        pull = -counts * signed * expit(-odds) * slope
        total = float(counts @ np.logaddexp(0.0, -odds)) + RIDGE / 2 * float(change @ change)
        return total, np.asarray(signs.T @ pull + RIDGE * change)

    return _minimum(loss, ways)


def _learn_types(laid: Laid, rows: npt.NDArray[np.int64], goals: Floats, counts: Floats, ways: Floats) -> Floats:
    signs, now = laid.signs[rows], laid.topics[rows]

    def loss(flat: Floats) -> tuple[float, Floats]:
        change = flat.reshape(ways.shape)
        topics = now + signs @ change
        total = logsumexp(topics, axis=1)
        missed = float(counts @ (total - (topics * goals).sum(axis=1)))
        wrong = np.exp(topics - total[:, None]) - goals
        slopes = signs.T @ (wrong * counts[:, None]) + RIDGE * change
        return missed + RIDGE / 2 * float(flat @ flat), np.asarray(slopes).ravel()

    return _minimum(loss, ways.ravel()).reshape(ways.shape)


def _minimum(loss: Callable[[Floats], tuple[float, Floats]], ways: Floats) -> Floats:
    """The best bounded changes, each only the way it was asked to go."""
    found, free = np.zeros(ways.size), ways != 0
    if not free.any():
        return found

    def partly(change: Floats) -> tuple[float, Floats]:
        whole = np.zeros(ways.size)
        whole[free] = change
        value, slopes = loss(whole)
        return value, slopes[free]

    bounds = [(0.0, FURTHEST) if way > 0 else (-FURTHEST, 0.0) for way in ways[free]]
    start = np.zeros(len(bounds))
    best = minimize(partly, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _STEPS})
    found[free] = best.x
    return found
