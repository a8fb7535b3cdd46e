from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from rules.errors import ConfigError
from storage.engine import Database
from storage.migrate import check, differences, upgrade
from storage.models import Lease


async def test_models_and_migrations_agree(database: Database) -> None:
    assert await differences(database) == []


async def test_a_missing_column_is_told(database: Database) -> None:
    async with database.write() as tx:
        await tx.execute(text("ALTER TABLE people DROP COLUMN name"))
    assert any("name" in difference for difference in await differences(database))


async def test_upgrading_twice_changes_nothing(database: Database) -> None:
    async with database.write() as tx:
        row = {"account": "main", "holder": "first", "expires_at": datetime(2026, 6, 12, tzinfo=UTC)}
        await tx.execute(insert(Lease), [row])
    before = await upgrade(database)
    assert before.is_current
    assert (await check(database)).is_current
    async with database.read() as tx:
        assert (await tx.execute(text("SELECT holder FROM leases"))).scalars().all() == ["first"]
    assert await differences(database) == []


async def test_an_empty_database_has_no_shape_yet(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new.db")
    shape = await check(database)
    assert shape.current is None
    assert not shape.is_current
    assert (await upgrade(database)).current is None
    assert (await check(database)).current == shape.head
    await database.close()


async def test_a_database_of_a_newer_version_is_refused_with_what_to_do(database: Database) -> None:
    async with database.write() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for asked in (upgrade, check):
        with pytest.raises(ConfigError, match=r"9999 .*newer version.*restore the backup"):
            await asked(database)
