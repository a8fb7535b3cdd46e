"""From the gateway into the database, handled: against a client that only reads, and against bare inserts."""

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg

from actions.org import NodeRow, RoomRow, import_org
from actions.work import House
from bot.app import App, Manner
from bot.case_types import load_case_types
from bot.clock import utc_now
from bot.gateways.wechaty.gateway import WechatyGateway
from bot.gateways.wechaty.settings import WechatySettings
from bot.inbox import Inbox
from bot.scene import ZONE
from handlers.texts import voice
from nlp.classify import Understanding
from rules.org import RoomKind
from rules.talk import Heard
from rules.utterances import Breath
from storage import migrate
from storage.engine import Database
from storage.queries.figures import count_messages, count_open
from tests.bench.measure import Figure, stretch
from tests.bench.raw_stub import raw_stub
from tests.bench.understanding import mixed
from tests.bot.nodegateway import NodeGateway

ACCOUNT = "main"
ROOMS = 20
MEMBERS = 50
BATCH = 200
CHATTER = ["早上好呀", "哈哈哈哈", "今天天气真不错", "晚饭吃什么好呢", "谢谢邻居们", "周末去爬山吗"]
AT_ONCE = Breath(window=timedelta(0))
_names = itertools.count(1)

Contender = Callable[[], Awaitable[Figure]]


async def through_gateway(
    node: NodeGateway, folder: Path, postgres: str | None, rounds: int, messages: int
) -> dict[str, list[Figure]]:
    """(a) A burst in 20 rooms of 50: until everything is kept and handled; the raw stub only reads it.

    Everybody has spoken once before: names are asked for at the first word of a speaker and known from then on.
    """
    rooms = [room["id"] for room in await node.ask("rooms", count=ROOMS, members=MEMBERS)]
    understanding = Understanding.load()
    texts = mixed()[:messages]

    async def raw(at_once: int) -> Figure:
        await node.ask("idle")
        async with raw_stub(node.endpoint, node.token, messages, at_once=at_once) as reader:
            with stretch(messages) as figure:
                await node.ask("burst", count=messages, rooms=rooms, texts=texts)
                await reader
        return figure

    async def whole(server: str | None, said: list[str]) -> Figure:
        await node.ask("idle")
        async with fresh_database(folder, server, rooms) as database, running(node, database, folder, understanding):
            await node.ask("burst", count=ROOMS * MEMBERS, rooms=rooms, texts=CHATTER)
            await handled(database, ROOMS * MEMBERS)
            with stretch(messages) as figure:
                await node.ask("burst", count=messages, rooms=rooms, texts=said)
                await handled(database, ROOMS * MEMBERS + messages)
        return figure

    contenders: dict[str, Contender] = {
        "raw_stub_1": lambda: raw(1),
        "raw_stub_8": lambda: raw(8),
        "huiyin_sqlite": lambda: whole(None, texts),
        "huiyin_sqlite_chatter_only": lambda: whole(None, CHATTER),
    }
    if postgres is not None:
        contenders["huiyin_postgresql"] = lambda: whole(postgres, texts)
        contenders["huiyin_postgresql_chatter_only"] = lambda: whole(postgres, CHATTER)
    return await side_by_side(contenders, rounds)


