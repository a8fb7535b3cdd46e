import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from storage.engine import Database, Tx
from storage.models import Contact, OutboxItem, Room
from storage.queries import outbox

NOON = datetime(2026, 6, 12, 4, 0, tzinfo=UTC)
ACCOUNT = "main"


def row(cause: str, **different: object) -> dict[str, object]:
    return {
        "cause": cause,
        "account": ACCOUNT,
        "room_id": 1,
        "contact_id": None,
        "priority": 5,
        "state": "waiting",
        "due_at": NOON,
        "created_at": NOON,
        "tries": 0,
        "text": "已受理",
        **different,
    }


@pytest.fixture
async def rooms(database: Database) -> Database:
    """A database with two rooms and a contact."""
    async with database.write() as tx:
        for number in (1, 2):
            await tx.execute(insert(Room).values(account=ACCOUNT, external_id=f"r{number}", topic=f"{number}栋群"))
        await tx.execute(insert(Contact).values(account=ACCOUNT, external_id="c1", name="李阿姨"))
    return database


async def queue(database: Database, *rows: dict[str, object]) -> None:
    async with database.write() as tx:
        await outbox.queue(tx, list(rows))


async def claim(database: Database, *, now: datetime = NOON, limit: int = 100, holder: str = "w1") -> list[outbox.Item]:
    async with database.write() as tx:
        return await outbox.claim(tx, ACCOUNT, holder, now, limit)


async def states(database: Database) -> dict[str, str]:
    async with database.read() as tx:
        return dict((await tx.execute(select(OutboxItem.cause, OutboxItem.state))).all())


class TestQueue:
    async def test_a_cause_speaks_once(self, rooms: Database) -> None:
        await queue(rooms, row("filed:1"), row("filed:2"))
        await queue(rooms, row("filed:2", text="again"), row("filed:3"))
        assert [item.text for item in await claim(rooms)] == ["已受理"] * 3

    async def test_a_cause_twice_in_one_go_speaks_once(self, rooms: Database) -> None:
        await queue(rooms, row("filed:1"), row("filed:1"))
        assert len(await claim(rooms)) == 1

    async def test_rows_of_different_shape_are_refused(self, rooms: Database) -> None:
        with pytest.raises(ValueError, match="same keys"):
            await queue(rooms, row("filed:1"), row("filed:2", file_name="a.jpg"))

    async def test_nothing_to_queue(self, rooms: Database) -> None:
        await queue(rooms)
        assert await claim(rooms) == []


class TestClaim:
    async def test_four_workers_take_a_thousand_rows_once_each(self, rooms: Database) -> None:
        await queue(rooms, *(row(f"n:{number}") for number in range(1_000)))
        own = [Database(rooms.url) for _ in range(4)]
        together = asyncio.Barrier(len(own))

        async def work(number: int) -> list[int]:
            taken: list[int] = []
            await together.wait()
            while items := await claim(own[number], limit=20, holder=f"w{number}"):
                taken += [item.id for item in items]
            return taken

        taken = await asyncio.gather(*(work(number) for number in range(4)))
        everything = [item for by_one in taken for item in by_one]
        assert sorted(everything) == sorted(set(everything))
        # SKIP LOCKED may end a worker early; whatever is left is still waiting, and nothing is lost.
        everything += [item.id for item in await claim(rooms, limit=1_000)]
        assert sorted(everything) == list(range(1, 1_001))
        assert set((await states(rooms)).values()) == {"sending"}
        for database in own:
            await database.close()

    async def test_a_claim_carries_what_the_gateway_needs(self, rooms: Database) -> None:
        await queue(rooms, row("dm", room_id=None, contact_id=1, text="请确认", mentions=None))
        await queue(rooms, row("room", room_id=2, mentions={"names": ["李阿姨"]}, file_name="a.jpg"))
        by_text = {item.text: item for item in await claim(rooms)}
        assert by_text["请确认"].contact_external_id == "c1"
        assert by_text["请确认"].room_external_id is None
        assert by_text["请确认"].mentions is None
        assert by_text["已受理"].room_external_id == "r2"
        assert by_text["已受理"].mentions == {"names": ["李阿姨"]}
        assert by_text["已受理"].file_name == "a.jpg"
        assert {item.tries for item in by_text.values()} == {1}
        assert {item.due_at for item in by_text.values()} == {NOON}

    async def test_only_what_is_due_of_this_account_in_order(self, rooms: Database) -> None:
        await queue(
            rooms,
            row("later", due_at=NOON + timedelta(seconds=1)),
            row("notice", priority=9),
            row("second", priority=1),
            row("first", priority=1, due_at=NOON - timedelta(minutes=1)),
            row("held", state="held"),
            row("other", account="other"),
        )
        assert [item.id for item in await claim(rooms, limit=1)] == [4]
        assert [item.id for item in await claim(rooms)] == [3, 2]
        assert await claim(rooms) == []
        assert [item.id for item in await claim(rooms, now=NOON + timedelta(seconds=1))] == [1]

    async def test_an_undone_claim_was_none(self, rooms: Database) -> None:
        await queue(rooms, row("a"))

        async def claim_and_fail(tx: Tx) -> None:
            assert len(await outbox.claim(tx, ACCOUNT, "w1", NOON, 10)) == 1
            raise LookupError

        with pytest.raises(LookupError):
            async with rooms.write() as tx:
                await claim_and_fail(tx)
        assert [item.tries for item in await claim(rooms)] == [1]


