"""The inbox: store, then acknowledge, then handle in room order, each utterance exactly once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from actions.messages import Listening, Memory, record_incoming
from actions.work import House, Work
from bot.clock import Clock
from handlers.commands import read_command, read_direct
from handlers.hearing import load_tickets, open_desk
from handlers.router import route
from nlp.classify import Understanding
from rules.errors import Conflict, StorageError
from rules.roles import Verb
from rules.talk import Heard
from rules.utterances import Breath
from storage.engine import Database
from storage.queries import messages as q
from storage.queries.messages import Spoken

log = structlog.get_logger()

TRIES = 3  # then an utterance is set aside for a person
RETRY_AFTER = timedelta(seconds=30)


def is_command(text: str) -> bool:
    """Tell whether a message closes its utterance at once."""
    return read_command(text) is not None or read_direct(text) is not None


def may_bind(text: str) -> bool:
    """Tell whether a message is the one command that an unbound room is listened to for."""
    command = read_command(text)
    return command is not None and command.verb is Verb.BIND


class Inbox:
    """What is heard on our accounts, from the gateway to the handlers."""

    def __init__(
        self,
        database: Database,
        house: House,
        understanding: Understanding,
        *,
        clock: Clock,
        breath: Breath | None = None,
        direct: Breath | None = None,
        batch: int = 200,
    ) -> None:
        self._database = database
        self._house = house
        self._understanding = understanding
        self._clock = clock
        self._batch = batch
        listening = Listening(is_command=is_command, may_bind=may_bind)
        self._how = Listening(
            breath or listening.breath, direct or listening.direct, listening.is_command, listening.may_bind
        )
        self._memory = Memory()
        # Receiving and handling take turns: what is being handed over can't grow at the same time.
        self._turn = asyncio.Lock()

    async def recall(self) -> None:
        """Read back the utterances that were open when the process ended."""
        async with self._database.read() as tx:
            self._memory.utterances = await q.open_utterances(tx)

    async def receive(self, heard: Sequence[Heard]) -> int:
        """Keep messages of one account, in one transaction; returns how many were new.

        Raises:
            StorageError: nothing of the batch was kept; it can be given again.

        """
        if not heard:
            return 0
        # Who says that it is later than it is would keep their room waiting until then.
        now = self._clock()
        heard = [one if one.at <= now else replace(one, at=now) for one in heard]
        async with self._turn:
            try:
                new = await self._record(heard)
            except Conflict:  # somebody kept one of them meanwhile; now it is known
                new = await self._record(heard)
            self._memory.commit()
            self._memory.forget(heard[-1].at - timedelta(hours=1))
            return new

    async def _record(self, heard: Sequence[Heard]) -> int:
        async with self._database.write() as tx:
            return await record_incoming(tx, self._memory, heard, self._how)

    async def handle(self, accounts: Sequence[str], *, at_closing: bool = False) -> datetime | None:
        """Handle all that is due, and return when the next utterance closes.

        `at_closing` handles each as of the moment it closed, not of now: for replays, where hours pass in a second.

        Raises:
            StorageError: the database can't be written to; what wasn't handled stays as it was.

        """
        while True:
            now = self._clock()
            async with self._turn:
                async with self._database.read() as tx:
                    due = await q.due_utterances(tx, accounts, now, self._batch)
                if due:
                    await self._handle_batch(due, None if at_closing else now)
            if len(due) < self._batch:
                break
        async with self._database.read() as tx:
            return await q.next_closing(tx, accounts)

    async def _handle_batch(self, due: list[Spoken], now: datetime | None) -> None:
        try:
            await self._handle_together(due, now)
        except StorageError:
            raise
        except Exception as error:
            log.warning("inbox.batch_failed", utterances=len(due), error=type(error).__name__)
            for spoken in due:
                await self._handle_alone(spoken, now)
        self._memory.drop(spoken.id for spoken in due)

    async def _handle_together(self, due: list[Spoken], now: datetime | None) -> None:
        """Handle utterances in one transaction with their effects; what another worker has taken is left to it."""
        async with self._database.write() as tx:
            taken = await q.take_open(tx, [spoken.id for spoken in due])
            due = [spoken for spoken in due if spoken.id in taken]
            if not due:
                return
            desk = await open_desk(tx, self._understanding, due, now or due[0].first_at)
            rows: list[dict[str, object]] = []
            for spoken in due:
                work = Work(
                    house=self._house,
                    tx=tx,
                    now=now or spoken.closes_at,
                    by=desk.actors[spoken.contact_id],
                    cause=f"u{spoken.id}",
                    account=spoken.account,
                    lookups=desk.lookups,
                )
                if not rows:
                    await load_tickets(work, desk, set(desk.rooms))
                outcome = await route(work, desk, spoken)
                rows.append(outcome.as_row(spoken.id))
            await q.mark_handled(tx, rows)

    async def _handle_alone(self, spoken: Spoken, now: datetime | None) -> None:
        try:
            await self._handle_together([spoken], now)
        except StorageError:
            raise
        except Exception:
            retry_at = None if spoken.tries + 1 >= TRIES else self._clock() + RETRY_AFTER
            log.exception("inbox.utterance_failed", utterance=spoken.id, tries=spoken.tries + 1)
            async with self._database.write() as tx:
                await q.set_aside(tx, spoken.id, retry_at=retry_at)
