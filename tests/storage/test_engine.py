import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import StatementError

from rules.errors import ConfigError, Conflict, Unavailable
from storage.engine import Database, Tx, async_url
from storage.models import Connection, Lease, Person

NOON = datetime(2026, 6, 12, 4, 0, tzinfo=UTC)
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def count_people(database: Database) -> int:
    async with database.read() as tx:
        return (await tx.execute(select(func.count()).select_from(Person))).scalar_one()


async def add(database: Database, *codes: str, name: str = "张单元长", then: Exception | None = None) -> None:
    """Add people in one transaction, each by a statement of its own, which then may fail."""
    async with database.write() as tx:
        for code in codes:
            await tx.execute(insert(Person), [{"code": code, "name": name}])
        if then is not None:
            raise then


async def rename(tx: Tx, code: str) -> None:
    await tx.execute(update(Person).where(Person.code == code).values(name="赵督查"))


class TestTransactions:
    async def test_what_is_written_is_there(self, database: Database) -> None:
        await add(database, "p1", "p2")
        assert await count_people(database) == 2

    async def test_any_error_undoes_everything(self, database: Database) -> None:
        with pytest.raises(LookupError):
            await add(database, "p1", then=LookupError())
        assert await count_people(database) == 0

    async def test_being_cancelled_undoes_everything_and_lets_the_next_in(self, database: Database) -> None:
        inside = asyncio.Event()

        async def stuck() -> None:
            async with database.write() as tx:
                await tx.execute(insert(Person), [{"code": "p1", "name": "张单元长"}])
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(stuck())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await add(database, "p2")
        assert await count_people(database) == 1

    async def test_the_same_key_twice_is_a_conflict(self, database: Database) -> None:
        with pytest.raises(Conflict):
            await add(database, "p0", "p1", "p1")
        assert await count_people(database) == 0

    async def test_a_missing_parent_is_a_conflict(self, database: Database) -> None:
        with pytest.raises(Conflict):
            async with database.write() as tx:
                await tx.execute(text("INSERT INTO posts (person_id, role, node_id) VALUES (404, 'admin', 404)"))

    async def test_a_wrong_statement_is_a_bug_not_a_passing_failure(self, database: Database) -> None:
        with pytest.raises(Exception, match="nowhere") as caught:
            async with database.write() as tx:
                await tx.execute(text("SELECT 1 FROM nowhere"))
        assert not isinstance(caught.value, (Conflict, Unavailable))


class TestMoments:
    async def test_a_naive_time_is_refused(self, database: Database) -> None:
        row = {"account": "main", "holder": "a", "expires_at": NOON.replace(tzinfo=None)}
        with pytest.raises(StatementError, match="naive time"):
            async with database.write() as tx:
                await tx.execute(insert(Lease), [row])

    async def test_any_zone_comes_back_as_the_same_moment_in_utc(self, database: Database) -> None:
        shanghai = NOON.astimezone(timezone(timedelta(hours=8))) + timedelta(microseconds=1)
        async with database.write() as tx:
            await tx.execute(insert(Connection), [{"account": "main", "began_at": shanghai, "ended_at": None}])
        async with database.read() as tx:
            began, ended = (await tx.execute(select(Connection.began_at, Connection.ended_at))).one()
        assert began == shanghai
        assert began.tzinfo is UTC
        assert ended is None

    async def test_times_of_other_zones_compare_as_moments(self, database: Database) -> None:
        later = (NOON + timedelta(minutes=1)).astimezone(timezone(-timedelta(hours=11)))
        async with database.write() as tx:
            await tx.execute(insert(Connection), [{"account": "main", "began_at": NOON}])
        async with database.read() as tx:
            found = await tx.execute(select(func.count()).select_from(Connection).where(Connection.began_at < later))
        assert found.scalar_one() == 1


