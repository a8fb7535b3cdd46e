"""What the bot needs, checked one by one, each with the remedy: `huiyin doctor`."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from bot.build import build_gateway
from bot.case_types import load_case_types
from bot.clock import utc_now
from bot.config import AccountSettings, Settings
from nlp.classify import Understanding
from rules.errors import ConfigError, GatewayError, StorageError
from rules.talk import Connected
from storage import migrate
from storage.engine import Database
from storage.queries import health as q
from storage.queries import outbox

LEAST_FREE = 1_000_000_000  # bytes
LARGEST_SKEW = timedelta(seconds=2)


class Verdict(StrEnum):
    """How a check went; `attention` is for a person to look at, but nothing is broken."""

    FINE = "fine"
    ATTENTION = "attention"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, how it is, and what to do where it isn't fine."""

    check: str
    verdict: Verdict
    detail: str
    remedy: str = ""


def fine(check: str, detail: str) -> Finding:
    """Nothing has to be done."""
    return Finding(check, Verdict.FINE, detail)


def wrong(check: str, detail: str, remedy: str) -> Finding:
    """Something is broken."""
    return Finding(check, Verdict.WRONG, detail, remedy)


async def examine(settings: Settings, deadline: timedelta) -> AsyncIterator[Finding]:
    """Check everything, one after the other; `deadline` is how long a gateway may take to answer."""
    yield _accounts(settings)
    yield _loads("lexicon", lambda: Understanding.load(settings.lexicon.folder), "run `huiyin lexicon check`")
    yield _loads("case types", lambda: load_case_types(settings.case_types.file), "mend the file named")
    now = utc_now()
    yield fine("time zone", f"{settings.time.zone}: it is {now.astimezone(settings.zone):%Y-%m-%d %H:%M} there")
    yield _folder(settings.files.folder.absolute())
    database = Database(settings.database.url)
    try:
        usable = False
        async for finding in _database(database):
            usable = finding.verdict is not Verdict.WRONG
            yield finding
        for account in settings.accounts:
            yield await _account(database if usable else None, account, deadline)
        if usable:
            async for finding in _work(database):
                yield finding
    finally:
        await database.close()


def _accounts(settings: Settings) -> Finding:
    if not settings.accounts:
        return wrong("settings", "no account", "add [[accounts]] with a name and a gateway, as in config.example.toml")
    return fine("settings", f"accounts: {', '.join(one.name for one in settings.accounts)}")


def _loads(check: str, load: Callable[[], object], remedy: str) -> Finding:
    try:
        load()
    except ConfigError as error:
        return wrong(check, str(error), remedy)
    return fine(check, "loaded")


def _folder(folder: Path) -> Finding:
    """Check that attachments can be kept, and that there is room for them."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"huiyin")
    except OSError as error:
        return wrong("attachments", f"{folder}: {error.strerror}", "make the folder writable, or set [files] folder")
    return _free("attachments", folder)


def _free(check: str, folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    detail = f"{folder}: writable, {free / 1e9:.1f} GB free"
    if free < LEAST_FREE:
        return wrong(check, detail, f"make room: less than {LEAST_FREE / 1e9:.0f} GB is left")
    return fine(check, detail)


class _TakenBackError(Exception):
    """Undoes the write that was only tried."""


async def _database(database: Database) -> AsyncIterator[Finding]:
    shown = database.shown_url
    try:
        shape = await migrate.check(database)
    except (StorageError, ConfigError) as error:
        yield wrong("database", f"{shown}: {error}", "check [database] url, that the server runs and lets us in")
        return
    if not shape.is_current:
        detail = f"{shown}: revision {shape.current or 'none'}, expected {shape.head}"
        yield wrong("database", detail, "make a backup, then run `huiyin db upgrade`")
        return
    try:
        async with database.write() as tx:
            await q.try_writing(tx, utc_now())
            raise _TakenBackError  # noqa: TRY301 - undoes the transaction
    except _TakenBackError:
        yield fine("database", f"{shown}: revision {shape.current}, writable")
    except StorageError as error:
        yield wrong("database", f"{shown}: can't be written to: {error}", "check its rights and free disk space")
        return
    if database.file is not None:
        yield _free("disk", database.file.parent)
    async with database.read() as tx:
        skew = await q.clock_of(tx) - utc_now()
    seconds = f"{skew.total_seconds():+.1f} s from ours"
    if abs(skew) > LARGEST_SKEW:
        yield Finding("database clock", Verdict.ATTENTION, seconds, "let both machines keep their time by NTP")
    else:
        yield fine("database clock", seconds)


async def _account(database: Database | None, account: AccountSettings, deadline: timedelta) -> Finding:
    """Check that an account is logged in: by what the running bot has noted, else by connecting for a moment.

    A gateway serves one client: while the bot runs, connecting would take its place.
    """
    check = f"account {account.name}"
    if database is not None:
        async with database.read() as tx:
            held = await q.holding(tx, account.name, utc_now())
        if held is not None and held.is_connected:
            return fine(check, f"connected, by the running bot {held.holder}")
        if held is not None:
            return wrong(check, f"the bot {held.holder} runs, but isn't connected", "see the log of the running bot")
    if account.gateway == "manual":
        return fine(check, "worked by hand")
    try:
        gateway = build_gateway(account, utc_now)
        try:
            async with asyncio.timeout(deadline.total_seconds()), aclosing(gateway.events()) as events:  # type: ignore[type-var]
                async for event in events:
                    if isinstance(event, Connected):
                        return fine(check, "the gateway answers, and the account is logged in; the bot isn't running")
        finally:
            await gateway.close()
    except TimeoutError:
        detail = f"not logged in within {deadline.total_seconds():g} s"
        return wrong(check, detail, "log the account in where the gateway runs (scan its QR code)")
    except (ConfigError, GatewayError) as error:
        return wrong(check, str(error), "check endpoint, token and tls of the account, and that the gateway runs")
    return wrong(check, "the gateway ended the connection", "see the gateway's own log")


async def _work(database: Database) -> AsyncIterator[Finding]:
    """Look for what waits for a person."""
    async with database.read() as tx:
        counts = await outbox.counts(tx)
        unbound = await q.unbound_rooms(tx)
        aside = await q.set_aside_count(tx)
    waiting = (
        ("failed", counts.get("failed", 0), "messages couldn't be sent", _RESEND),
        ("unconfirmed", counts.get("unconfirmed", 0), "messages may or may not have arrived", _LOOK),
        ("rooms unbound", unbound, "rooms aren't bound to a place", _BIND),
        ("set aside", aside, "utterances couldn't be handled", _REPORT),
    )
    for check, count, what, remedy in waiting:
        yield Finding(check, Verdict.ATTENTION, f"{count} {what}", remedy) if count else fine(check, "none")


_RESEND = "`huiyin notice resend ID`, or 补发 in a chat with the bot"
_LOOK = "look into the rooms; then 已到 or 重发 in a chat, or `huiyin notice resend ID --unconfirmed`"
_BIND = "type 绑定 <code> in the room, or import the table of rooms"
_REPORT = "report it as a bug, with the log's lines `inbox.utterance_failed`"
