"""Replaying a group's log through the whole pipeline on a throw-away database, to see what it would have made of it."""

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from actions.org import NodeRow, PersonRow, RoomRow, import_org
from actions.work import House
from bot.case_types import load_case_types
from bot.clock import StoryClock
from bot.inbox import Inbox
from bot.tables import read_table
from handlers.texts import voice
from nlp.classify import Understanding
from nlp.place import Place
from nlp.similarity import split_quote
from rules.errors import ConfigError
from rules.org import RoomKind
from rules.roles import GRID, ROLE_NAMES, STAFF, THREE_LEADERS, Role
from rules.talk import Form, Heard
from storage import migrate
from storage.engine import Database
from storage.queries import messages as q
from storage.queries import tickets as tickets_q

ACCOUNT = "replay"
ZONE = ZoneInfo("Asia/Shanghai")
FIRST_DAY = datetime(2026, 5, 11, tzinfo=ZONE)
CHUNK = 500  # messages kept in one go
JITTER = timedelta(minutes=10)  # a line that is this much earlier than the one before isn't the next day's
_FORMS = {
    "[图片]": Form.IMAGE,
    "[语音]": Form.VOICE,
    "[视频]": Form.VIDEO,
    "[文件]": Form.FILE,
    "[位置]": Form.LOCATION,
}
_ESTATE = re.compile(
    r"^(.*?[^\d０-９A-Za-z一二三四五六七八九十#])[\dA-Za-z#一二三四五六七八九十-]{1,6}(?:号楼|栋|幢|座|号|单元|组|楼|区|#)"
)
_TIME = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})$")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a log; `number` counts the lines behind the header from 1."""

    number: int
    room: str
    at: datetime
    speaker: str
    role: Role
    text: str

    @property
    def message_id(self) -> str:
        """The id under which the line is kept."""
        return f"line-{self.number}"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one line; None where there is nothing to tell."""

    line: int
    utterance: int | None
    kind: str | None
    case_type: str | None
    score: float | None
    ticket: str | None
    incident: str | None
    place: dict[str, str | None] | None
    urgency: str | None
    evidence: list[dict[str, object]] | None


def read_log(path: Path, warn: Callable[[str], None]) -> list[LogLine]:
    """Read a group log: columns room, time (HH:MM:SS), speaker, role, text; others are ignored.

    A role that nobody has here (volunteer) is heard as a resident; `warn` is told once for each. A time that goes back
    means the next day: of the whole file where its rooms take turns, of the room where the file tells one room after
    the other.

    Raises:
        ConfigError: names file, line and column.

    """
    rows = []
    unknown: set[str] = set()
    for number, (line, row) in enumerate(read_table(path, ["room", "time", "speaker", "role", "text"]), 1):
        found = _TIME.match(row["time"].strip())
        if found is None or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3]) > 59:
            raise ConfigError(f"{path}:{line}: time: {row['time']!r}; expected HH:MM:SS")
        of_day = timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=int(found[3]))
        role = _role(row["role"].strip())
        if role is None:
            role, word = Role.RESIDENT, row["role"].strip()
            if word not in unknown:
                warn(f"{path}:{line}: role: {word!r} is none of {', '.join(Role)}; heard as a resident")
            unknown.add(word)
        rows.append((number, row["room"], of_day, row["speaker"], role, row["text"].replace("\\n", "\n")))
    return list(_dated(rows))


def _role(word: str) -> Role | None:
    """The role a word names; None for one that nobody has here."""
    if not word or word == "bot":
        return Role.RESIDENT
    return next((role for role, name in ROLE_NAMES.items() if word in (role, name)), None)


def _dated(rows: Sequence[tuple[int, str, timedelta, str, Role, str]]) -> Iterator[LogLine]:
    switches = sum(1 for one, other in pairwise(rows) if one[1] != other[1])
    take_turns = switches >= 2 * len({row[1] for row in rows})
    days: dict[str, int] = {}
    last: dict[str, timedelta] = {}
    for number, room, of_day, speaker, role, text in rows:
        key = "" if take_turns else room
        if key in last and of_day < last[key] - JITTER:
            days[key] = days.get(key, 0) + 1
            last[key] = of_day
        last[key] = max(of_day, last.get(key, of_day))
        yield LogLine(number, room, FIRST_DAY + timedelta(days=days.get(key, 0)) + of_day, speaker, role, text)


async def replay(
    lines: Sequence[LogLine], understanding: Understanding, progress: Callable[[int], None] = lambda _: None
) -> Iterator[Replayed]:
    """Play a log and return what became of each line, in the log's order; `progress` is told the lines done."""
    with tempfile.TemporaryDirectory(prefix="huiyin-replay-") as folder:
        database = Database(f"sqlite:///{folder}/replay.db", durable=False)
        try:
            await migrate.upgrade(database)
            await _import(database, lines)
            await _play(database, lines, understanding, progress)
            return iter(await _results(database, lines))
        finally:
            await database.close()


