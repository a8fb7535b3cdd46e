"""The throw-away database, which works without a thread: the same promises as the other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from rules.errors import Conflict
from storage import migrate
from storage.engine import Database, Tx
from storage.models import Person


@pytest.fixture
async def throw_away(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/away.db", durable=False)
    await migrate.upgrade(database)
    yield database
    await database.close()


async def add(tx: Tx, *codes: str) -> list[int]:
    rows = [{"code": code, "name": "张单元长"} for code in codes]
    return list((await tx.execute(insert(Person).returning(Person.id), rows)).scalars())


async def count_people(database: Database) -> int:
    async with database.read() as tx:
        return (await tx.execute(select(func.count()).select_from(Person))).scalar_one()


async def test_what_is_written_is_there_with_its_ids(throw_away: Database) -> None:
    async with throw_away.write() as tx:
        assert len(await add(tx, "p1", "p2")) == 2
    assert await count_people(throw_away) == 2


async def test_an_error_undoes_all(throw_away: Database) -> None:
    async def write_twice() -> None:
        async with throw_away.write() as tx:
            await add(tx, "p1")
            await add(tx, "p1")

    with pytest.raises(Conflict):
        await write_twice()
    assert await count_people(throw_away) == 0


async def test_a_savepoint_undoes_its_part(throw_away: Database) -> None:
    async with throw_away.write() as tx:
        await add(tx, "p1")
        with pytest.raises(IntegrityError):
            async with tx.begin_nested():
                await add(tx, "p2", "p1")
        await add(tx, "p3")
    assert await count_people(throw_away) == 2


async def test_readers_see_what_was_committed(throw_away: Database) -> None:
    async with throw_away.write() as tx:
        await add(tx, "p1")
        assert await count_people(throw_away) == 0
    assert await count_people(throw_away) == 1
