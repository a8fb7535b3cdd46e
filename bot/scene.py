"""The invented district of the demo and the stories, in a make-believe WeChat."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from actions.work import House
from bot.app import App, Manner
from bot.case_types import load_case_types
from bot.clock import StoryClock
from bot.gateways.simulator import Arrived, Simulator
from bot.org_tables import OrgTables, import_tables, read_tables
from bot.story import DIRECT, Line, Spoken
from handlers.texts import voice
from nlp.classify import Understanding
from rules.errors import ConfigError
from rules.pacing import Pace
from rules.talk import Form
from storage import migrate
from storage.engine import Database

ACCOUNT = "main"
TABLES = Path(__file__).parent / "demo"
ZONE = ZoneInfo("Asia/Shanghai")
PICTURE = re.compile(r"\s*\[图片\]\s*")
# Enough of a JPEG for everybody who only looks at its beginning.
PICTURE_BYTES = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


@dataclass(frozen=True, slots=True)
class District:
    """Who and what there is: the tables, and how stories call things."""

    tables: OrgTables

    @classmethod
    def load(cls) -> "District":
        """Read the district that ships."""
        return cls(read_tables(set(), *(TABLES / f"{name}.tsv" for name in ("nodes", "people", "rooms"))))

    def room_id(self, where: str) -> str | None:
        """Return the room that a story calls so: its topic, or the end of it; None for a direct chat.

        Raises:
            ConfigError: there is no such room.

        """
        if where == DIRECT:
            return None
        found = self.find_room(where)
        if found is None:
            raise ConfigError(f"no room of the district is called {where!r}")
        return found

    def find_room(self, where: str) -> str | None:
        """Return the room of this topic, or the first whose topic ends so."""
        found = [row.room for row in self.tables.rooms if where in (row.topic, row.room)]
        found += [row.room for row in self.tables.rooms if row.topic.endswith(where)]
        return next(iter(found), None)

    def person_id(self, who: str) -> str:
        """Return a person's contact id: staff by their name, anybody else is a resident."""
        found = next((row.wechat for row in self.tables.people if who in (row.name, row.code)), None)
        return found or f"resident-{who}"

    def name_of(self, person_id: str) -> str:
        """Return what a contact is called."""
        staff = next((row.name for row in self.tables.people if row.wechat == person_id), None)
        return staff or person_id.removeprefix("resident-")

    def topic_of(self, room_id: str) -> str:
        """Return a room's topic."""
        return next((row.topic for row in self.tables.rooms if row.room == room_id), room_id)


async def open_district(url: str) -> Database:
    """Open a database with the district in it."""
    database = Database(url)
    await migrate.upgrade(database)
    await import_tables(database, *(TABLES / f"{name}.tsv" for name in ("nodes", "people", "rooms")))
    return database


class SimulatedScene:
    """The district in the simulator, on a clock that is set by hand; implements `bot.story.Scene`."""

    def __init__(self, app: App, simulator: Simulator, clock: StoryClock, district: District) -> None:
        self.app = app
        self.simulator = simulator
        self.clock = clock
        self.district = district
        self._places: dict[str, str] = {}  # how stories have called a room

    def call_rooms(self, story: Sequence[Spoken]) -> None:
        """Call the rooms from now on as this story calls them."""
        names = [name for spoken in story for name in (spoken.where, *(one.where for one in spoken.expected))]
        self._places = {room: name for name in names if (room := self.district.find_room(name)) is not None}

    async def speak(self, spoken: Spoken) -> None:
        """Let somebody say something: pictures and words are messages of their own."""
        room_id = self.district.room_id(spoken.where)
        if room_id is not None:
            self._places[room_id] = spoken.where
        person_id = self.district.person_id(spoken.who)
        quoted_id, quoted_text = self.find_quote(room_id, person_id, spoken.quote)
        words = PICTURE.sub("", spoken.text)
        if words or not PICTURE.search(spoken.text):
            self.simulator.say(room_id, person_id, words, name=spoken.who, quoted_id=quoted_id, quoted_text=quoted_text)
        for _ in PICTURE.findall(spoken.text):
            self.simulator.say(
                room_id, person_id, "", name=spoken.who, form=Form.IMAGE, data=PICTURE_BYTES, file_name="照片.jpg"
            )
        await self.settle()

    def find_quote(self, room_id: str | None, person_id: str, quote: str | None) -> tuple[str | None, str | None]:
        """Return the id and text of our last message there that contains these words."""
        if quote is None:
            return None, None
        for one in reversed(self.simulator.arrived):
            here = one.to.room_id == room_id and (room_id is not None or one.to.person_id == person_id)
            if here and quote in one.content.text:
                return one.message_id, one.content.text
        return None, quote

    async def pass_time(self, until: datetime) -> None:
        """Go from one thing that falls due to the next, up to then."""
        while True:
            next_at = await self.settle()
            if next_at is None or next_at > until:
                break
            self.clock.set(next_at)
        self.clock.set(until)
        await self.settle()

    async def settle(self) -> datetime | None:
        """Let everything that is due at this moment be done."""
        await self.simulator.taken()
        await self.app.settle()
        await self.simulator.taken()  # what the bot says comes back as an echo, and has to be heard as well
        return await self.app.settle()

    def said(self) -> Sequence[Line]:
        """Return what arrived from the bot."""
        return [self.line(one) for one in self.simulator.arrived]

    def line(self, arrived: Arrived) -> Line:
        """Show a message of the bot as stories write it; a direct chat is called by whom it goes to."""
        to = arrived.to
        if to.room_id is not None:
            where = self._places.get(to.room_id) or self.district.topic_of(to.room_id)
        else:
            where = self.district.name_of(to.person_id or "")
        content = arrived.content
        return Line(arrived.at, None, where, content.text if content.file is None else "[图片]")


@asynccontextmanager
async def simulated_scene(
    url: str,
    folder: Path,
    start: datetime,
    *,
    pace: Pace | None = None,
    zone: tzinfo = ZONE,
    understanding: Understanding | None = None,
) -> AsyncIterator[SimulatedScene]:
    """Open the district in the simulator on a database of its own; closed and left behind at the end."""
    district = District.load()
    house, understanding = House(load_case_types(), zone, voice), understanding or Understanding.load()
    database = await open_district(url)
    clock = StoryClock(start)
    simulator = Simulator(ACCOUNT, clock=clock)
    staff = {row.wechat: row.name for row in district.tables.people}
    for row in district.tables.rooms:
        simulator.make_room(row.room, row.topic, staff)
    app = App(
        database=database,
        house=house,
        understanding=understanding,
        gateways=[(ACCOUNT, simulator)],
        manner=Manner(folder=folder, pace=pace or QUICK),
        clock=clock,
        chance=lambda: 0.5,
    )
    await app.begin()
    line = app.lines[0]
    tasks = [asyncio.create_task(line.listen()), asyncio.create_task(line.keep())]
    try:
        await line.connected.wait()
        yield SimulatedScene(app, simulator, clock, district)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await app.end()
        await database.close()


# Stories count in minutes: the pace is that of an unhurried person, without jitter.
QUICK = Pace(
    per_room=timedelta(seconds=1), between_rooms=timedelta(seconds=1), jitter=timedelta(0), per_minute=0, per_day=0
)
