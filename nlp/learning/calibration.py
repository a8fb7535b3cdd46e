"""From scores to probabilities, and from wanted precision to thresholds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np
from sklearn.linear_model import LogisticRegression

from nlp.decision import Decision
from nlp.learning.rooms import Said
from nlp.lexicon import KINDS
from nlp.register import SURE, Threshold, Weights

AUTO_PRECISION = 0.95  # of what is filed without asking, so much must be a report; a wrong type is mended by 改类
ASK_PRECISION, ASK_RECALL = 0.92, 0.88  # wanted of what is taken for a report at all
ENOUGH = 25  # judged utterances of a type below which the common threshold serves


@dataclass(frozen=True, slots=True)
class Judged:
    """An utterance and what a model that hadn't heard its room decided; its score is not calibrated yet."""

    said: Said
    decision: Decision


@dataclass(frozen=True, slots=True)
class Calibration:
    """What `calibrate` found."""

    slope: float
    intercept: float
    default: Threshold
    thresholds: dict[str, Threshold]

    def score(self, raw: float) -> float:
        """The calibrated probability for a raw one."""
        return float(1 / (1 + np.exp(-(self.slope * _odds(raw) + self.intercept))))

    def applied(self, weights: Weights) -> Weights:
        """The weights with this calibration."""
        return replace(
            weights,
            slope=round(self.slope, 4),
            intercept=round(self.intercept, 4),
            default=self.default,
            thresholds=self.thresholds,
        )


def _odds(raw: float) -> float:
    clipped = min(max(raw, 1e-4), 1 - 1e-4)
    return log(clipped / (1 - clipped))


def calibrate(judged: Sequence[Judged]) -> Calibration:
    """Fit slope and intercept; `ask` and `auto` come from what is wanted."""
    odds = np.array([[_odds(one.decision.score)] for one in judged])
    is_report = np.array([one.said.kind == "report" for one in judged])
    model = LogisticRegression(C=1e6).fit(odds, is_report)
    rough = Calibration(float(model.coef_[0][0]), float(model.intercept_[0]), Threshold(0.5, 0.9), {})
    scores = np.array([rough.score(one.decision.score) for one in judged])
    ask = _ask(scores, is_report)
    sure = np.array([one.decision.margin >= SURE for one in judged])
    default = Threshold(ask, _auto(scores[sure], is_report[sure], ask))
    guessed = np.array([(one.decision.case_type or "") if sure[n] else "" for n, one in enumerate(judged)])
    thresholds = {
        str(code): Threshold(ask, _auto(scores[guessed == code], is_report[guessed == code], ask))
        for code in sorted(set(guessed) - {""})
        if (guessed == code).sum() >= ENOUGH
    }
    return replace(rough, default=default, thresholds=thresholds)


def _ask(scores: np.ndarray, is_report: np.ndarray) -> float:
    """The threshold, in hundredths, where the weaker of precision and recall comes nearest to what is wanted."""

    def nearness(at: float) -> float:
        found = (is_report & (scores >= at)).sum()
        precision, recall = found / max((scores >= at).sum(), 1), found / max(is_report.sum(), 1)
        return float(min(precision / ASK_PRECISION, recall / ASK_RECALL))

    return round(float(max(np.arange(0.30, 0.80, 0.01), key=nearness)), 2)


def _auto(scores: np.ndarray, right: np.ndarray, ask: float) -> float:
    """The lowest threshold from which the wanted precision holds; 0.995 where it never does."""
    for at in np.arange(ask, 0.995, 0.005):
        chosen = scores >= at
        if chosen.sum() >= ENOUGH / 2 and right[chosen].mean() >= AUTO_PRECISION:
            return round(float(at), 3)
    return 0.995


def figures(judged: Sequence[Judged], calibration: Calibration) -> list[str]:
    """Precision, recall, type accuracy and the kinds' F1, as comments for the head of the register."""
    lines = []
    for name, part in (("with its context", judged[::2]), ("by its words alone", judged[1::2])):
        pairs = [(one.said.kind, _kind(one, calibration)) for one in part]
        typed = [one.decision.case_type == one.said.case_type for one in part if one.said.kind == "report"]
        count = Counter(pairs)
        f1 = {}
        for kind in KINDS:
            told = sum(n for (_, guess), n in count.items() if guess == kind)
            true = sum(n for (label, _), n in count.items() if label == kind)
            f1[kind] = 2 * count[kind, kind] / max(told + true, 1)
        found = count["report", "report"]
        told = sum(n for (_, guess), n in count.items() if guess == "report")
        true = sum(n for (label, _), n in count.items() if label == "report")
        lines.append(
            f"Cross-validated over rooms, {name}: reports P {found / told:.3f} R {found / true:.3f},"
            f" type {sum(typed) / len(typed):.3f} of all reports, kinds macro-F1 {sum(f1.values()) / len(f1):.3f} ("
            + ", ".join(f"{kind} {value:.2f}" for kind, value in f1.items())
            + ")."
        )
    return lines


def _kind(one: Judged, calibration: Calibration) -> str:
    code = one.decision.case_type or ""
    threshold = calibration.thresholds.get(code, calibration.default)
    if calibration.score(one.decision.score) >= threshold.ask:
        return "report"
    kind = one.decision.kind.value
    return "chatter" if kind == "report" else kind
