"""From settings to a process: opens the database, loads lexicon and case types, makes a gateway per account."""

from datetime import timedelta
from pathlib import Path

import structlog

from actions.work import House
from bot.app import App, Manner
from bot.case_types import load_case_types
from bot.clock import Clock, utc_now
from bot.config import AccountSettings, Settings
from bot.gateway import Gateway
from bot.gateways.manual import ManualGateway
from handlers.texts import voice
from nlp.classify import Understanding
from rules.errors import ConfigError, Unavailable
from rules.talk import Address, Content
from storage import migrate
from storage.engine import Database
from storage.migrate import Shape

log = structlog.get_logger()


def build_house(settings: Settings) -> House:
    """Put together what stays the same all the time. Raises `ConfigError`."""
    return House(case_types=load_case_types(settings.case_types.file), zone=settings.zone, voice=voice)


def build_manner(settings: Settings) -> Manner:
    """Return how the process listens and speaks."""
    return Manner(
        folder=settings.files.folder.absolute(),
        pace=settings.pace.pace,
        breath=settings.listen.breath,
        direct=settings.listen.direct,
        lease=timedelta(seconds=settings.database.lease_seconds),
    )


async def open_database(settings: Settings, *, upgrade: bool = False) -> Database:
    """Open the database, in the shape of this version.

    Raises:
        ConfigError: it has another shape; says which command mends it.
        Unavailable: it can't be opened; names it.

    """
    database = Database(settings.database.url, pool_size=settings.database.pool_size)
    try:
        if upgrade:
            await migrate.upgrade(database)
        else:
            _check_shape(await migrate.check(database))
    except Unavailable as error:
        await database.close()
        raise Unavailable(f"{database.shown_url}: {error}") from error
    except BaseException:
        await database.close()
        raise
    return database


def _check_shape(shape: Shape) -> None:
    if not shape.is_current:
        raise ConfigError(
            f"database: its revision is {shape.current or 'none'}, expected {shape.head};"
            " run `huiyin db upgrade -c CONFIG` first"
        )


def build_app(settings: Settings, database: Database, *, clock: Clock = utc_now) -> App:
    """Put the process together. Raises `ConfigError`."""
    if not settings.accounts:
        raise ConfigError("accounts: expected at least one [[accounts]] with a name and a gateway")
    return App(
        database=database,
        house=build_house(settings),
        understanding=Understanding.load(settings.lexicon.folder),
        gateways=[(account.name, build_gateway(account, clock)) for account in settings.accounts],
        manner=build_manner(settings),
        clock=clock,
    )


def build_gateway(account: AccountSettings, clock: Clock) -> Gateway:
    """Make the gateway of an account. Raises `ConfigError`."""
    if account.gateway == "manual":
        return ManualGateway(account.name, clock=clock, show=_show)
    from bot.gateways.wechaty.gateway import WechatyGateway
    from bot.gateways.wechaty.settings import WechatySettings

    return WechatyGateway(
        WechatySettings(
            account=account.name,
            endpoint=account.endpoint,
            token=_token(account),
            tls=account.tls,
            tls_ca=account.tls_ca,
            tls_name=account.tls_name,
            accept_invitations=account.accept_invitations,
            deadline_seconds=account.deadline_seconds,
            keepalive_seconds=account.keepalive_seconds,
            plugins=account.plugins,
            plugin_folder=account.plugin_folder.absolute() if account.plugin_folder else None,
        ),
        clock=clock,
    )


def _token(account: AccountSettings) -> str:
    if account.token_file is None:
        return account.token.get_secret_value()
    try:
        return Path(account.token_file).read_text("utf-8").strip()
    except OSError as error:
        raise ConfigError(f"accounts: {account.name}: token_file can't be read ({error.strerror})") from error


def _show(to: Address, content: Content) -> None:
    """Say that something waits to be pasted; the text itself stays out of the log."""
    log.info("by_hand.waiting", place=to.room_id or to.person_id, characters=len(content.text))
