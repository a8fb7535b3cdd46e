"""The clock, read at the edges only: everything below gets the moment as an argument."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the present moment, aware, in UTC."""


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


class StoryClock:
    """A clock that is set by hand: for stories, replays and tests."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        """Return the moment it was set to."""
        return self.now

    def set(self, moment: datetime) -> None:
        """Set it, never back."""
        self.now = max(self.now, moment)

    def advance(self, length: timedelta) -> None:
        """Let time pass."""
        self.now += length
