"""Fetching the pictures and files that tickets and notices need, and keeping them by their content."""

import hashlib
from datetime import datetime
from pathlib import Path

import structlog

from bot.clock import Clock
from bot.gateway import Gateway
from rules.errors import Disconnected, GatewayError, Refused
from rules.pacing import retry_at
from storage.engine import Database
from storage.queries import attachments as q
from storage.queries import outbox
from storage.queries.attachments import Wanted

log = structlog.get_logger()

TRIES = 6
BATCH = 10


class Fetcher:
    """Fetches what is wanted from one account; a copy lies under `folder`, named by its SHA-256."""

    def __init__(self, database: Database, gateway: Gateway, *, account: str, folder: Path, clock: Clock) -> None:
        self._database = database
        self._gateway = gateway
        self._account = account
        self._folder = folder
        self._clock = clock

    async def fetch_due(self) -> datetime | None:
        """Fetch what is due; returns when the next is. Raises `Disconnected`, `StorageError`."""
        async with self._database.read() as tx:
            due = await q.due_attachments(tx, self._account, self._clock(), BATCH)
        for wanted in due:
            await self._fetch(wanted)
        async with self._database.read() as tx:
            return await q.next_attachment(tx, self._account)

    async def _fetch(self, wanted: Wanted) -> None:
        try:
            data = await self._gateway.fetch(wanted.message_external_id)
            path = keep_file(self._folder, data, Path(wanted.name).suffix)
        except Disconnected:
            raise
        except (GatewayError, OSError) as error:
            again = not isinstance(error, Refused) and wanted.tries + 1 < TRIES
            due_at = retry_at(wanted.tries + 1, self._clock()) if again else None
            log.warning("attachment.not_fetched", attachment=wanted.id, error=type(error).__name__, again=again)
            async with self._database.write() as tx:
                await q.not_yet(tx, wanted.id, due_at)
                if due_at is None:
                    await outbox.release_held(tx, wanted.id, path=None, now=self._clock())
            return
        async with self._database.write() as tx:
            digest = hashlib.sha256(data).hexdigest()
            await q.keep(tx, wanted.id, path=str(path), sha256=digest, size=len(data))
            await outbox.release_held(tx, wanted.id, path=str(path), now=self._clock())


def keep_file(folder: Path, data: bytes, suffix: str) -> Path:
    """Write a file under its SHA-256, whole or not at all; the same content is kept once. Raises `OSError`."""
    digest = hashlib.sha256(data).hexdigest()
    safe = suffix.lower() if suffix[1:].isalnum() and len(suffix) <= 6 else ""
    path = folder / digest[:2] / f"{digest}{safe}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f"{safe}.part")
        unfinished.write_bytes(data)
        unfinished.replace(path)
    return path
