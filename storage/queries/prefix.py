"""Finding what begins with a given text by its index."""

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute

_LAST = "\U0010ffff"  # sorts behind every other character, byte by byte


def begins_with(column: InstrumentedAttribute[str], prefix: str) -> ColumnElement[bool]:
    """Return the condition that a `bytewise` column begins so: a range, since SQLite uses no index for LIKE."""
    return and_(column >= prefix, column < prefix + _LAST)