class TestSqliteTrouble:
    @only_sqlite
    async def test_locked_by_another_process_is_unavailable(self, database: Database, tmp_path: Path) -> None:
        impatient = Database(database.url, busy_seconds=0.1)
        other = sqlite3.connect(tmp_path / "huiyin.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(Unavailable, match="locked"):
                await add(impatient, "p1")
            assert await count_people(impatient) == 0  # reading goes on
        finally:
            other.execute("ROLLBACK")
            other.close()
        await add(impatient, "p1")
        assert await count_people(impatient) == 1
        await impatient.close()

    @only_sqlite
    async def test_a_full_disk_is_unavailable_and_leaves_nothing_half_written(self, database: Database) -> None:
        full = Database(database.url)
        async with full.write() as tx:  # its only connection, so that the limit stays
            pages = (await tx.execute(text("PRAGMA page_count"))).scalar_one()
            await tx.execute(text(f"PRAGMA max_page_count = {pages + 20}"))
        with pytest.raises(Unavailable, match="full"):
            await add(full, *(f"p{number}" for number in range(2_000)), name="张" * 60)
        await full.close()
        assert await count_people(database) == 0
        async with database.write() as tx:
            assert (await tx.execute(text("PRAGMA integrity_check"))).scalar_one() == "ok"
        await add(database, "p1")
        assert await count_people(database) == 1

    async def test_a_folder_that_is_not_there_is_unavailable(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path}/nowhere/huiyin.db")
        with pytest.raises(Unavailable):
            async with database.read() as tx:
                await tx.execute(text("SELECT 1"))
        await database.close()

    async def test_a_file_that_is_no_database_is_a_config_error(self, tmp_path: Path) -> None:
        (tmp_path / "letter.db").write_text("Dear neighbours, " * 100)
        database = Database(f"sqlite:///{tmp_path}/letter.db")
        with pytest.raises(ConfigError, match=r"^database\.url: .*not a database"):
            async with database.write() as tx:
                await tx.execute(text("SELECT 1"))
        await database.close()

    @only_sqlite
    async def test_it_is_as_durable_as_promised(self, database: Database) -> None:
        async with database.read() as tx:
            told = [
                (await tx.execute(text(f"PRAGMA {name}"))).scalar_one()
                for name in ("journal_mode", "foreign_keys", "synchronous")
            ]
        assert told == ["wal", 1, 2]  # 2 is FULL


class TestPostgresqlTrouble:
    @only_postgresql
    async def test_a_lost_connection_is_unavailable_and_the_next_one_works(self, database: Database) -> None:
        killer = Database(database.url)

        async def write_and_be_cut_off() -> None:
            async with database.write() as tx:
                await tx.execute(insert(Person), [{"code": "p1", "name": "张单元长"}])
                mine = (await tx.execute(text("SELECT pg_backend_pid()"))).scalar_one()
                async with killer.write() as other:
                    await other.execute(select(func.pg_terminate_backend(mine)))
                await rename(tx, "p1")

        with pytest.raises(Unavailable):
            await write_and_be_cut_off()
        await killer.close()
        assert await count_people(database) == 0

    async def test_nobody_listening_is_unavailable(self) -> None:
        database = Database("postgresql://nobody@127.0.0.1:1/huiyin")
        with pytest.raises(Unavailable):
            async with database.read() as tx:
                await tx.execute(text("SELECT 1"))
        await database.close()

    @only_postgresql
    async def test_a_deadlock_is_a_conflict_for_one_of_the_two(self, database: Database) -> None:
        await add(database, "p1", "p2")
        meeting = asyncio.Barrier(2)

        async def rename_both(first: str, second: str) -> str:
            try:
                async with database.write() as tx:
                    await rename(tx, first)
                    await meeting.wait()
                    await rename(tx, second)
            except Conflict:
                return "conflict"
            return "done"

        outcomes = await asyncio.gather(rename_both("p1", "p2"), rename_both("p2", "p1"))
        assert sorted(outcomes) == ["conflict", "done"]


class TestUrls:
    @pytest.mark.parametrize(
        ("given", "driver"),
        [
            ("sqlite:///huiyin.db", "sqlite+aiosqlite"),
            ("postgresql://me@host/huiyin", "postgresql+asyncpg"),
            ("postgres://me@host/huiyin", "postgresql+asyncpg"),
            ("postgresql+psycopg://me:secret@host/huiyin", "postgresql+asyncpg"),
        ],
    )
    def test_the_driver_is_ours(self, given: str, driver: str) -> None:
        assert async_url(given) == driver + given[given.index(":") :]

    @pytest.mark.parametrize("given", ["", "huiyin.db", "mysql://me@host/huiyin", "postgresql//me@host", "sqlite"])
    def test_what_is_no_url_of_ours_names_the_key(self, given: str) -> None:
        with pytest.raises(ConfigError, match=r"^database\.url: expected"):
            async_url(given)

    @pytest.mark.parametrize("given", ["postgresql://me:secret@host:port/huiyin", "mysql://me:secret@host/x"])
    def test_a_password_is_never_said(self, given: str) -> None:
        with pytest.raises(ConfigError) as caught:
            async_url(given)
        assert "secret" not in str(caught.value)
