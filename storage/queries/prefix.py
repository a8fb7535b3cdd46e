"""Finding what begins with a given text by its index."""

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute

from storage.engine import Tx

_LAST = "\U0010ffff"  # sorts behind every other character, byte by byte


def begins_with(tx: Tx, column: InstrumentedAttribute[str], prefix: str) -> ColumnElement[bool]:
    """Return the condition that a column begins so.

    SQLite uses no index for LIKE, but for a range, as it compares byte by byte; PostgreSQL may sort by a language's
    rules, where a range would leave some out.
    """
    if tx.dialect.name == "sqlite":
        return and_(column >= prefix, column < prefix + _LAST)
    return column.startswith(prefix, autoescape=True)
