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
from nlp.moment import MOMENTS
from nlp.register import SURE, Threshold, Weights

AUTO_PRECISION = 0.95  # of what is filed without asking, so much must be a report; a wrong type is mended by 改类
ASK_PRECISION, ASK_RECALL = 0.92, 0.88  # wanted of what is taken for a report at all
SCORES, ODDS = np.arange(0.30, 0.80, 0.01), np.arange(-3.0, 3.0, 0.05)
ENOUGH = 25  # judged utterances of a type below which the common threshold serves


@dataclass(frozen=True, slots=True)
class Judged:
    """An utterance and what a model that hadn't heard its room decided; its score is not calibrated yet.

    `informed` tells that it decided with what goes on around the utterance.
    """

    said: Said
    decision: Decision
    informed: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """What `calibrate` found."""

    slope: float
    intercept: float
    default: Threshold
    thresholds: dict[str, Threshold]
    shift: float = 0.0  # what a known moment adds to a report, so that one threshold serves with and without context

    def score(self, one: Judged) -> float:
        """The calibrated probability of a report."""
        odds = _odds(one.decision.score) + self.shift * one.informed
        return float(1 / (1 + np.exp(-(self.slope * odds + self.intercept))))

    def applied(self, weights: Weights) -> Weights:
        """The weights with this calibration."""
        context = {
            name: {**effect, "report": round(effect.get("report", 0.0) + self.shift, 2)} if name in MOMENTS else effect
            for name, effect in weights.context.items()
        }
        context |= {name: {"report": round(self.shift, 2)} for name in MOMENTS if name not in context}
        return replace(
            weights,
            context=context,
            slope=round(self.slope, 4),
            intercept=round(self.intercept, 4),
            default=self.default,
            thresholds=self.thresholds,
        )


def _odds(raw: float) -> float:
    clipped = min(max(raw, 1e-4), 1 - 1e-4)
    return log(clipped / (1 - clipped))


def calibrate(judged: Sequence[Judged]) -> Calibration:
    """Fit slope and intercept; `ask` and `auto` come from what is wanted.

    `judged` holds each utterance twice: with its context, then by its words alone.
    """
    odds = np.array([_odds(one.decision.score) for one in judged])
    informed = np.array([one.informed for one in judged])
    is_report = np.array([one.said.kind == "report" for one in judged])
    shift = round(
        _ask(odds[~informed], is_report[~informed], ODDS) - _ask(odds[informed], is_report[informed], ODDS), 2
    )
    model = LogisticRegression(C=1e6).fit((odds + shift * informed)[:, None], is_report)
    slope, intercept = float(model.coef_[0][0]), float(model.intercept_[0])
    rough = Calibration(slope, intercept, Threshold(0.5, 0.9), {}, shift)
    scores = np.array([rough.score(one) for one in judged])
    ask = _ask(scores, is_report, SCORES)
    sure = np.array([one.decision.margin >= SURE for one in judged])
    default = Threshold(ask, _auto(scores[sure], is_report[sure], ask))
    guessed = np.array([(one.decision.case_type or "") if sure[n] else "" for n, one in enumerate(judged)])
    thresholds = {
        str(code): Threshold(ask, _auto(scores[guessed == code], is_report[guessed == code], ask))
        for code in sorted(set(guessed) - {""})
        if (guessed == code).sum() >= ENOUGH
    }
    return replace(rough, default=default, thresholds=thresholds)


def _ask(scores: np.ndarray, is_report: np.ndarray, steps: np.ndarray) -> float:
    """The threshold, of these steps, where the weaker of precision and recall comes nearest to what is wanted."""

    def nearness(at: float) -> float:
        found = (is_report & (scores >= at)).sum()
        precision, recall = found / max((scores >= at).sum(), 1), found / max(is_report.sum(), 1)
        return float(min(precision / ASK_PRECISION, recall / ASK_RECALL))

    return round(float(max(steps, key=nearness)), 2)


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
            f"Cross-validated over fresh rooms, {name}: reports P {found / told:.3f} R {found / true:.3f},"
            f" type {sum(typed) / len(typed):.3f} of all reports, kinds macro-F1 {sum(f1.values()) / len(f1):.3f} ("
            + ", ".join(f"{kind} {value:.2f}" for kind, value in f1.items())
            + ")."
        )
    return lines


def _kind(one: Judged, calibration: Calibration) -> str:
    code = one.decision.case_type or ""
    threshold = calibration.thresholds.get(code, calibration.default)
    if calibration.score(one) >= threshold.ask:
        return "report"
    kind = one.decision.kind.value
    return "chatter" if kind == "report" else kind
