"""The corpus of group talk, read as utterances with what a listener would know at that moment."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from nlp.moment import MINE_FOR, TALKED_OF, moment
from rules.errors import ConfigError

COLUMNS = ("room", "time", "speaker", "role", "text", "kind", "case_type", "incident", "place", "urgency")
APART = 5  # rooms whose number this divides are kept apart: floors are measured there, nothing is learned
BREATH = 45  # seconds within which one speaker's messages are one utterance, as the inbox joins them
MEMORY = 60  # lines after which an open trouble is out of the room's mind
SAYING_COLUMNS = ("kind", "case_type", "urgency", "text")
TOGETHER = 20  # sayings that count as one room where it matters in how many rooms a word was said


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance with its labels; `room` is below zero for a saying without a room.

    `open_types` are the types of what was reported before and not thanked for; `recent` is the type of the trouble
    that the room spoke of lately, and `moment` names when it is said (see nlp/moment.py), None for a saying.
    """

    room: int
    text: str
    staff: bool
    kind: str
    case_type: str
    urgency: str
    incident: str = ""
    open_types: frozenset[str] = frozenset()
    recent: str | None = None
    moment: str | None = None
    last_line: int = 0


def rooms(folder: Path, *, apart: bool = False) -> Iterator[Path]:
    """The files of the rooms to learn from, or of those kept apart."""
    for path in sorted(folder.glob("[0-9]*.tsv"), key=lambda path: int(path.stem)):
        if (int(path.stem) % APART == 0) is apart:
            yield path


def sayings(folder: Path) -> list[Said]:
    """The single sayings of the corpus: reports and others without a room around them."""
    found: list[Said] = []
    for path in sorted((folder / "sayings").glob("*.tsv")):
        for number, cells in _cells(path, SAYING_COLUMNS):
            kind, case_type, urgency, text = cells
            place = -1 - len(found) // TOGETHER
            found.append(Said(place, text.replace("\\n", "\n"), False, kind, case_type, urgency, last_line=number))
    return found


def _cells(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    lines = path.read_text("utf-8").split("\n")
    if tuple(lines[0].split("\t")) != columns:
        raise ConfigError(f"{path}:1: expected the columns {' '.join(columns)}")
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if line and len(cells) != len(columns):
            raise ConfigError(f"{path}:{number}: expected {len(columns)} columns, found {len(cells)}")
        if line:
            yield number, cells


@dataclass(slots=True)
class _Talk:
    """What a room has spoken of so far: open incidents, the last trouble, who spoke of one, and whether staff did."""

    opened: dict[str, tuple[str, int]] = field(default_factory=dict)  # incident → type, line
    last_type: str = ""
    last_at: int | None = None
    spoke: dict[str, int] = field(default_factory=dict)
    answered: bool = False

    def moment(self, speaker: str, at: int) -> str:
        since = None if self.last_at is None else timedelta(seconds=at - self.last_at)
        mine = speaker in self.spoke and at - self.spoke[speaker] <= MINE_FOR.total_seconds()
        return moment(since, mine=mine, answered=self.answered)

    def recent(self, at: int) -> str | None:
        lately = self.last_at is not None and at - self.last_at <= TALKED_OF.total_seconds()
        return self.last_type if lately else None

    def note(self, number: int, at: int, speaker: str, labels: tuple[str, str, str], *, staff: bool) -> None:
        kind, case_type, incident = labels
        self.answered = staff
        if kind in ("report", "progress") and incident and case_type:
            self.opened[incident] = (case_type, number)
            self.last_type, self.last_at = case_type, at
            self.spoke[speaker] = at
        elif kind == "thanks":
            self.opened.pop(incident, None)


def utterances(path: Path) -> list[Said]:
    """One room's utterances in the order of their first message; ConfigError for a file that isn't a corpus file."""
    said: list[Said] = []
    latest: dict[str, tuple[int, int]] = {}  # speaker → where their last utterance stands, and its second
    talk = _Talk()
    day, before = 0, 0
    for number, cells in _cells(path, COLUMNS):
        _, time, speaker, role, text, kind, case_type, incident, _, urgency = cells
        of_day = sum(int(part) * unit for part, unit in zip(time.split(":"), (3600, 60, 1), strict=True))
        day += 86_400 if of_day < before else 0
        before, at = of_day, day + of_day
        text = text.replace("\\n", "\n")
        place, last = latest.get(speaker, (-1, -BREATH - 1))
        known = said[place] if place >= 0 else None
        if known and at - last <= BREATH and (known.kind, known.incident) == (kind, incident):
            said[place] = replace(known, text=f"{known.text}\n{text}", last_line=number)
        else:
            place = len(said)
            open_now = frozenset(kept for kept, line in talk.opened.values() if number - line <= MEMORY)
            said.append(
                Said(
                    int(path.stem),
                    text,
                    role != "resident",
                    kind,
                    case_type,
                    urgency,
                    incident,
                    open_now,
                    talk.recent(at),
                    talk.moment(speaker, at),
                    number,
                )
            )
        latest[speaker] = (place, at)
        talk.note(number, at, speaker, (kind, case_type, incident), staff=role != "resident")
    return said