async def without_gateway(folder: Path, postgres: str | None, rounds: int, messages: int) -> dict[str, list[Figure]]:
    """(b) The same without a gateway, beside plain sqlite3 inserts that wait for the disk as often."""
    understanding = Understanding.load()
    rooms = [f"room-{number}" for number in range(ROOMS)]

    async def whole(server: str | None, batch: int, count: int) -> Figure:
        heard = made_up(rooms, count)
        async with fresh_database(folder, server, rooms) as database:
            inbox = Inbox(database, house(), understanding, clock=utc_now, breath=AT_ONCE, batch=BATCH)
            with stretch(count) as figure:
                for start in range(0, count, batch):
                    await inbox.receive(heard[start : start + batch])
                    await inbox.handle([ACCOUNT])
            await handled(database, count)
        return figure

    async def plain(batch: int, count: int) -> Figure:
        return await asyncio.to_thread(plain_inserts, folder / f"plain-{next(_names)}.db", made_up(rooms, count), batch)

    few = max(messages // 10, 200)
    contenders: dict[str, Contender] = {
        "plain_sqlite3": lambda: plain(BATCH, messages),
        "plain_sqlite3_one_by_one": lambda: plain(1, few),
        "huiyin_sqlite": lambda: whole(None, BATCH, messages),
        "huiyin_sqlite_one_by_one": lambda: whole(None, 1, few),
    }
    if postgres is not None:
        contenders["huiyin_postgresql"] = lambda: whole(postgres, BATCH, messages)
        contenders["huiyin_postgresql_one_by_one"] = lambda: whole(postgres, 1, few)
    return await side_by_side(contenders, rounds)


async def side_by_side(contenders: dict[str, Contender], rounds: int) -> dict[str, list[Figure]]:
    """Run all contenders in turn, round by round; one unmeasured round goes before."""
    found: dict[str, list[Figure]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, contend in contenders.items():
            figure = await contend()
            if number:
                found[name].append(figure)
    return found


def plain_inserts(path: Path, heard: list[Heard], batch: int) -> Figure:
    """Two rows a message, as we write: into a table of utterances, then of messages; nothing is understood."""
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(
        """
        PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
        CREATE TABLE utterances (id INTEGER PRIMARY KEY, room TEXT, speaker TEXT, at TEXT, state TEXT);
        CREATE TABLE messages (
            id INTEGER PRIMARY KEY, utterance_id INTEGER, external_id TEXT UNIQUE, at TEXT, text TEXT
        );
        """
    )
    with stretch(len(heard)) as figure:
        for start in range(0, len(heard), batch):
            part = heard[start : start + batch]
            database.execute("BEGIN IMMEDIATE")
            database.executemany(
                "INSERT INTO utterances VALUES (?, ?, ?, ?, 'open')",
                [(start + n, one.room_id, one.speaker_id, one.at.isoformat()) for n, one in enumerate(part, 1)],
            )
            database.executemany(
                "INSERT INTO messages VALUES (NULL, ?, ?, ?, ?)",
                [(start + n, one.message_id, one.at.isoformat(), one.text) for n, one in enumerate(part, 1)],
            )
            database.execute("COMMIT")
    database.close()
    return figure


def made_up(rooms: list[str], count: int) -> list[Heard]:
    """Messages as the gateway tells them: 50 speakers a room, 19 of 20 chatter."""
    now, prefix, texts = utc_now() - timedelta(hours=1), next(_names), mixed()
    return [
        Heard(
            account=ACCOUNT,
            message_id=f"m{prefix}-{number}",
            room_id=rooms[number % ROOMS],
            speaker_id=f"{number % ROOMS}-{number // ROOMS % MEMBERS}",
            speaker_name=f"居民{number % MEMBERS}",
            at=now + timedelta(milliseconds=number * 10),
            text=texts[number % len(texts)],
        )
        for number in range(count)
    ]


def house() -> House:
    """The district's case types, zone and voice."""
    return House(load_case_types(), ZONE, voice)


@asynccontextmanager
async def fresh_database(folder: Path, server: str | None, rooms: list[str]) -> AsyncIterator[Database]:
    """An empty database with the rooms bound, each to a unit of its own."""
    name = f"huiyin_bench_{next(_names)}"
    if server is None:
        url = f"sqlite:///{folder}/{name}.db"
    else:
        await _statement(server, f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING UTF8')
        url = f"{server.rpartition('/')[0]}/{name}"
    database = Database(url)
    try:
        await migrate.upgrade(database)
        nodes = [NodeRow("S", "", "subdistrict", "街道"), NodeRow("G", "S", "grid", "网格")]
        nodes += [NodeRow(f"U{number}", "G", "unit", f"{number}栋") for number in range(len(rooms))]
        bound = [
            RoomRow(ACCOUNT, room, f"{number}栋群", f"U{number}", RoomKind.RESIDENTS)
            for number, room in enumerate(rooms)
        ]
        async with database.write() as tx:
            await import_org(tx, nodes, [], bound)
        yield database
    finally:
        await database.close()
        if server is not None:
            await _statement(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@asynccontextmanager
async def running(
    node: NodeGateway, database: Database, folder: Path, understanding: Understanding
) -> AsyncIterator[App]:
    """The whole process in front of the gateway; what it would answer waits, so that only listening is measured."""
    settings = WechatySettings(account=ACCOUNT, endpoint=node.endpoint, token=node.token, tls=False)
    app = App(
        database=database,
        house=house(),
        understanding=understanding,
        gateways=[(ACCOUNT, WechatyGateway(settings))],
        manner=Manner(folder=folder, breath=AT_ONCE, direct=AT_ONCE),
        clock=utc_now,
    )
    stop = asyncio.Event()
    task = asyncio.create_task(app.run(stop))
    try:
        await asyncio.wait_for(app.lines[0].connected.wait(), 60)
        yield app
    finally:
        stop.set()
        await task


async def handled(database: Database, messages: int) -> None:
    """Wait until all messages are kept and every utterance is marked as handled."""
    while True:
        async with database.read() as tx:
            if await count_open(tx) == 0 and await count_messages(tx) >= messages:
                return
        await asyncio.sleep(0.05)


async def _statement(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