async def _import(database: Database, lines: Sequence[LogLine]) -> None:
    """Make a district for the log: rooms of one estate are neighbours, staff have posts where they speak."""
    nodes = {"R": NodeRow("R", "", "subdistrict", "回放")}
    rooms, people = [], {}
    for room in dict.fromkeys(line.room for line in lines):
        estate = found[1] if (found := _ESTATE.match(room)) else room
        grid = f"G:{estate}"
        nodes.setdefault(grid, NodeRow(grid, "R", "grid", estate))
        nodes[f"U:{room}"] = NodeRow(f"U:{room}", grid, "unit", room)
        rooms.append(RoomRow(ACCOUNT, room, room, f"U:{room}", RoomKind.RESIDENTS))
    for line in lines:
        if line.role in STAFF:
            estate = found[1] if (found := _ESTATE.match(line.room)) else line.room
            node = f"U:{line.room}" if line.role in THREE_LEADERS else f"G:{estate}" if line.role in GRID else "R"
            wechat = _speaker_id(line)
            people[wechat, line.role] = PersonRow(wechat, line.speaker, line.role, node, ACCOUNT, wechat)
    async with database.write() as tx:
        await import_org(tx, list(nodes.values()), list(people.values()), rooms)


async def _play(
    database: Database, lines: Sequence[LogLine], understanding: Understanding, progress: Callable[[int], None]
) -> None:
    """Keep a chunk of messages, then handle what has closed by its end, each utterance as of its own time."""
    clock = StoryClock(FIRST_DAY)
    inbox = Inbox(database, House(load_case_types(), ZONE, voice), understanding, clock=clock)
    ordered = sorted(lines, key=lambda line: (line.at, line.number))
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        clock.set(chunk[-1].at)
        await inbox.receive([_heard(line) for line in chunk])
        await inbox.handle([ACCOUNT], at_closing=True)
        progress(start + len(chunk))
    clock.advance(timedelta(minutes=10))
    await inbox.handle([ACCOUNT], at_closing=True)


def _heard(line: LogLine) -> Heard:
    form = _FORMS.get(line.text.strip())
    quoted, words = split_quote(line.text)
    return Heard(
        account=ACCOUNT,
        message_id=line.message_id,
        room_id=line.room,
        speaker_id=_speaker_id(line),
        speaker_name=line.speaker,
        at=line.at,
        text="" if form else words if quoted else line.text,
        form=form or Form.TEXT,
        quoted_text=quoted,
    )


def _speaker_id(line: LogLine) -> str:
    return f"{line.room}/{line.speaker}"[-128:]


async def _results(database: Database, lines: Sequence[LogLine]) -> list[Replayed]:
    found: list[Replayed] = []
    async with database.read() as tx:
        for start in range(0, len(lines), CHUNK):
            chunk = lines[start : start + CHUNK]
            utterances = await q.utterances_by_message(tx, ACCOUNT, [line.message_id for line in chunk])
            understood = await q.understood(tx, utterances.values())
            tickets = await tickets_q.tickets_of_utterances(tx, utterances.values())
            for line in chunk:
                utterance = utterances.get(line.message_id)
                view = understood.get(utterance) if utterance is not None else None
                found.append(_replayed(line, view, tickets.get(utterance) if utterance is not None else None))
    return found


def _replayed(line: LogLine, view: q.Understood | None, ticket: tuple[int, str, str] | None) -> Replayed:
    """What is said about a ticket has the ticket's case type, whatever its own few words seem to say."""
    more = (view.understood if view else None) or {}
    leans = view is not None and view.kind in ("progress", "thanks") and ticket is not None
    return Replayed(
        line=line.number,
        utterance=view.id if view else None,
        kind=view.kind if view else None,
        case_type=ticket[2] if leans and ticket else view.case_type if view else None,
        score=view.score if view else None,
        ticket=ticket[1] if ticket else None,
        incident=str(ticket[0]) if ticket else None,
        place=(more.get("place") or Place().as_dict()) if view and view.kind == "report" else None,
        urgency=more.get("urgency"),
        evidence=more.get("evidence"),
    )
