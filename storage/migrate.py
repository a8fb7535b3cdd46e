"""Bringing a database to the shape that this version knows, and telling whether it has it."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from rules.errors import ConfigError
from storage.engine import Database
from storage.types import Base


@dataclass(frozen=True, slots=True)
class Shape:
    """Which revision a database has, and which is this version's."""

    current: str | None
    head: str

    @property
    def is_current(self) -> bool:
        """Tell whether nothing has to be done."""
        return self.current == self.head


async def upgrade(database: Database) -> Shape:
    """Bring the database to this version's shape, in one transaction, and return what it was before.

    Raises:
        ConfigError: the database was made by a newer version.

    """
    async with database.write() as tx:
        return await tx.run_sync(_upgrade)


async def check(database: Database) -> Shape:
    """Tell the database's shape. Raises `ConfigError` where it was made by a newer version."""
    async with database.read() as tx:
        return await tx.run_sync(_shape)


async def differences(database: Database) -> list[str]:
    """Return how the database differs from the models; empty where migrations and models agree."""
    async with database.read() as tx:
        return await tx.run_sync(_differences)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _shape(connection: Connection) -> Shape:
    scripts = ScriptDirectory.from_config(_config(connection))
    current = MigrationContext.configure(connection).get_current_revision()
    head = scripts.get_current_head()
    if head is None:
        raise ConfigError("storage/migrations: no migration is installed")
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise ConfigError(
            f"database: its revision {current} was made by a newer version of Huiyin (this one knows up to {head});"
            " install that version, or restore the backup made before the upgrade"
        )
    return Shape(current, head)


def _upgrade(connection: Connection) -> Shape:
    before = _shape(connection)
    if not before.is_current:
        command.upgrade(_config(connection), "head")
    return before


def _differences(connection: Connection) -> list[str]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return [str(difference) for difference in compare_metadata(context, Base.metadata)]
