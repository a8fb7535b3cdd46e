"""The database: opened once by the composition root, written to in short transactions."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from rules.errors import ConfigError, Conflict, StorageError, Unavailable
from storage import inline

Tx = AsyncConnection
"""A transaction, opened and committed by an edge; actions and queries only use it."""

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class Database:
    """One SQLite file or one PostgreSQL database.

    On SQLite a single writer at a time is let in, here and (by BEGIN IMMEDIATE) among processes, where one waits for
    another for `busy_seconds` at most. `durable=False` is for throw-away files that one task works on: it waits neither
    for the disk nor for a thread.
    """

    def __init__(self, url: str, *, pool_size: int = 5, busy_seconds: float = 10, durable: bool = True) -> None:
        self.url = async_url(url)
        self.is_sqlite = self.url.startswith("sqlite")
        self.engine = _engine(self.url, pool_size, busy_seconds, durable=durable)
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if self.is_sqlite else nullcontext()

    @property
    def shown_url(self) -> str:
        """The URL without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @property
    def file(self) -> Path | None:
        """The SQLite file, if it is one."""
        name = self.engine.url.database
        return Path(name).absolute() if self.is_sqlite and name else None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """Open a transaction that commits at the end and is undone by any error.

        Raises:
            Conflict: somebody else wrote first.
            Unavailable: the database is locked, full or can't be reached.
            ConfigError: the file is no database.

        """
        try:
            async with self._turn, self.engine.begin() as tx:
                yield tx
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise storage_error(error) from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """Open a transaction for reading only. Raises `Unavailable`."""
        try:
            async with self.engine.connect() as tx:
                reading = await tx.execution_options(huiyin_reads=True)
                async with reading.begin():
                    yield reading
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise storage_error(error) from error

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def async_url(url: str) -> str:
    """Return the URL with the driver that is used here.

    Raises:
        ConfigError: it isn't a database URL, or not of SQLite or PostgreSQL.

    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # a ValueError: the port is no number
        raise ConfigError(
            "database.url: expected sqlite:///path/to/huiyin.db or postgresql://user@host/name"
        ) from error
    driver = _DRIVERS.get(parsed.get_backend_name())
    if driver is None:
        raise ConfigError(f"database.url: expected sqlite or postgresql, not {parsed.get_backend_name()!r}")
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


def storage_error(error: Exception) -> StorageError:
    """Translate a driver's failure into what it means for us; what is no passing failure is raised as it is.

    Raises:
        ConfigError: the file that the URL names is something else.

    """
    # The first line only: what follows may hold the values of a row.
    text = str(getattr(error, "orig", error)).partition("\n")[0]
    if "file is not a database" in text:
        raise ConfigError("database.url: expected a SQLite file; what is there is not a database") from error
    if isinstance(error, IntegrityError):
        return Conflict(text)
    if isinstance(error, DBAPIError) and not isinstance(error, InterfaceError):
        if any(mark in text.lower() for mark in _CONFLICTS):
            return Conflict(text)
        passing = error.connection_invalidated or any(mark in text.lower() for mark in _PASSING)
        if not passing:
            raise error
    return Unavailable(text)


_PLAIN = ("timeout", "isolation_level", "uri", "check_same_thread")
_CONFLICTS = ("deadlock detected", "could not serialize")
_PASSING = (
    "locked", "disk is full", "disk i/o", "no space left", "unable to open", "readonly", "read-only",
    "too many clients", "connection", "starting up", "shutting down", "terminating", "refused", "timeout", "quota",
)  # fmt: skip


def _engine(url: str, pool_size: int, busy_seconds: float, *, durable: bool) -> AsyncEngine:
    if not url.startswith("sqlite"):
        return create_async_engine(url, hide_parameters=True, pool_size=pool_size, pool_pre_ping=True, pool_timeout=30)
    # The driver must not begin transactions by itself: BEGIN IMMEDIATE below is what makes claims safe.
    options: dict[str, object] = {"timeout": busy_seconds, "isolation_level": None}
    if not durable:
        options["async_creator_fn"] = inline.connect
    engine = create_async_engine(url, hide_parameters=True, connect_args=options)

    @event.listens_for(engine.sync_engine, "do_connect")
    def on_do_connect(_dialect: Any, _record: Any, place: Any, how: dict[str, Any]) -> None:
        # What can't be opened fails here: the driver would fail in a thread of its own, which may outlive the loop.
        sqlite3.connect(*place, **{name: value for name, value in how.items() if name in _PLAIN}).close()

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        synchronous = "FULL" if durable else "OFF"
        try:
            for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"synchronous={synchronous}", "temp_store=MEMORY"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
        except Exception:
            connection.close()  # the pool never sees it, and its thread would live on
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        reads = connection.get_execution_options().get("huiyin_reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
