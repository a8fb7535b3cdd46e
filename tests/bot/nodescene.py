"""The invented district behind the real Node gateway: stories played over gRPC, on a clock that is set by hand."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from actions.work import House
from bot.app import App, Manner
from bot.case_types import load_case_types
from bot.clock import StoryClock
from bot.gateways.wechaty.gateway import WechatyGateway
from bot.gateways.wechaty.settings import WechatySettings
from bot.scene import ACCOUNT, PICTURE, PICTURE_BYTES, QUICK, ZONE, District, open_district
from bot.story import Line, Spoken
from handlers.texts import voice
from nlp.classify import Understanding
from storage.queries.figures import kept_messages
from tests.bot.nodegateway import Json, NodeGateway

PATIENCE_SECONDS = 60.0  # a loaded machine is slow; what hasn't come by then never will
AT_END = "\u2005"  # what WeChat puts behind an @name
QUOTE_LINE = "- - - - - - - - - - - - - - -"


class NodeScene:
    """Implements `bot.story.Scene`: what is said is announced by the Node side, what arrived is read there."""

    def __init__(self, app: App, node: NodeGateway, clock: StoryClock, district: District, folder: Path) -> None:
        self.app = app
        self.node = node
        self.clock = clock
        self.district = district
        self.arrived: list[Json] = []  # what the Node side has received from the bot, in order
        self._picture = folder / "照片.jpg"
        self._picture.write_bytes(PICTURE_BYTES)
        self._places: dict[str, str] = {}  # how stories have called a room
        self._present: set[tuple[str, str]] = set()
        self._injected: set[str] = set()

    async def speak(self, spoken: Spoken) -> None:
        """Let somebody say something: pictures and words are messages of their own."""
        room_id, person_id = self.district.room_id(spoken.where), self.district.person_id(spoken.who)
        await self._enter(room_id, person_id, spoken)
        words = PICTURE.sub("", spoken.text)
        if spoken.quote is not None:
            words = f"「回音：{self._find(room_id or person_id, spoken.quote)}」\n{QUOTE_LINE}\n{words}"
        if words or not PICTURE.search(spoken.text):
            await self._inject("say", room=room_id, person=person_id, text=words)
        for _ in PICTURE.findall(spoken.text):
            path = str(self._picture)
            await self._inject("file", room=room_id, person=person_id, path=path, name=self._picture.name)
        await self.settle()

    async def pass_time(self, until: datetime) -> None:
        """Go from one thing that falls due to the next, up to then."""
        while (next_at := await self.settle()) is not None and next_at <= until:
            await self._set_clock(next_at)
        await self._set_clock(until)
        await self.settle()

    async def settle(self) -> datetime | None:
        """Let everything that is due at this moment be done, once all that was said has reached the database."""
        await self.recorded(self._injected)
        next_at = await self.app.settle()
        self.arrived = await self.node.ask("sent")
        return next_at

    async def recorded(self, message_ids: set[str]) -> None:
        """Wait until messages are in the database."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while message_ids:
                async with self.app.database.read() as tx:
                    if message_ids <= await kept_messages(tx, ACCOUNT):
                        break
                await asyncio.sleep(0.02)

    def said(self) -> Sequence[Line]:
        """Return what arrived from the bot."""
        return [self._line(one) for one in self.arrived]

    async def begin(self) -> None:
        """Make the district's rooms, with all of the staff in them."""
        staff = [{"id": wechat, "name": name} for wechat, name in self._staff().items()]
        for row in self.district.tables.rooms:
            await self.node.ask("room", room=row.room, topic=row.topic, members=staff)
            self._present |= {(row.room, wechat) for wechat in self._staff()}
        await self._set_clock(self.clock())

    def _staff(self) -> dict[str, str]:
        return {row.wechat: row.name for row in self.district.tables.people if row.wechat}

    async def _enter(self, room_id: str | None, person_id: str, spoken: Spoken) -> None:
        if room_id is None:
            await self.node.ask("contact", person=person_id, name=spoken.who)
            return
        self._places[room_id] = spoken.where
        if (room_id, person_id) not in self._present:
            await self.node.ask("join", room=room_id, people=[{"id": person_id, "name": spoken.who}])
            self._present.add((room_id, person_id))

    async def _inject(self, command: str, **message: Json) -> None:
        self._injected.add(await self.node.ask(command, **message))

    def _find(self, conversation: str, quote: str) -> str:
        """Return our last message there that contains these words, as a phone would quote it."""
        texts = [one["text"] for one in self.arrived if one["conversation"] == conversation and "text" in one]
        return next((text for text in reversed(texts) if quote in text), quote)

    async def _set_clock(self, moment: datetime) -> None:
        self.clock.set(moment)
        await self.node.ask("clock", at=int(self.clock().timestamp() * 1000))

    def _line(self, one: Json) -> Line:
        conversation = one["conversation"]
        in_room = any(row.room == conversation for row in self.district.tables.rooms)
        topic = self._places.get(conversation) or self.district.topic_of(conversation)
        where = topic if in_room else self.district.name_of(conversation)
        at = datetime.fromtimestamp(one["at"] / 1000, self.clock().tzinfo)
        text = one["text"].replace(AT_END, " ") if one["kind"] == "text" else "[图片]"
        return Line(at, None, where, text)


@asynccontextmanager
async def node_scene(url: str, node: NodeGateway, folder: Path, start: datetime) -> AsyncIterator[NodeScene]:
    """Open the district behind a real gateway, on an empty database of this version's shape."""
    district = District.load()
    database = await open_district(url)
    clock = StoryClock(start - timedelta(minutes=1))
    settings = WechatySettings(account=ACCOUNT, endpoint=node.endpoint, token=node.token, tls=False)
    app = App(
        database=database,
        house=House(load_case_types(), ZONE, voice),
        understanding=Understanding.load(),
        gateways=[(ACCOUNT, WechatyGateway(settings, clock=clock))],
        manner=Manner(folder=folder / "kept", pace=QUICK),
        clock=clock,
        chance=lambda: 0.5,
    )
    scene = NodeScene(app, node, clock, district, folder)
    await scene.begin()
    await app.begin()
    line = app.lines[0]
    tasks = [asyncio.create_task(line.listen()), asyncio.create_task(line.keep())]
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await line.connected.wait()
        yield scene
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await app.end()
        await database.close()
