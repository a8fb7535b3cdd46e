"""Scoring with learned keyword weights: every decision is a sum that a person can add up again."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nlp.matcher import Matcher
from nlp.normalize import INVISIBLE, fold

SINGLE = 0.5  # what one character alone counts, compared with a word: measured, docs/learning.md


@dataclass(frozen=True, slots=True)
class Weights:
    """A learned lexicon as data: what each keyword says for or against each label.

    `scale` turns sums of weights into probabilities (calibration). `none` is the label for texts that belong to
    no other, None where the model has not learned one.
    """

    labels: tuple[str, ...]
    bias: Mapping[str, float]
    keywords: Mapping[str, Mapping[str, float]]  # label → keyword → weight
    scale: float = 1.0
    none: str | None = None

    def words(self) -> tuple[str, ...]:
        """The distinct keywords of all labels, sorted."""
        return tuple(sorted({word for table in self.keywords.values() for word in table}))


@dataclass(frozen=True, slots=True)
class WeightedSpan:
    """Why: a substring of the text as it was written, and what it added to the first label's sum."""

    text: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Scored:
    """What a text is taken for: labels with probabilities, the most probable first, and the evidence.

    The evidence weights and the first label's bias add up to its sum, from which the probability is made.
    """

    probabilities: tuple[tuple[str, float], ...]
    evidence: tuple[WeightedSpan, ...]

    @property
    def label(self) -> str:
        """The most probable label."""
        return self.probabilities[0][0]

    @property
    def score(self) -> float:
        """Its probability."""
        return self.probabilities[0][1]

    @property
    def second(self) -> tuple[str, float]:
        """The next label and its probability."""
        return self.probabilities[1]

    @property
    def margin(self) -> float:
        """How far the first is ahead of the second, in probability."""
        return self.score - self.second[1]


def closed_up(text: str) -> str:
    """Folded text in which blanks show nothing, so that words cut apart by spaces are found across the cuts.

    >>> closed_up("Ａ3 区 電梯").replace(INVISIBLE, "")
    'a3区电梯'
    """
    return "".join(INVISIBLE if character.isspace() else character for character in fold(text))


class Scorer:
    """A learned lexicon at work: linear in the length of the text."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._words = weights.words()
        self._matcher = Matcher(self._words)
        self._rows = [tuple(weights.keywords[label].get(word, 0.0) for label in weights.labels) for word in self._words]

    def score(self, text: str) -> Scored:
        """Label a text. One without any keyword gets what the biases say, with no evidence.

        A keyword that occurs n times counts 1 + ln n (half of it for a single character), and the counts of a text
        are divided by their Euclidean length, so that long letters and short titles are measured alike.
        """
        spots: dict[int, list[tuple[int, int]]] = {}
        for start, end, word in self._matcher.find(closed_up(text)):
            spots.setdefault(word, []).append((start, end))
        counts = {
            word: (1 + math.log(len(places))) * (SINGLE if len(self._words[word]) == 1 else 1.0)
            for word, places in spots.items()
        }
        length = math.sqrt(sum(count * count for count in counts.values())) or 1.0
        sums = [self.weights.bias[label] for label in self.weights.labels]
        for word, count in counts.items():
            for column, weight in enumerate(self._rows[word]):
                sums[column] += weight * count / length
        order = sorted(range(len(sums)), key=lambda column: -sums[column])
        shares = [math.exp(self.weights.scale * (value - sums[order[0]])) for value in sums]
        whole = sum(shares)
        probabilities = tuple((self.weights.labels[column], shares[column] / whole) for column in order)
        evidence = [
            WeightedSpan(text[start:end], start, end, self._rows[word][order[0]] * counts[word] / length / len(places))
            for word, places in spots.items()
            for start, end in places
            if self._rows[word][order[0]] != 0
        ]
        return Scored(probabilities, tuple(sorted(evidence, key=lambda span: (span.start, span.end))))
