"""One account's line: listen and keep, speak, fetch; whatever breaks, it comes back by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from actions.connections import begin_connection, end_connection
from actions.rooms import note_room_event, note_rooms
from actions.work import House, Work
from bot.attachments import Fetcher
from bot.clock import Clock
from bot.gateway import Gateway
from bot.inbox import Inbox
from bot.outbox import Outbox
from rules.errors import Disconnected, GatewayError, StorageError
from rules.roles import SYSTEM
from rules.talk import Connected, Event, Heard, Limited, RoomJoined, RoomLeft, RoomRenamed
from storage.engine import Database, Tx

log = structlog.get_logger()

BATCH = 200  # messages in one transaction, where they come faster than they are kept
AHEAD = 2000  # events read ahead of the database; beyond it the gateway has to wait
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between attempts to connect
STORAGE_PAUSE = 2.0  # seconds before a write that the database refused is tried again


class Line:
    """An account with its gateway, and the tasks that keep it alive."""

    def __init__(
        self,
        *,
        account: str,
        gateway: Gateway,
        inbox: Inbox,
        outbox: Outbox,
        fetcher: Fetcher,
        database: Database,
        house: House,
        clock: Clock,
        on_kept: Callable[[], None] = lambda: None,
    ) -> None:
        self.account = account
        self.gateway = gateway
        self.outbox = outbox
        self.fetcher = fetcher
        self.connected = asyncio.Event()
        self.speak = asyncio.Event()  # set when there may be something to send or fetch
        self._rooms_due = asyncio.Event()
        self._inbox = inbox
        self._database = database
        self._house = house
        self._clock = clock
        self._on_kept = on_kept
        self._events: asyncio.Queue[Event] = asyncio.Queue(maxsize=AHEAD)
        self._connection: int | None = None

    async def listen(self) -> None:
        """Connect, and read events until the connection ends; endlessly, with growing pauses."""
        pause = FIRST_PAUSE
        while True:
            try:
                async for event in self.gateway.events():
                    if isinstance(event, Connected):
                        pause = FIRST_PAUSE
                    await self._events.put(event)
                reason = "the stream ended"
            except Disconnected as error:
                reason = str(error)
            self.connected.clear()
            log.warning("line.disconnected", account=self.account, reason=reason, again_in=pause)
            await self._events.join()
            await self._end_connection(reason)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def keep(self) -> None:
        """Write what was heard, many at a time, in order; nothing is let go of before it is committed."""
        while True:
            batch = [await self._events.get()]
            while len(batch) < BATCH and not self._events.empty():
                batch.append(self._events.get_nowait())
            try:
                await self._keep_patiently(batch)
            except Exception:
                log.exception("line.batch_failed", account=self.account, events=len(batch))
                await self._keep_each(batch)
            finally:
                for _ in batch:
                    self._events.task_done()
            self._on_kept()

    async def _keep_patiently(self, batch: list[Event]) -> None:
        """Write a batch, however long the database can't be written to."""
        while True:
            try:
                return await self._keep(batch)
            except StorageError as error:
                log.error("line.cannot_write", account=self.account, error=str(error), waiting=len(batch))
                await asyncio.sleep(STORAGE_PAUSE)

    async def _keep_each(self, batch: list[Event]) -> None:
        """Write the events of a batch one by one, so that the one that can't be kept loses only itself."""
        for event in batch:
            try:
                await self._keep_patiently([event])
            except Exception:
                log.exception("line.event_lost", account=self.account, kind=type(event).__name__)

    async def kept(self) -> None:
        """Wait until all that was read from the gateway is committed."""
        await self._events.join()

    async def hang_up(self) -> None:
        """Keep all that was read, and note that we listen no more; `listen` has been cancelled before."""
        await self._events.join()
        await self._end_connection("process ended in order")

    async def _keep(self, batch: list[Event]) -> None:
        heard: list[Heard] = []
        for event in batch:
            if isinstance(event, Heard):
                heard.append(event if event.account == self.account else replace(event, account=self.account))
                continue
            await self._inbox.receive(heard)
            heard = []
            await self._note(event)
        await self._inbox.receive(heard)

    async def _note(self, event: Event) -> None:
        match event:
            case Connected():
                async with self._database.write() as tx:
                    self._connection = await begin_connection(self._work(tx))
                self.connected.set()
                self._rooms_due.set()
                self.speak.set()
            case Limited():
                await self.outbox.pause()
            case RoomJoined() | RoomLeft() | RoomRenamed():
                async with self._database.write() as tx:
                    await note_room_event(self._work(tx), event)
            case _:
                pass

    async def _end_connection(self, reason: str) -> None:
        if self._connection is None:
            return
        connection, self._connection = self._connection, None
        try:
            async with self._database.write() as tx:
                await end_connection(self._work(tx), connection, reason)
        except StorageError as error:
            # The next connection closes the interval at the last message heard in it.
            log.error("line.cannot_write", account=self.account, error=str(error))

    async def learn_rooms(self) -> None:
        """Keep the topics of all rooms that the account is in, after each connection."""
        while True:
            await self._rooms_due.wait()
            self._rooms_due.clear()
            try:
                found = await self.gateway.rooms()
                async with self._database.write() as tx:
                    await note_rooms(self._work(tx), found)
            except Disconnected:
                continue  # the next connection asks again
            except (GatewayError, StorageError) as error:
                log.warning("line.rooms_unknown", account=self.account, error=str(error))
                await asyncio.sleep(LONGEST_PAUSE)
                self._rooms_due.set()

    async def hold(self) -> None:
        """Keep the account ours, also while it is silent or its gateway can't be reached."""
        while True:
            try:
                await self.outbox.hold()
            except StorageError as error:
                log.error("line.cannot_write", account=self.account, error=str(error))
            await asyncio.sleep(self.outbox.lease.total_seconds() / 4)

    async def talk(self) -> None:
        """Send what is due, one by one at the account's pace."""
        await self._while_due(self.outbox.deliver_one)

    async def fetch(self) -> None:
        """Fetch what is wanted."""
        await self._while_due(self.fetcher.fetch_due)

    async def _while_due(self, act: Callable[[], Awaitable[datetime | None]]) -> None:
        while True:
            await self.connected.wait()
            self.speak.clear()
            try:
                next_at = await act()
            except Disconnected:
                await asyncio.sleep(FIRST_PAUSE)
                continue
            except StorageError as error:
                log.error("line.cannot_write", account=self.account, error=str(error))
                await asyncio.sleep(STORAGE_PAUSE)
                continue
            await wait_until(self.speak, next_at, self._clock)

    def _work(self, tx: Tx) -> Work:
        now = self._clock()
        cause = f"line:{self.account}:{now.timestamp():.6f}"
        return Work(house=self._house, tx=tx, now=now, by=SYSTEM, cause=cause, account=self.account)


async def wait_until(wake: asyncio.Event, at: datetime | None, clock: Clock) -> None:
    """Wait until a time (at most half a minute, since clocks may be set), or until something wakes us."""
    longest = timedelta(seconds=30)
    length = longest if at is None else min(max(at - clock(), timedelta(0)), longest)
    if length <= timedelta(0):
        await asyncio.sleep(0)
        return
    try:
        async with asyncio.timeout(length.total_seconds()):
            await wake.wait()
    except TimeoutError:
        return
