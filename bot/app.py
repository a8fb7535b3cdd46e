"""The composition root: what the process consists of, and how it runs."""

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from actions.answers import close_unrated
from actions.handling import resume_due
from actions.work import House, Work
from bot.attachments import Fetcher
from bot.clock import Clock
from bot.gateway import Gateway
from bot.inbox import Inbox
from bot.line import STORAGE_PAUSE, Line, wait_until
from bot.outbox import LEASE, Outbox
from bot.scheduler import Ticker
from handlers.notices import report_finished
from nlp.classify import Understanding
from rules.errors import StorageError
from rules.pacing import Pace
from rules.roles import SYSTEM
from rules.tickets import State
from rules.utterances import Breath
from storage.engine import Database
from storage.queries import clocks

log = structlog.get_logger()

TICK = timedelta(seconds=20)
LONGEST_FINISH = 25.0  # seconds; a send has its own deadline below it, and whoever stops us kills us soon after


@dataclass(frozen=True, slots=True)
class Manner:
    """How the process listens and speaks: windows, pace, batch sizes, and the folder for attachments."""

    folder: Path
    pace: Pace = field(default_factory=Pace)
    breath: Breath = field(default_factory=Breath)
    direct: Breath = field(default_factory=lambda: Breath(window=timedelta(seconds=2)))
    lease: timedelta = LEASE


class App:
    """Everything, put together: one database, one inbox, a line per account, one ticker."""

    def __init__(
        self,
        *,
        database: Database,
        house: House,
        understanding: Understanding,
        gateways: Sequence[tuple[str, Gateway]],
        manner: Manner,
        clock: Clock,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self.database = database
        self.house = house
        self.clock = clock
        self._wake = asyncio.Event()
        self.inbox = Inbox(database, house, understanding, clock=clock, breath=manner.breath, direct=manner.direct)
        holder = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.lines = [
            Line(
                account=account,
                gateway=gateway,
                inbox=self.inbox,
                outbox=Outbox(
                    database,
                    gateway,
                    account=account,
                    holder=holder,
                    clock=clock,
                    pace=manner.pace,
                    chance=chance,
                    lease=manner.lease,
                ),
                fetcher=Fetcher(database, gateway, account=account, folder=manner.folder, clock=clock),
                database=database,
                house=house,
                clock=clock,
                on_kept=self._wake.set,
            )
            for account, gateway in gateways
        ]

    @property
    def accounts(self) -> list[str]:
        """The accounts that this process owns."""
        return [line.account for line in self.lines]

    async def begin(self) -> None:
        """Take the leases and read back what was open.

        Waits while another process holds an account: two of us must never speak for one.
        """
        for line in self.lines:
            waited = False
            while not await line.outbox.begin():
                if not waited:
                    log.warning("app.account_taken", account=line.account)
                waited = True
                await asyncio.sleep(STORAGE_PAUSE)
        await self.inbox.recall()

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Run until cancelled, or until `stop` is set; then in order.

        1. Hear nothing more, and keep what was heard.
        2. Claim nothing more, and wait until what is being sent has settled.
        3. Let go of the connections and the leases, so that another process may begin at once.
        """
        ending = asyncio.create_task(self._wait_for(stop or asyncio.Event()))
        begun = asyncio.create_task(self.begin())
        try:
            await asyncio.wait({begun, ending}, return_when=asyncio.FIRST_COMPLETED)
            if begun.done():
                begun.result()  # raises what went wrong
                log.info("app.running", accounts=self.accounts)
                await self._run_until(ending)
        finally:
            begun.cancel()
            ending.cancel()
            await self.end()
            log.info("app.ended", accounts=self.accounts)

    async def _wait_for(self, stop: asyncio.Event) -> None:
        await stop.wait()

    async def _run_until(self, ending: asyncio.Task[None]) -> None:
        ticker = Ticker()
        ticker.every(TICK, self._tick_safely, "tick")
        ticker.start()
        try:
            async with asyncio.TaskGroup() as group:
                listening, others = [], []
                for line in self.lines:
                    listening.append(group.create_task(self._forever(line.listen, line.account)))
                    loops = (line.keep, line.hold, line.talk, line.fetch, line.learn_rooms)
                    others += [group.create_task(self._forever(loop, line.account)) for loop in loops]
                others.append(group.create_task(self._forever(self._handle, "inbox")))
                await ending
                for task in listening:
                    task.cancel()
                await self._finish()
                for task in others:
                    task.cancel()
        finally:
            ticker.stop()

    async def _finish(self) -> None:
        """Keep what was heard, and let settle what is being sent."""
        try:
            async with asyncio.timeout(LONGEST_FINISH):
                for line in self.lines:
                    await line.hang_up()
                for line in self.lines:
                    await line.outbox.finish()
        except TimeoutError:
            log.warning("app.ended_early", after_seconds=LONGEST_FINISH)

    async def end(self) -> None:
        """Let go of the accounts and their connections."""
        for line in self.lines:
            await line.gateway.close()
            try:
                await line.outbox.end()
            except StorageError as error:
                log.error("app.lease_not_released", account=line.account, error=str(error))

    async def tick(self) -> None:
        """Do what the clock calls for: close what nobody rated, resume what waited, tell how notices went."""
        async with self.database.write() as tx:
            now = self.clock()
            account = self.lines[0].account if self.lines else ""
            work = Work(
                house=self.house, tx=tx, now=now, by=SYSTEM, cause=f"tick:{now.timestamp():.3f}", account=account
            )
            await close_unrated(work)
            await resume_due(work)
            await report_finished(work)
        for line in self.lines:
            line.speak.set()

    async def _tick_safely(self) -> None:
        try:
            await self.tick()
        except StorageError as error:
            log.error("app.tick_failed", error=str(error))

    async def _handle(self) -> None:
        while True:
            self._wake.clear()
            try:
                next_at = await self.inbox.handle(self.accounts)
            except StorageError as error:
                log.error("inbox.cannot_write", error=str(error))
                await asyncio.sleep(STORAGE_PAUSE)
                continue
            for line in self.lines:
                line.speak.set()
            await wait_until(self._wake, next_at, self.clock)

    async def _forever(self, loop: Callable[[], Awaitable[None]], name: str) -> None:
        """Keep a loop going: a bug in one is logged with its traceback and must not silence the others."""
        while True:
            try:
                await loop()
            except Exception:
                log.exception("app.loop_failed", loop=getattr(loop, "__name__", "loop"), of=name)
                await asyncio.sleep(STORAGE_PAUSE)

    async def settle(self) -> datetime | None:
        """Do all that is due at this moment of the clock, and return when the next thing is.

        For stories, replays and tests, where the clock is set by hand; `run` does the same with a clock that goes by
        itself.
        """
        while True:
            for line in self.lines:
                await line.kept()
            next_at = [await self.inbox.handle(self.accounts)]
            await self.tick()
            async with self.database.read() as tx:
                next_at += [await clocks.next_due(tx, State.ANSWERED), await clocks.next_resuming(tx)]
            for line in self.lines:
                next_at.append(await line.fetcher.fetch_due())
                next_at.append(await self._deliver_all(line))
            now = self.clock()
            times = [at for at in next_at if at is not None]
            if all(at > now for at in times):
                return min(times, default=None)

    async def _deliver_all(self, line: Line) -> datetime | None:
        while True:
            at = await line.outbox.deliver_one()
            if at is None or at > self.clock():
                return at
