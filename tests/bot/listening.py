"""Listening to a gateway as the process does: again and again, with everything it yields kept for the test."""

import asyncio
from collections.abc import Callable
from typing import Self

from bot.gateway import Gateway
from rules.errors import Disconnected
from rules.talk import Connected, Event, Heard

PATIENCE_SECONDS = 60.0  # a loaded machine is slow; a test that waits this long has failed


class Listening:
    """`async with Listening(gateway) as listening`: connected inside; reconnects while `again` is true."""

    def __init__(self, gateway: Gateway, *, again: bool = True) -> None:
        self.gateway = gateway
        self.events: list[Event] = []
        self.ends: list[Disconnected] = []
        self._again = again
        self._news = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        await self.connected()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._again = False
        await self.gateway.close()
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def heard(self) -> list[Heard]:
        """The messages of others, in the order they came."""
        return [event for event in self.events if isinstance(event, Heard) and not event.from_self]

    @property
    def echoes(self) -> list[Heard]:
        """Our own messages that came back."""
        return [event for event in self.events if isinstance(event, Heard) and event.from_self]

    async def connected(self, times: int = 1) -> None:
        """Wait until it has been connected so many times in all."""
        await self.until(lambda: sum(isinstance(event, Connected) for event in self.events) >= times)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; fails the test with what was heard if it never does."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._news:
                await self._news.wait_for(lambda: condition() or self._over())
        except TimeoutError:
            raise AssertionError(f"never came; events {self.events[-5:]}, ends {self.ends[-3:]}") from None
        assert condition(), f"listening ended before; events {self.events[-5:]}, ends {self.ends[-3:]}"

    async def heard_text(self, text: str) -> Heard:
        """Wait for somebody to say this."""
        await self.until(lambda: any(heard.text == text for heard in self.heard))
        return next(heard for heard in self.heard if heard.text == text)

    async def ended(self, times: int = 1) -> Disconnected:
        """Wait until the connection has ended so many times; returns the last end."""
        await self.until(lambda: len(self.ends) >= times)
        return self.ends[times - 1]

    def _over(self) -> bool:
        assert self._task is not None
        return self._task.done()

    async def _listen(self) -> None:
        try:
            while True:
                try:
                    async for event in self.gateway.events():
                        self.events.append(event)
                        await self._tell()
                except Disconnected as end:
                    self.ends.append(end)
                    await self._tell()
                if not self._again:
                    return
                await asyncio.sleep(0.05)
        finally:
            asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(self._tell()))

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
