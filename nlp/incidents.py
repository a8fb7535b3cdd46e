"""One incident, many mouths: which open incident a report repeats, and which one a progress or a thanks leans on.

Pure functions over frozen views, so that the database alone holds the state. Every answer carries its reasons.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from nlp.incident_words import IncidentWords, incident_words
from nlp.normalize import fold
from nlp.places.span import Place
from nlp.similarity import Rarity, split_quote, terms

SAME_BREATH = timedelta(minutes=10)  # who reports again within it mostly goes on with the same thing
OUT_OF_MIND = timedelta(hours=12)  # after it an incident must be told by more than being the newest
_TELLING = frozenset({"speaker", "words", "subject", "fixed", "type", "place", "quoted"})
_CLOSE_MINUTES = 15.0  # by then closeness in time has lost two thirds of its worth
_ALSO = re.compile(r"我[家们这]{0,2}[^,，。\s]{0,4}也|也是|我也|\+1|同样")
_FIXED_PLACE = frozenset({"lift", "utility"})  # one house, one lift and one main: floor and spot decide nothing
_PARTS = ("estate", "building", "unit", "floor", "room", "spot")


@dataclass(frozen=True, slots=True)
class ReportView:
    """What was just said: `room` and `speaker` are keys of the caller's; times are aware; `place` is what was said.

    `case_type` and `second` may be None for what only leans on something (a progress, a thanks). `quoted` is the text
    it quotes, where the gateway tells; a quotation pasted into the text is found here.
    """

    text: str
    at: datetime
    room: str
    speaker: str
    case_type: str | None = None
    second: str | None = None
    place: Place = field(default_factory=Place)
    quoted: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An open incident: all that was said about it so far, the first report first.

    `neighbours` are the rooms, besides its own, from which the same trouble may be reported. `speakers` are its
    reporters. `thanked` tells that somebody has already said it is fixed.
    """

    key: str
    case_type: str
    room: str
    texts: tuple[str, ...]
    places: tuple[Place, ...]
    speakers: frozenset[str]
    first_at: datetime
    last_at: datetime
    second: str | None = None
    neighbours: frozenset[str] = frozenset()
    thanked: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """The incident found; `reasons` add up to what decided, each by name with its figure."""

    key: str
    score: float
    reasons: tuple[tuple[str, float], ...]


def match(report: ReportView, incidents: Sequence[IncidentView], now: datetime) -> Match | None:
    """The open incident of which this is another report; None if it is a new one.

    Only incidents of the same room or a neighbouring one, of the same type, spoken of within the type's window, whose
    place and subject don't contradict, come into question; likeness then decides: what `reasons` adds up to must
    reach what the type needs. Two tickets for one trouble are merged with a word, one ticket for two hides a trouble:
    in doubt it is a new one.
    """
    words = incident_words()
    near = [incident for incident in incidents if _comes_into_question(report, incident, now, words)]
    if not near:
        return None
    said = terms(report.text)
    rarity = Rarity(terms(text) for incident in incidents for text in incident.texts)
    found: list[Match] = []
    for incident in near:
        reasons = tuple(_likeness(report, incident, said, rarity, words))
        score = sum(figure for _, figure in reasons)
        if score >= words.likeness_needed(incident.case_type):
            found.append(Match(incident.key, round(min(score, 1.0), 3), reasons))
    return max(found, key=lambda candidate: candidate.score, default=None)


def attach(utterance: ReportView, incidents: Sequence[IncidentView], now: datetime) -> Match | None:
    """The open incident on which a progress or a thanks leans (+1, 我家也停了, 还没好, 修好了); None if there is none.

    A choice among the incidents of the room: `score` is the probability of the best, `reasons` its weighted figures
    (see `[leaning]` in the lexicon). Mostly it is the newest; after a while words, subject and who reported decide.
    """
    words = incident_words()
    here = [incident for incident in incidents if _hears(utterance, incident) and incident.first_at <= now]
    if not here:
        return None
    features = list(leanings(utterance, here, now, words))
    weighted = [{name: words.weights[name] * figure for name, figure in one.items() if figure} for one in features]
    sums = [sum(one.values()) for one in weighted]
    best = max(range(len(here)), key=lambda index: (sums[index], here[index].last_at))
    share = 1 / sum(math.exp(other - sums[best]) for other in sums)
    if now - here[best].last_at > OUT_OF_MIND and not _TELLING & weighted[best].keys():
        return None
    reasons = tuple((name, round(figure, 2)) for name, figure in weighted[best].items())
    return Match(here[best].key, round(share, 3), reasons)