class TestSettling:
    async def test_sent(self, rooms: Database) -> None:
        await queue(rooms, row("a"), row("b"))
        await claim(rooms, limit=1)
        async with rooms.write() as tx:
            await outbox.settle_sent(tx, 1, external_id="m1", at=NOON)
            await outbox.settle_sent(tx, 2, external_id="m2", at=NOON)  # never claimed: stays as it is
        assert await states(rooms) == {"a": "sent", "b": "waiting"}

    async def test_what_is_sent_stays_sent(self, rooms: Database) -> None:
        await queue(rooms, row("a"))
        await claim(rooms)
        async with rooms.write() as tx:
            await outbox.settle_sent(tx, 1, external_id="m1", at=NOON)
            await outbox.settle_trouble(tx, 1, state="waiting", trouble="late", due_at=NOON)
            assert await outbox.recover(tx, ACCOUNT, "gone") == 0
        assert await states(rooms) == {"a": "sent"}
        assert await claim(rooms) == []

    async def test_trouble_that_passes_is_tried_again_when_due(self, rooms: Database) -> None:
        await queue(rooms, row("a"))
        await claim(rooms)
        later = NOON + timedelta(minutes=5)
        async with rooms.write() as tx:
            await outbox.settle_trouble(tx, 1, state="waiting", trouble="x" * 900, due_at=later)
            assert await outbox.next_due(tx, ACCOUNT) == later
        assert await claim(rooms) == []
        assert [item.tries for item in await claim(rooms, now=later)] == [2]

    async def test_what_a_lost_worker_had_claimed_may_have_arrived(self, rooms: Database) -> None:
        await queue(rooms, row("a"), row("b"), row("c", account="other"))
        await claim(rooms, limit=1)
        async with rooms.write() as tx:
            assert await outbox.recover(tx, ACCOUNT, "the worker is gone") == 1
            assert await outbox.recover(tx, ACCOUNT, "the worker is gone") == 0
        assert await states(rooms) == {"a": "unconfirmed", "b": "waiting", "c": "waiting"}
        async with rooms.read() as tx:
            troubles = await outbox.troubles(tx)
            assert await outbox.counts(tx) == {"unconfirmed": 1, "waiting": 2}
        assert [(t.id, t.place, t.trouble) for t in troubles] == [(1, "1栋群", "the worker is gone")]


class TestEcho:
    async def echo(self, database: Database, **different: object) -> int | None:
        told: dict[str, object] = {"room_id": 1, "contact_id": None, "text": "已受理", "external_id": "m1", "at": NOON}
        told.update(different)
        async with database.write() as tx:
            return await outbox.match_echo(tx, account=ACCOUNT, **told)  # type: ignore[arg-type]

    @pytest.fixture
    async def unsure(self, rooms: Database) -> Database:
        await queue(rooms, row("a"), row("b"), row("dm", room_id=None, contact_id=1))
        await claim(rooms)
        async with rooms.write() as tx:
            await outbox.recover(tx, ACCOUNT, "the worker is gone")
        return rooms

    async def test_it_settles_the_oldest_of_the_same_text_and_place(self, unsure: Database) -> None:
        assert await self.echo(unsure) == 1
        assert await states(unsure) == {"a": "sent", "b": "unconfirmed", "dm": "unconfirmed"}
        assert await self.echo(unsure, external_id="m2") == 2
        assert await self.echo(unsure, external_id="m3", room_id=None, contact_id=1) == 3
        assert set((await states(unsure)).values()) == {"sent"}

    async def test_the_same_echo_twice_settles_one(self, unsure: Database) -> None:
        assert await self.echo(unsure) == 1
        assert await self.echo(unsure) is None
        assert await states(unsure) == {"a": "sent", "b": "unconfirmed", "dm": "unconfirmed"}

    @pytest.mark.parametrize(
        "different",
        [{"text": "已受理 "}, {"room_id": 2}, {"at": NOON + timedelta(minutes=11)}, {"room_id": None, "contact_id": 9}],
    )
    async def test_it_settles_nothing_else(self, unsure: Database, different: dict[str, object]) -> None:
        assert await self.echo(unsure, **different) is None
        assert set((await states(unsure)).values()) == {"unconfirmed"}

    async def test_it_leaves_alone_what_is_surely_not_sent(self, rooms: Database) -> None:
        await queue(rooms, row("a"))
        assert await self.echo(rooms) is None
        assert await states(rooms) == {"a": "waiting"}


class TestLease:
    MINUTE = timedelta(minutes=1)

    async def take(self, database: Database, holder: str, now: datetime = NOON) -> bool:
        async with database.write() as tx:
            return await outbox.take_lease(tx, ACCOUNT, holder, now, self.MINUTE)

    async def test_one_holder_until_it_expires(self, database: Database) -> None:
        assert await self.take(database, "w1")
        assert not await self.take(database, "w2", NOON + self.MINUTE - timedelta(microseconds=1))
        assert await self.take(database, "w2", NOON + self.MINUTE)
        assert not await self.take(database, "w1", NOON + self.MINUTE)

    async def test_its_holder_renews_it(self, database: Database) -> None:
        assert await self.take(database, "w1")
        assert await self.take(database, "w1", NOON + self.MINUTE / 2)
        assert not await self.take(database, "w2", NOON + self.MINUTE)

    async def test_released_it_is_free_at_once_but_only_by_its_holder(self, database: Database) -> None:
        assert await self.take(database, "w1")
        async with database.write() as tx:
            await outbox.release_lease(tx, ACCOUNT, "w2", NOON)
        assert not await self.take(database, "w2")
        async with database.write() as tx:
            await outbox.release_lease(tx, ACCOUNT, "w1", NOON)
        assert await self.take(database, "w2")

    async def test_of_many_that_ask_at_once_one_gets_it(self, database: Database) -> None:
        own = [Database(database.url) for _ in range(4)]
        got = await asyncio.gather(*(self.take(each, f"w{number}") for number, each in enumerate(own)))
        assert sorted(got) == [False, False, False, True]
        for each in own:
            await each.close()
