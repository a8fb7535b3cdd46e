"""The corpus of group talk, read as utterances with what a listener would know at that moment."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rules.errors import ConfigError

COLUMNS = ("room", "time", "speaker", "role", "text", "kind", "case_type", "incident", "place", "urgency")
APART = 5  # rooms whose number this divides are kept apart: floors are measured there, nothing is learned
BREATH = 45  # seconds within which one speaker's messages are one utterance, as the inbox joins them
MEMORY = 60  # lines after which an open trouble is out of the room's mind
RECENT = 4  # lines after which it is no longer what the room is speaking of


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance with its labels.

    `open_types` are the types of what was reported before and not thanked for; `recent` is the type of the trouble
    that the room spoke of in its last few lines.
    """

    room: int
    text: str
    staff: bool
    kind: str
    case_type: str
    urgency: str
    incident: str
    open_types: frozenset[str]
    recent: str | None
    last_line: int


def rooms(folder: Path, *, apart: bool = False) -> Iterator[Path]:
    """The files of the rooms to learn from, or of those kept apart."""
    for path in sorted(folder.glob("[0-9]*.tsv")):
        if (int(path.stem) % APART == 0) is apart:
            yield path


def utterances(path: Path) -> list[Said]:
    """One room's utterances in the order of their last message; ConfigError for a file that isn't a corpus file."""
    lines = path.read_text("utf-8").split("\n")
    if tuple(lines[0].split("\t")) != COLUMNS:
        raise ConfigError(f"{path}:1: expected the columns {' '.join(COLUMNS)}")
    said: list[Said] = []
    latest: dict[str, tuple[int, int]] = {}  # speaker → where their last utterance stands, and its second
    opened: dict[str, tuple[str, int]] = {}  # incident → type, line
    spoken: tuple[str, int] = ("", -MEMORY)  # the type last spoken of, and its line
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        cells = line.split("\t")
        if len(cells) != len(COLUMNS):
            raise ConfigError(f"{path}:{number}: expected {len(COLUMNS)} columns, found {len(cells)}")
        _, time, speaker, role, text, kind, case_type, incident, _, urgency = cells
        second = sum(int(part) * unit for part, unit in zip(time.split(":"), (3600, 60, 1), strict=True))
        text = text.replace("\\n", "\n")
        place, before = latest.get(speaker, (-1, -BREATH - 1))
        known = said[place] if place >= 0 else None
        if known and 0 <= second - before <= BREATH and (known.kind, known.incident) == (kind, incident):
            said[place] = replace(known, text=f"{known.text}\n{text}", last_line=number)
        else:
            open_now = frozenset(kept for kept, at in opened.values() if number - at <= MEMORY)
            place = len(said)
            recent = spoken[0] if number - spoken[1] <= RECENT else None
            labels = (kind, case_type, urgency, incident)
            said.append(Said(int(path.stem), text, role != "resident", *labels, open_now, recent, number))
        latest[speaker] = (place, second)
        if kind in ("report", "progress") and incident and case_type:
            opened[incident] = spoken = (case_type, number)
        elif kind == "thanks":
            opened.pop(incident, None)
    return said