def _hears(report: ReportView, incident: IncidentView) -> bool:
    return report.room == incident.room or report.room in incident.neighbours


def _comes_into_question(report: ReportView, incident: IncidentView, now: datetime, words: IncidentWords) -> bool:
    if not _hears(report, incident) or now - incident.last_at > words.window(incident.case_type):
        return False
    if report.case_type is None or incident.case_type not in (report.case_type, report.second):
        return False
    fine = incident.case_type not in _FIXED_PLACE
    if any(conflict(report.place, place, fine=fine) for place in incident.places):
        return False
    return words.may_be_one(incident.case_type, fold(report.text), fold("\n".join(incident.texts)))


def conflict(one: Place, other: Place, *, fine: bool = True) -> bool:
    """Whether two places can't be the same: another building, unit or road; with `fine` another floor, room or spot."""
    parts = ("road", "building", "unit", *(("floor", "room", "spot") if fine else ()))
    return any(
        getattr(one, part) is not None
        and getattr(other, part) is not None
        and getattr(one, part) != getattr(other, part)
        for part in parts
    )


def _nowhere_near(one: Place, others: Sequence[Place]) -> bool:
    return bool(others) and all(conflict(one, other, fine=False) for other in others)


def _agreement(one: Place, others: Sequence[Place]) -> int:
    """How many parts of a place are the same in one of the others, at most two."""
    return min(2, max((sum(_same(one, other, part) for part in _PARTS) for other in others), default=0))


def _same(one: Place, other: Place, part: str) -> bool:
    return getattr(one, part) is not None and getattr(one, part) == getattr(other, part)


def _likeness(
    report: ReportView, incident: IncidentView, said: frozenset[str], rarity: Rarity, words: IncidentWords
) -> Iterator[tuple[str, float]]:
    gap = report.at - incident.last_at
    yield "words", round(max(rarity.cosine(said, terms(text)) for text in incident.texts), 2)
    yield "closeness", round(0.4 * math.exp(-max(gap.total_seconds(), 0) / 60 / _CLOSE_MINUTES), 2)
    if words.subjects(incident.case_type, fold(report.text)) & words.subjects(
        incident.case_type, fold("\n".join(incident.texts))
    ):
        yield "subject", 0.2
    if (agreed := _agreement(report.place, incident.places)) > 0:
        yield "place", 0.15 * agreed
    if report.speaker in incident.speakers and gap <= SAME_BREATH:
        yield "speaker", 0.5 if gap <= SAME_BREATH / 2 else 0.3
    if _ALSO.search(report.text) is not None:
        yield "also", 0.15
    if report.room != incident.room:
        yield "other room", -0.15
    if report.case_type != incident.case_type:
        yield "second type", -0.2


def leanings(
    utterance: ReportView, incidents: Sequence[IncidentView], now: datetime, words: IncidentWords
) -> Iterator[dict[str, float]]:
    """For each incident, by name, what speaks for it: the figures that `[leaning]` weighs."""
    pasted, text = split_quote(utterance.text)
    quoted, said, folded = terms(utterance.quoted or pasted or ""), terms(text), fold(text)
    documents = {incident.key: [terms(one) for one in incident.texts] for incident in incidents}
    rarity = Rarity(document for several in documents.values() for document in several)
    newest = max(incident.last_at for incident in incidents)
    for incident in incidents:
        several = documents[incident.key]
        minutes = max((now - incident.last_at).total_seconds() / 60, 0.0)
        common = sum(rarity.weight(term) for term in said & frozenset().union(*several))
        yield {
            "newest": float(incident.last_at == newest),
            "fresh": float(incident.last_at == newest and minutes < 6),
            "minutes": math.log1p(minutes),
            "old": float(minutes > 24 * 60),
            "speaker": float(utterance.speaker in incident.speakers),
            "words": min(common, 12.0) / 4,
            "subject": _common_subject(incident, folded, words),
            "fixed": float(words.says_fixed(incident.case_type, folded)),
            "type": float(utterance.case_type == incident.case_type),
            "place": float(_agreement(utterance.place, incident.places)),
            "conflict": float(_nowhere_near(utterance.place, incident.places)),
            "thanked": float(incident.thanked),
            "quoted": max(rarity.cosine(quoted, document) for document in several) if quoted else 0.0,
        }


def _common_subject(incident: IncidentView, folded: str, words: IncidentWords) -> float:
    """1 for a subject in common; 0.5 where only the utterance names one of the incident's type."""
    ours = words.subjects(incident.case_type, folded)
    theirs = words.subjects(incident.case_type, fold("\n".join(incident.texts)))
    if ours & theirs:
        return 1.0
    return 0.5 if ours and not theirs else 0.0
