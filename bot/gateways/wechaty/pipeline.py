"""Work on several things at once and hand the results over in the order the things came."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Generic, TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")

READ_AHEAD: Final = 1000  # things held in memory while whoever takes the results is busy


class Pipeline(Generic[Thing, Result]):
    """Reads a source as fast as `at_once` workers allow and yields `(thing, result)` in the order of the source.

    1. One task reads the source and starts a worker per thing, at most `at_once` of them at a time.
    2. Results wait in a bounded queue; when it is full the source isn't read, so the sender is held back.
    3. What the source or a worker raises is raised in its place in the order.
    """

    def __init__(
        self, source: AsyncIterator[Thing], work: Callable[[Thing], Awaitable[Result]], *, at_once: int
    ) -> None:
        self._source = source
        self._work = work
        self._slots = asyncio.Semaphore(at_once)
        self._queue: asyncio.Queue[tuple[Thing, asyncio.Task[Result]] | BaseException | None] = asyncio.Queue(
            READ_AHEAD
        )
        self._waiting: set[asyncio.Task[Result]] = set()
        self._reader = asyncio.create_task(self._read())

    async def results(self) -> AsyncIterator[tuple[Thing, Result]]:
        """The results in order; ends when the source does."""
        while (item := await self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            thing, task = item
            yield thing, await task

    async def close(self) -> None:
        """Stop reading and working; waits until nothing runs any more."""
        tasks = [self._reader, *self._waiting]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        try:
            async for thing in self._source:
                await self._slots.acquire()
                task = asyncio.ensure_future(self._run(thing))
                self._waiting.add(task)
                task.add_done_callback(self._done)
                await self._queue.put((thing, task))
            await self._queue.put(None)
        except Exception as error:  # handed over in its place: the reader has nobody to raise it to
            await self._queue.put(error)

    async def _run(self, thing: Thing) -> Result:
        return await self._work(thing)

    def _done(self, task: "asyncio.Task[Result]") -> None:
        self._waiting.discard(task)
        self._slots.release()
        if not task.cancelled():
            task.exception()  # looked at, so that one nobody waits for any more isn't reported as lost
