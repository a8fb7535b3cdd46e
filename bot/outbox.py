"""The outbox: claim, pace, send, settle; what may have been delivered is never sent again by itself."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.clock import Clock
from bot.gateway import Gateway
from rules.errors import ByHand, Disconnected, GatewayError, Refused, Throttled, Unconfirmed
from rules.pacing import Pace, Sent, next_slot, retry_at
from rules.talk import Address, Content, FileToSend, Mention
from storage.engine import Database, Tx
from storage.queries import outbox as q
from storage.queries.outbox import Item

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
TRIES = 8  # of what WeChat asks to wait with; then a person has to look


class Outbox:
    """Speaks for one account, as long as this worker holds its lease."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        *,
        account: str,
        holder: str,
        clock: Clock,
        pace: Pace,
        chance: Callable[[], float] | None = None,
        lease: timedelta = LEASE,
    ) -> None:
        self.lease = lease
        self._database = database
        self._gateway = gateway
        self._account = account
        self._holder = holder
        self._clock = clock
        self._pace = pace
        self._chance = chance or random.Random().random  # noqa: S311 - jitter, not a secret
        self._sent = Sent()
        self._paused_until: datetime | None = None
        self._lease_until: datetime | None = None
        self._unsettled: list[Callable[[Tx], Awaitable[None]]] = []
        self._busy = asyncio.Lock()  # held while a message is claimed, sent and settled

    async def begin(self) -> bool:
        """Take the account's lease; False while another worker has it."""
        return await self._renew()

    async def finish(self) -> None:
        """Wait until what is being sent has settled, and claim nothing any more: before this worker ends."""
        await self._busy.acquire()

    async def end(self) -> None:
        """Let the account go, so that another worker may take it at once."""
        async with self._database.write() as tx:
            await q.release_lease(tx, self._account, self._holder, self._clock())
        self._lease_until = None

    async def hold(self) -> None:
        """Keep the lease while there is nothing to send, or no connection. Raises `StorageError`."""
        await self._renew()

    async def pause(self) -> None:
        """Say nothing for a while: WeChat asked for it."""
        until = self._clock() + self._pace.throttle_pause
        self._paused_until = max(until, self._paused_until or until)
        log.warning("outbox.paused", account=self._account, until=self._paused_until.isoformat())

    async def deliver_one(self) -> datetime | None:
        """Send the next message if one is due; return when to call again, or None where nothing waits.

        Raises:
            Disconnected: there is no connection; the message waits as before.
            StorageError: the database can't be written to.

        """
        async with self._busy:
            return await self._deliver_one()

    async def _deliver_one(self) -> datetime | None:
        await self._settle()
        now = self._clock()
        if not await self._renew():
            return now + self.lease / 2
        if self._paused_until is not None and now < self._paused_until:
            return self._paused_until
        async with self._database.read() as tx:
            waiting = await q.peek(tx, self._account, now)
            if waiting is None:
                return await q.next_due(tx, self._account)
        slot = next_slot(self._sent, waiting, now, self._pace, self._chance())
        if slot > now:
            return slot
        async with self._database.write() as tx:
            items = await q.claim(tx, self._account, self._holder, now, 1)
        for item in items:
            await self._send(item)
        return self._clock()

    async def _renew(self) -> bool:
        """Renew the lease, or take it; what a worker that is gone had claimed may have arrived: it is unconfirmed."""
        now = self._clock()
        if self._lease_until is not None and self._lease_until - now > self.lease / 2:
            return True
        anew = self._lease_until is None or self._lease_until <= now
        async with self._database.write() as tx:
            held = await q.take_lease(tx, self._account, self._holder, now, self.lease)
            left = await q.recover(tx, self._account, "发送时进程中断") if held and anew else 0
        self._lease_until = now + self.lease if held else None
        if left:
            log.warning("outbox.unconfirmed_after_restart", account=self._account, messages=left)
        return held

    async def _send(self, item: Item) -> None:
        """Send a claimed message once and settle it by what became of it."""
        place = item.room_external_id or item.contact_external_id or ""
        try:
            message_id = await self._gateway.send(_address(item), _content(item))
        except GatewayError as error:
            await self._settle(self._trouble(item, error))
            if isinstance(error, Disconnected):
                raise
            return
        except OSError as error:  # the file to send can't be read
            refused = Refused(f"文件读不出来：{error.strerror or type(error).__name__}")
            await self._settle(self._trouble(item, refused))
            return
        except Exception:  # a bug: nobody knows how far the message got
            await self._settle(self._trouble(item, Unconfirmed("发送时出错")))
            raise
        finally:
            self._sent.note(place, self._clock())
        at = self._clock()
        await self._settle(lambda tx: q.settle_sent(tx, item.id, external_id=message_id, at=at))

    async def _settle(self, write: Callable[[Tx], Awaitable[None]] | None = None) -> None:
        """Write what became of messages; what the database refuses now is written before anything else is sent."""
        if write is not None:
            self._unsettled.append(write)
        while self._unsettled:
            async with self._database.write() as tx:
                await self._unsettled[0](tx)
            self._unsettled.pop(0)

    def _trouble(self, item: Item, error: GatewayError) -> Callable[[Tx], Awaitable[None]]:
        """Decide what becomes of a message that wasn't surely sent."""
        now = self._clock()
        state, due_at = "failed", None
        match error:
            case ByHand():
                state = "by_hand"
            case Unconfirmed():
                state = "unconfirmed"
            case Throttled():
                state, due_at = "waiting", error.until or now + self._pace.throttle_pause
            case Disconnected():
                state, due_at = "waiting", retry_at(item.tries, now)
            case _:
                log.warning("outbox.refused", account=self._account, item=item.id)
        if isinstance(error, Throttled) and item.tries >= TRIES:
            state, due_at = "failed", None

        async def write(tx: Tx) -> None:
            await q.settle_trouble(tx, item.id, state=state, trouble=str(error), due_at=due_at)
            if due_at is not None:  # what follows in the same place waits with it: order is kept
                await q.hold_back(tx, item.id, due_at)

        return write


def _address(item: Item) -> Address:
    if item.room_external_id is not None:
        return Address(room_id=item.room_external_id)
    return Address(person_id=item.contact_external_id)


def _content(item: Item) -> Content:
    if item.file_name is not None and item.file_path is not None:
        return Content(file=FileToSend(item.file_name, str(Path(item.file_path))))
    people = (item.mentions or {}).get("people", [])
    return Content(text=item.text, mentions=tuple(Mention(person_id, name) for person_id, name in people))
