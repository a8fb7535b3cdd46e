"""Work on several things at once and hand the results over in the order the things came."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Generic, TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")

READ_AHEAD: Final = 10_000  # things in memory, some 10 MB; beyond that the sender is held back


class Pipeline(Generic[Thing, Result]):
    """Reads a source at once and yields `(thing, result)` in its order, while `workers` work on what was read.

    1. One task reads the source as fast as it gives, so that nothing read is lost with a broken connection.
    2. Workers take things in their order; results wait until those before them are done and taken.
    3. When too many wait, the source isn't read any further, so its sender is held back.
    4. What the source or a worker raises is raised in its place in the order.
    """

    def __init__(
        self, source: AsyncIterator[Thing], work: Callable[[Thing], Awaitable[Result]], *, workers: int
    ) -> None:
        self._source = source
        self._work = work
        self._order: asyncio.Queue[tuple[Thing, asyncio.Future[Result]] | Exception | None]
        self._order = asyncio.Queue(READ_AHEAD)
        self._todo: asyncio.Queue[tuple[Thing, asyncio.Future[Result]]] = asyncio.Queue()
        self._tasks = [asyncio.create_task(self._read())]
        self._tasks += [asyncio.create_task(self._work_on()) for _ in range(workers)]

    async def results(self) -> AsyncIterator[tuple[Thing, Result]]:
        """The results in order; ends when the source does."""
        while (item := await self._order.get()) is not None:
            if isinstance(item, Exception):
                raise item
            thing, result = item
            yield thing, await result

    async def close(self) -> None:
        """Stop reading and working; waits until nothing runs any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async for thing in self._source:
                result: asyncio.Future[Result] = loop.create_future()
                result.add_done_callback(_look_at)
                self._todo.put_nowait((thing, result))
                await self._order.put((thing, result))
            await self._order.put(None)
        except Exception as error:  # handed over in its place: the reader has nobody to raise it to
            await self._order.put(error)

    async def _work_on(self) -> None:
        while True:
            thing, result = await self._todo.get()
            try:
                done = await self._work(thing)
            except Exception as error:  # handed over in its place, like a result
                result.set_exception(error)
            else:
                result.set_result(done)


def _look_at(result: "asyncio.Future[Result]") -> None:
    """So that a failure nobody waits for any more isn't reported as forgotten."""
    if not result.cancelled():
        result.exception()
