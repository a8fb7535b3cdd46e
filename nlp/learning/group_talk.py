"""How well places and incidents are read in a corpus of group talk: the figures that the floors in the tests hold."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nlp.incidents import IncidentView, Match, ReportView, attach, match
from nlp.place import find_place
from nlp.places.span import Place
from nlp.places.topics import names_of_topics

COLUMNS = ("room", "time", "speaker", "role", "text", "kind", "case_type", "incident", "place", "urgency")
BREATH = timedelta(seconds=60)  # lines of one speaker with the same labels, closer than this, are one utterance
LEANING = ("report", "progress", "thanks")


@dataclass(slots=True)
class Utterance:
    """What one speaker said in a breath, with its labels; `lines` counts the messages it was sent in."""

    texts: list[str]
    at: datetime
    last_at: datetime
    speaker: str
    role: str
    kind: str
    case_type: str
    incident: str
    place: str
    urgency: str
    room: str

    @property
    def text(self) -> str:
        """All its lines, joined as the listener joins them."""
        return "\n".join(self.texts)

    @property
    def lines(self) -> int:
        """How many messages it was sent in."""
        return len(self.texts)


def utterances(path: Path) -> list[Utterance]:
    """The utterances of one room's file, in order; a time smaller than the line before begins the next day."""
    found: list[Utterance] = []
    newest: dict[str, Utterance] = {}
    day, before = datetime(2026, 1, 1, tzinfo=UTC), timedelta()
    for line in path.read_text("utf-8").split("\n")[1:]:
        cells = line.split("\t")
        if len(cells) != len(COLUMNS):
            continue
        room, time, speaker, role, text, kind, case_type, incident, place, urgency = cells
        hours, minutes, seconds = (int(part) for part in time.split(":"))
        clock = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        day += timedelta(days=1) if clock < before else timedelta()
        before, at, text = clock, day + clock, text.replace("\\n", "\n")
        last = newest.get(speaker)
        labels = (kind, case_type, incident, place)
        goes_on = last is not None and kind in LEANING and at - last.last_at <= BREATH
        if last is not None and goes_on and labels == (last.kind, last.case_type, last.incident, last.place):
            last.texts.append(text)
            last.last_at = at
            continue
        newest[speaker] = Utterance([text], at, at, speaker, role, kind, case_type, incident, place, urgency, room)
        found.append(newest[speaker])
    return found


def labelled_place(label: str) -> Place:
    """The place that a label of the corpus means: `building=3;spot=门口`."""
    return Place(**dict(part.split("=", 1) for part in label.split(";") if part))


@dataclass(slots=True)
class PlaceFigures:
    """Of how many reports the whole place was read right, and which parts were wrong how often."""

    reports: int = 0
    exact: int = 0
    wrong_parts: Counter[str] = field(default_factory=Counter)
    misses: list[tuple[str, Place, Place]] = field(default_factory=list)

    @property
    def exactness(self) -> float:
        """The share of reports with all seven parts right."""
        return self.exact / self.reports if self.reports else 0.0


def measure_places(paths: Iterable[Path]) -> PlaceFigures:
    """Places of all reports in the files: text, label and what was read are kept for the misses."""
    figures = PlaceFigures()
    for utterance in itertools.chain.from_iterable(utterances(path) for path in paths):
        if utterance.kind != "report":
            continue
        names = names_of_topics([utterance.room])
        wanted, found = labelled_place(utterance.place), find_place(utterance.text, names)
        figures.reports += 1
        if wanted == found:
            figures.exact += 1
            continue
        figures.misses.append((utterance.text, wanted, found))
        theirs = found.as_dict()
        figures.wrong_parts.update(part for part, value in wanted.as_dict().items() if value != theirs[part])
    return figures


@dataclass(slots=True)
class IncidentFigures:
    """Pairs of lines about one incident: rightly joined, wrongly joined, missed; of leaning utterances, those right."""

    joined: int = 0
    wrongly: int = 0
    missed: int = 0
    leaning: int = 0
    rightly_leaning: int = 0

    @property
    def pairwise_f1(self) -> float:
        """F1 over pairs of lines that carry an incident."""
        both = 2 * self.joined + self.wrongly + self.missed
        return 2 * self.joined / both if both else 1.0


@dataclass(slots=True)
class _Open:
    view: IncidentView
    label: str


def measure_incidents(paths: Iterable[Path], *, reports_only: bool = False) -> IncidentFigures:
    """Plays each room through `match` and `attach` with the labelled kinds and types, and counts pairs of lines."""
    figures = IncidentFigures()
    for path in paths:
        told = [one for one in utterances(path) if one.kind in LEANING and one.incident]
        given = list(_played(told, figures))
        pairs = [(a, b) for a, b in zip(told, given, strict=True) if not reports_only or a.kind == "report"]
        _count(pairs, figures)
    return figures


def _played(told: Sequence[Utterance], figures: IncidentFigures) -> Iterator[str]:
    """The key of the incident that each utterance was put to."""
    opened: dict[str, _Open] = {}
    for number, one in enumerate(told):
        _, key = _decide(one, [incident.view for incident in opened.values()], number)
        if one.kind != "report" and any(incident.label == one.incident for incident in opened.values()):
            figures.leaning += 1
            figures.rightly_leaning += key in opened and opened[key].label == one.incident
        label = opened[key].label if key in opened else one.incident
        opened[key] = _Open(extended(opened[key].view if key in opened else None, one, key), label)
        yield key


def _decide(one: Utterance, open_views: list[IncidentView], number: int) -> tuple[Match | None, str]:
    report = one.kind == "report"
    view = ReportView(
        one.text, one.at, one.room, one.speaker, one.case_type if report else None, place=find_place(one.text)
    )
    found = match(view, open_views, one.at) if report else attach(view, open_views, one.at)
    return found, found.key if found is not None else str(number)


def extended(view: IncidentView | None, one: Utterance, key: str) -> IncidentView:
    """The incident after one more utterance about it."""
    place = find_place(one.text)
    places = (place,) if place and one.kind == "report" else ()
    speakers = frozenset({one.speaker} if one.kind == "report" else ())
    thanked = one.kind == "thanks"
    if view is None:
        return IncidentView(
            key, one.case_type, one.room, (one.text,), places, speakers, one.at, one.last_at, thanked=thanked
        )
    return IncidentView(
        key,
        view.case_type,
        view.room,
        (*view.texts, one.text),
        view.places + places,
        view.speakers | speakers,
        view.first_at,
        one.last_at,
        view.second,
        view.neighbours,
        thanked,
    )


def _count(pairs: Sequence[tuple[Utterance, str]], figures: IncidentFigures) -> None:
    lines = [(one.incident, key) for one, key in pairs for _ in range(one.lines)]
    wanted = sum(size * (size - 1) // 2 for size in Counter(label for label, _ in lines).values())
    given = sum(size * (size - 1) // 2 for size in Counter(key for _, key in lines).values())
    joined = sum(size * (size - 1) // 2 for size in Counter(lines).values())
    figures.joined += joined
    figures.wrongly += given - joined
    figures.missed += wanted - joined
