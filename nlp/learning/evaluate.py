"""How good a learned lexicon is on labelled texts: figures for people and programs, without scikit-learn."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from nlp.keyword_weights import Scorer
from nlp.learning.data import Example

BINS = 10
ANSWERED = tuple(share / 20 for share in range(20, 0, -1))  # points of the abstention curve


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a text was, what it was taken for, and with what probability."""

    label: str
    predicted: str
    score: float


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Of one label: how many found rightly of those predicted, of those there are; both joined; how many there are."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions with a probability from `low` to `high`: how many, their mean, the share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether a probability means what it says. `ece` is the mean distance between the two, over the bins."""

    ece: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Keeping quiet below `threshold`: the share answered, and how many of the answers are right."""

    threshold: float
    coverage: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures. `confusion[label][predicted]` counts; macro_f1 is the plain mean over the labels in the data."""

    texts: int
    macro_f1: float
    accuracy: float
    per_class: dict[str, ClassFigures]
    confusion: dict[str, dict[str, int]]
    calibration: Calibration
    abstention: tuple[CurvePoint, ...]

    def as_json(self) -> dict[str, object]:
        """The same as plain tables and lists, numbers rounded to six digits."""
        return {key: _rounded(value) for key, value in asdict(self).items()}


def predict(scorer: Scorer, examples: Sequence[Example]) -> list[Prediction]:
    """The lexicon's answer to each text."""
    scored = [scorer.score(example.text) for example in examples]
    return [Prediction(one.label, two.label, two.score) for one, two in zip(examples, scored, strict=True)]


def evaluate(predictions: Sequence[Prediction]) -> Evaluation:
    """The figures for predictions; there must be at least one."""
    labels = sorted({one.label for one in predictions})
    pairs = Counter((one.label, one.predicted) for one in predictions)
    named = Counter(one.predicted for one in predictions)
    support = Counter(one.label for one in predictions)
    shown = sorted({*labels, *named})
    per_class = {label: _figures(pairs[label, label], named[label], support[label]) for label in labels}
    return Evaluation(
        texts=len(predictions),
        macro_f1=sum(figures.f1 for figures in per_class.values()) / len(labels),
        accuracy=sum(pairs[label, label] for label in labels) / len(predictions),
        per_class=per_class,
        confusion={label: {other: pairs[label, other] for other in shown} for label in labels},
        calibration=_calibration(predictions),
        abstention=_abstention(predictions),
    )


def _figures(right: int, named: int, support: int) -> ClassFigures:
    return ClassFigures(
        precision=right / named if named else 0.0,
        recall=right / support if support else 0.0,
        f1=2 * right / (named + support),
        support=support,
    )


def _calibration(predictions: Sequence[Prediction]) -> Calibration:
    kept: dict[int, list[Prediction]] = {}
    for one in predictions:
        kept.setdefault(min(int(one.score * BINS), BINS - 1), []).append(one)
    bins = tuple(
        Bin(number / BINS, (number + 1) / BINS, len(some), _mean_score(some), _share_right(some))
        for number, some in sorted(kept.items())
    )
    gaps = (one.count * abs(one.confidence - one.accuracy) for one in bins)
    return Calibration(sum(gaps) / len(predictions), bins)


def _abstention(predictions: Sequence[Prediction]) -> tuple[CurvePoint, ...]:
    """Points from all answered down to the surest twentieth; predictions of equal probability stay together."""
    surest = sorted(predictions, key=lambda one: -one.score)
    points: list[CurvePoint] = []
    for share in ANSWERED:
        threshold = surest[math.ceil(share * len(surest)) - 1].score
        answered = [one for one in surest if one.score >= threshold]
        point = CurvePoint(threshold, len(answered) / len(surest), _share_right(answered))
        if not points or point != points[-1]:
            points.append(point)
    return tuple(points)


def _mean_score(predictions: Sequence[Prediction]) -> float:
    return sum(one.score for one in predictions) / len(predictions)


def _share_right(predictions: Sequence[Prediction]) -> float:
    return sum(one.label == one.predicted for one in predictions) / len(predictions)


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value
