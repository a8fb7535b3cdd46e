"""Drift: whether people speak of other things, or in other words, than when the lexicon was learned."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nlp.learning.data import NONE
from nlp.learning.new_words import Names
from nlp.learning.signs import names_somebody
from nlp.register import Weights
from nlp.segment import Term, terms

NEAR = 0.1  # a score this close to the type's `ask` threshold is a decision of low margin
NEW_TERMS = 15
_LEAST = 3  # reports that use a term before it is told


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance as it was decided: only those with a score that could matter are given one by one."""

    kind: str
    case_type: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A leader's word: the type the bot gave, and the right one."""

    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Period:
    """What happened in some days. `utterances` counts all, also those not in `heard`."""

    utterances: int
    heard: Sequence[Heard]
    judged: Sequence[Judged]
    reports: Sequence[str]


@dataclass(frozen=True, slots=True)
class Shares:
    """The figures of a period; None where there is nothing to divide by."""

    utterances: int
    reports: int
    low_margin: float | None  # of all utterances, those decided close to `ask`
    asked: float | None  # of all reports, those that weren't sure enough to be filed without asking
    corrected: float | None  # of what leaders spoke on, what they said was wrong
    corrected_by_type: dict[str, tuple[int, int]]  # type given → corrected, spoken on

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "utterances": self.utterances,
            "reports": self.reports,
            "low_margin": self.low_margin,
            "asked": self.asked,
            "corrected": self.corrected,
            "corrected_by_type": {code: list(counts) for code, counts in self.corrected_by_type.items()},
        }


@dataclass(frozen=True, slots=True)
class Drift:
    """The last days against the days before them, and what is spoken of newly."""

    lately: Shares
    before: Shares
    terms: list[Term]


def measure(lately: Period, before: Period, weights: Weights, names: Names) -> Drift:
    """Compare two periods. Terms that name somebody are left out."""
    found = terms(lately.reports, list(before.reports), least=_LEAST, most=10 * NEW_TERMS)
    told = [term for term in found if not names.has(term.word) and not names_somebody(term.word)]
    return Drift(shares(lately, weights), shares(before, weights), told[:NEW_TERMS])


def shares(period: Period, weights: Weights) -> Shares:
    """The figures of one period, by the thresholds as they are now."""
    reports = [one for one in period.heard if one.kind == "report"]
    near = sum(abs(one.score - weights.threshold(one.case_type or "").ask) <= NEAR for one in period.heard)
    asked = sum(one.score < weights.threshold(one.case_type or "").auto for one in reports)
    spoken = Counter(one.was for one in period.judged)
    wrong = Counter(one.was for one in period.judged if one.was != one.now)
    return Shares(
        period.utterances,
        len(reports),
        _share(near, period.utterances),
        _share(asked, len(reports)),
        _share(wrong.total(), spoken.total()),
        {code: (wrong[code], spoken[code]) for code in sorted(spoken) if code != NONE},
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
