"""A clock that calls actions, nothing else: what is due stands in the database, APScheduler only ticks."""

from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger


class Ticker:
    """Calls something every so often, on the running loop; one call at a time, missed ones once."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def every(self, length: timedelta, act: Callable[[], Awaitable[None]], name: str) -> None:
        """Add something to call."""
        trigger = IntervalTrigger(seconds=int(length.total_seconds()), timezone=UTC)
        self._scheduler.add_job(act, trigger, id=name, name=name, max_instances=1, coalesce=True)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking; what is running ends by itself."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
