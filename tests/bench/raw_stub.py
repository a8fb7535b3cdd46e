"""The baseline for throughput: a client that does nothing but read, on Wechaty's own generated stub.

It subscribes to the gateway's events and asks for each message's payload: no order to keep, no names, no deadlines,
nothing stored. One payload after the other is what the plainest client does; eight at once is the harder baseline.
"""

import asyncio
import importlib
import json
import time
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from grpclib.client import Channel

MESSAGE, LOGIN = 2, 25


@dataclass
class Reading:
    """How far a reader is; `seconds` runs from the first announcement to the last payload."""

    messages: int = 0
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return self.messages / self.seconds if self.seconds else 0.0


@asynccontextmanager
async def raw_stub(
    endpoint: str, token: str, count: int, *, at_once: int = 8
) -> AsyncIterator["asyncio.Task[Reading]"]:
    """A reader that is subscribed on entry and whose task ends after `count` messages.

    One client per gateway: `await gateway.ask("idle")` before the next one connects.
    """
    host, _, port = endpoint.rpartition(":")
    channel = Channel(host, int(port))
    ready = asyncio.Event()
    task = asyncio.create_task(_read(_stub(channel, token), count, at_once, ready))
    try:
        await ready.wait()
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        channel.close()


async def _read(stub: Any, count: int, at_once: int, ready: asyncio.Event) -> Reading:
    reading, started, start = Reading(), 0, 0.0
    slots, asking = asyncio.Semaphore(at_once), set[asyncio.Task[None]]()

    async def ask(message_id: str) -> None:
        await stub.message_payload(id=message_id)
        reading.messages += 1
        slots.release()

    async for event in stub.event():
        if event.type == LOGIN:
            ready.set()
        if event.type != MESSAGE:
            continue
        start = start or time.perf_counter()
        await slots.acquire()
        task = asyncio.create_task(ask(json.loads(event.payload)["messageId"]))
        asking.add(task)
        task.add_done_callback(asking.discard)
        started += 1
        if started == count:
            break
    await asyncio.gather(*asking)
    reading.seconds = time.perf_counter() - start
    return reading


def _stub(channel: Channel, token: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the stub's own, at import
        module = importlib.import_module("wechaty_grpc.wechaty")
    return module.PuppetStub(channel, metadata={"authorization": f"Wechaty {token}"})
