"""SQLite without a thread of its own, for throw-away files that one task works on: a replay, a test."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Self

Parameters = Sequence[object]


async def connect(database: str, **options: object) -> "InlineConnection":
    """Open a file the way `aiosqlite.connect` does; given to SQLAlchemy as `async_creator_fn`."""
    return InlineConnection(sqlite3.connect(database, **options))  # type: ignore[call-overload]


class InlineCursor:
    """What SQLAlchemy's dialect asks of `aiosqlite.Cursor`; every call is done when it returns."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    async def __aenter__(self) -> Self:
        """Hand over the cursor."""
        return self

    async def execute(self, sql: str, parameters: Parameters = ()) -> Self:
        """Run one statement."""
        self._cursor.execute(sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Parameters]) -> Self:
        """Run one statement for each row."""
        self._cursor.executemany(sql, parameters)
        return self

    async def fetchall(self) -> list[tuple[object, ...]]:
        """Return what is left."""
        return self._cursor.fetchall()

    async def close(self) -> None:
        """Let the cursor go."""
        self._cursor.close()

    @property
    def description(self) -> object:
        """The columns of the result."""
        return self._cursor.description

    @property
    def lastrowid(self) -> int | None:
        """The key of the row that was added last."""
        return self._cursor.lastrowid

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._cursor.rowcount


class InlineConnection:
    """What SQLAlchemy's dialect asks of `aiosqlite.Connection`.

    A statement holds up the event loop until it is done, and hands no work to a thread: of a small statement's cost
    the hand-over is the larger part.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection  # the dialect looks whether it is there

    def cursor(self) -> InlineCursor:
        """Make a cursor."""
        return InlineCursor(self._connection.cursor())

    async def create_function(self, *args: object, **options: object) -> None:
        """Add a function to SQL."""
        make: Callable[..., None] = self._connection.create_function
        make(*args, **options)

    async def commit(self) -> None:
        """Commit."""
        self._connection.commit()

    async def rollback(self) -> None:
        """Undo."""
        self._connection.rollback()

    async def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def stop(self) -> None:
        """Close the file at once."""
        self._connection.close()
