"""Claimed, paced, sent, settled; what may have arrived is never sent again by itself."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import insert, select
from typing_extensions import override

from actions.messages import Listening, Memory, record_incoming
from bot.clock import StoryClock
from bot.gateways.simulator import Fault, Simulator
from bot.outbox import LEASE, Outbox
from rules.errors import Disconnected, Unavailable
from rules.pacing import Pace
from rules.talk import Address, Connected, Content, Heard
from storage.engine import Database
from storage.models import Contact, OutboxItem, Room
from storage.queries import outbox as q
from tests.talk import BEGIN

ACCOUNT = "main"
NO_PACE = Pace(per_room=timedelta(0), between_rooms=timedelta(0), jitter=timedelta(0), per_minute=0, per_day=0)


class Post:
    """An account in the simulator with its outbox, and rows to send."""

    def __init__(self, database: Database, gateway: Simulator | None = None, pace: Pace = NO_PACE) -> None:
        self.database = database
        self.clock = StoryClock(BEGIN)
        self.gateway = gateway or Simulator(ACCOUNT, clock=self.clock)
        self.outbox = self.another("one", pace)
        self.events = self.gateway.events()
        self._serial = 0

    def another(self, holder: str, pace: Pace = NO_PACE) -> Outbox:
        return Outbox(
            self.database, self.gateway, account=ACCOUNT, holder=holder, clock=self.clock, pace=pace, chance=lambda: 0.0
        )

    async def begin(self) -> None:
        async with self.database.write() as tx:
            for number in range(3):
                await tx.execute(
                    insert(Room).values(
                        account=ACCOUNT, external_id=f"r{number}", topic=f"{number}栋群", kind="residents"
                    )
                )
                self.gateway.make_room(f"r{number}", f"{number}栋群", {})
            await tx.execute(insert(Contact).values(account=ACCOUNT, external_id="p1", name="王书记"))
        assert isinstance(await anext(self.events), Connected)
        assert await self.outbox.begin()

    async def queue(self, text: str, room: int | None = 1, *, priority: int = 10) -> None:
        self._serial += 1
        row: dict[str, object] = {
            "cause": f"c{self._serial}", "account": ACCOUNT, "room_id": room, "contact_id": 1 if room is None else None,
            "priority": priority, "state": "waiting", "due_at": self.clock(), "created_at": self.clock(), "tries": 0,
            "text": text,
        }  # fmt: skip
        async with self.database.write() as tx:
            await q.queue(tx, [row])

    async def deliver(self, outbox: Outbox | None = None) -> None:
        """Send all that is due now."""
        for _ in range(50):
            at = await (outbox or self.outbox).deliver_one()
            if at is None or at > self.clock():
                return

    def arrived(self) -> list[str]:
        return [one.content.text for one in self.gateway.arrived]

    async def states(self) -> list[str]:
        async with self.database.read() as tx:
            return list((await tx.execute(select(OutboxItem.state).order_by(OutboxItem.id))).scalars())

    async def echoes(self) -> None:
        """Let the echoes of our own messages be heard."""
        heard = []
        while self.gateway.is_connected:
            try:
                async with asyncio.timeout(0.05):
                    event = await anext(self.events)
            except TimeoutError:
                break
            if isinstance(event, Heard):
                heard.append(event)
        async with self.database.write() as tx:
            await record_incoming(tx, Memory(), heard, Listening())


@pytest.fixture
async def post(database: Database) -> AsyncIterator[Post]:
    post = Post(database)
    await post.begin()
    yield post
    await post.events.aclose()  # type: ignore[attr-defined]


async def test_in_order_of_priority_then_of_queueing(post: Post) -> None:
    await post.queue("通知", priority=50)
    await post.queue("答复一", 2)
    await post.queue("答复二", 2)
    await post.queue("火警", 3, priority=0)
    await post.deliver()
    assert post.arrived() == ["火警", "答复一", "答复二", "通知"]
    assert await post.states() == ["sent"] * 4


async def test_a_throttled_message_waits_and_what_is_behind_it_in_its_room_too(post: Post) -> None:
    post.gateway.fail_next("r0", Fault.THROTTLE)
    await post.queue("一", 1)
    await post.queue("二", 1)
    await post.queue("别的群", 2)
    await post.deliver()
    assert post.arrived() == ["别的群"]
    post.clock.advance(timedelta(seconds=31))
    await post.deliver()
    assert post.arrived() == ["别的群", "一", "二"]


async def test_what_is_refused_fails_for_good_and_the_others_go_on(post: Post) -> None:
    post.gateway.fail_next("r0", Fault.REFUSE, Fault.KICK)
    for text in ("一", "二"):
        await post.queue(text, 1)
    await post.queue("三", 2)
    await post.deliver()
    assert await post.states() == ["failed", "failed", "sent"]
    post.clock.advance(timedelta(days=1))
    await post.deliver()
    assert post.arrived() == ["三"]


@pytest.mark.parametrize("room", [1, None])
async def test_what_is_unconfirmed_is_settled_by_its_echo(post: Post, room: int | None) -> None:
    post.gateway.fail_next("r0" if room else "p1", Fault.UNCONFIRMED)
    await post.queue("到了吗", room)
    await post.deliver()
    assert await post.states() == ["unconfirmed"]
    post.clock.advance(timedelta(minutes=5))
    await post.deliver()
    assert post.arrived() == ["到了吗"]
    await post.echoes()
    assert await post.states() == ["sent"]


async def test_what_is_lost_stays_unconfirmed_and_is_never_sent_again(post: Post) -> None:
    post.gateway.fail_next("r0", Fault.LOST)
    await post.queue("没到")
    await post.deliver()
    post.clock.advance(timedelta(days=1))
    await post.deliver()
    await post.echoes()
    assert (await post.states(), post.arrived()) == (["unconfirmed"], [])


async def test_one_echo_settles_one_of_two_alike(post: Post) -> None:
    post.gateway.fail_next("r0", Fault.UNCONFIRMED, Fault.LOST)
    await post.queue("同样的话")
    await post.queue("同样的话")
    await post.deliver()
    await post.echoes()
    assert sorted(await post.states()) == ["sent", "unconfirmed"]


async def test_what_was_surely_not_sent_goes_out_when_there_is_a_connection_again(post: Post) -> None:
    post.gateway.fail_next("r0", Fault.DISCONNECT)
    await post.queue("一")
    with pytest.raises(Disconnected):
        await post.deliver()
    assert await post.states() == ["waiting"]
    with pytest.raises(Disconnected):
        await anext(post.events)
    post.events = post.gateway.events()
    await anext(post.events)
    post.clock.advance(timedelta(minutes=1))
    await post.deliver()
    assert post.arrived() == ["一"]


async def test_killed_while_sending_is_unconfirmed_and_not_sent_again(post: Post) -> None:
    await post.queue("一")
    await post.queue("二")
    async with post.database.write() as tx:
        await q.claim(tx, ACCOUNT, "one", post.clock(), 1)
    other = post.another("two")
    assert not await other.begin()  # the lease of the one that was killed still runs
    post.clock.advance(LEASE + timedelta(seconds=1))
    assert await other.begin()
    await post.deliver(other)
    assert (await post.states(), post.arrived()) == (["unconfirmed", "sent"], ["二"])


class Broken(Simulator):
    """A gateway with a bug."""

    @override
    async def send(self, to: Address, content: Content) -> str:
        await super().send(to, content)
        raise RuntimeError("a bug after delivery")


async def test_a_bug_in_a_gateway_leaves_the_message_unconfirmed(database: Database) -> None:
    post = Post(database, Broken(ACCOUNT, clock=StoryClock(BEGIN)))
    await post.begin()
    await post.queue("一")
    with pytest.raises(RuntimeError):
        await post.deliver()
    await post.deliver()
    assert (await post.states(), post.arrived()) == (["unconfirmed"], ["一"])
    await post.events.aclose()  # type: ignore[attr-defined]


async def test_two_workers_never_speak_for_one_account(post: Post) -> None:
    other = post.another("two")
    assert not await other.begin()
    await post.queue("一")
    await post.deliver(other)
    assert post.arrived() == []
    await post.outbox.end()
    await post.deliver(other)
    assert post.arrived() == ["一"]


async def test_the_pace_is_kept(database: Database) -> None:
    pace = Pace(per_room=timedelta(seconds=1), between_rooms=timedelta(seconds=3), jitter=timedelta(0), per_minute=5)
    post = Post(database, pace=pace)
    await post.begin()
    for number in range(12):
        await post.queue(str(number), 1 + number % 3)
    while (at := await post.outbox.deliver_one()) is not None:
        post.clock.set(at)
    times = [one.at for one in post.gateway.arrived]
    assert post.arrived() == [str(number) for number in range(12)]
    assert all(later - sooner >= timedelta(seconds=3) for sooner, later in pairwise(times))
    assert all(later - sooner >= timedelta(minutes=1) for sooner, later in zip(times, times[5:], strict=False))
    await post.events.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_was_sent_while_the_database_was_locked_is_settled_afterwards(
    database_url: str, database: Database
) -> None:
    lock = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)

    class Locking(Simulator):
        """The database is locked at the very moment of sending."""

        @override
        async def send(self, to: Address, content: Content) -> str:
            message_id = await super().send(to, content)
            lock.execute("BEGIN IMMEDIATE")
            return message_id

    hasty = Database(database_url, busy_seconds=0.1)
    post = Post(hasty, Locking(ACCOUNT, clock=StoryClock(BEGIN)))
    await post.begin()
    await post.queue("一")
    with pytest.raises(Unavailable):
        await post.deliver()
    assert await post.states() == ["sending"]
    lock.execute("ROLLBACK")
    await post.deliver()
    assert (await post.states(), post.arrived()) == (["sent"], ["一"])
    lock.close()
    await post.events.aclose()  # type: ignore[attr-defined]
    await hasty.close()
