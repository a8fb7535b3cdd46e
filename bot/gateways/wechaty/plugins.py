"""A user's existing Wechaty plugins on the account that we serve, above our transport.

They see the `Wechaty` object they were written for. Its scheduler store, web server, port probe and connection
are left out; what plugins say goes straight to the gateway, outside of our pacing and our outbox.
"""

import asyncio
import importlib
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from bot.gateways.wechaty import compat
from bot.gateways.wechaty.puppet import EVENT_NAMES, LinkedPuppet, event_payload, make_puppet
from bot.gateways.wechaty.settings import WechatySettings
from bot.gateways.wechaty.transport import Link
from bot.gateways.wechaty.wire import EventType, PuppetEvent
from rules.errors import ConfigError

log = logging.getLogger(__name__)

_WAITING_MOST: Final = 1000  # events; plugins that are slower than the talk lose the newest, we don't wait for them


class PluginHost:
    """Loads the plugins that a setting names and passes events on to them, one after the other.

    What a plugin raises is logged and stays with it. Raises `ConfigError` when made, if a plugin can't be loaded.
    """

    def __init__(self, settings: WechatySettings) -> None:
        self._settings = settings
        self._folder = (settings.plugin_folder or Path()).resolve()
        self._modules = _load(self._folder)
        self._makers = [_plugin_class(name) for name in settings.plugins]
        self._waiting: asyncio.Queue[PuppetEvent] = asyncio.Queue(_WAITING_MOST)
        self._worker: asyncio.Task[None] | None = None
        self._puppet: LinkedPuppet | None = None
        self._bot: Any = None  # wechaty publishes no types

    async def connect(self, link: Link, account: str) -> None:
        """Let the plugins work over a new connection; the first time they are started."""
        if self._puppet is None:
            self._puppet = await self._start()
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(self._puppet))
        self._puppet.connect(link, account)
        self.pass_on(PuppetEvent(EventType.LOGIN, {"contactId": account}))

    def pass_on(self, event: PuppetEvent) -> None:
        """Hand an event to the plugins without waiting for them."""
        if event.type not in EVENT_NAMES:
            return
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            log.warning("the Wechaty plugins are too slow: an event didn't reach them")

    async def close(self) -> None:
        """Stop the plugins' work."""
        if self._worker is not None:
            self._worker.cancel()
            with suppress(asyncio.CancelledError):
                await self._worker
            self._worker = None
        if self._bot is not None and self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    @property
    def _manager(self) -> Any:
        return self._bot._plugin_manager  # noqa: SLF001 it has no public name

    @property
    def _scheduler(self) -> Any:
        return self._manager.scheduler

    async def _start(self) -> LinkedPuppet:
        wechaty = self._modules.wechaty
        options = self._modules.puppet.PuppetOptions(token="", end_point="")
        puppet = make_puppet(self._modules, options, self._settings)
        self._bot = wechaty.Wechaty(
            wechaty.WechatyOptions(
                puppet=puppet,
                puppet_options=options,
                scheduler=self._modules.plugin.AsyncIOScheduler(),  # in memory, not wechaty's SQLite file
            )
        )
        self._manager.start = self._start_plugins  # theirs probes a port and opens a web server
        await self._bot.init_puppet()
        await self._bot.init_puppet_event_bridge(puppet)
        for make in self._makers:
            self._bot.use(make())
        return puppet

    async def _start_plugins(self) -> None:
        for plugin in self._manager.plugins():
            plugin.set_bot(self._bot)
            await plugin.init_plugin(self._bot)
        if self._scheduler.get_jobs():
            self._scheduler.start()

    async def _work(self, puppet: LinkedPuppet) -> None:
        while True:
            event = await self._waiting.get()
            payload = event_payload(self._modules, event)
            for listener in puppet.listeners.get(EVENT_NAMES[EventType(event.type)], ()):
                try:
                    await listener(payload)
                except Exception:  # a plugin's mistake must not end the others' work
                    log.exception("a Wechaty plugin failed on an event")


def _load(folder: Path) -> compat.WechatyModules:
    try:
        return compat.load(folder)
    except ImportError as error:
        raise ConfigError(f"gateway plugins: wechaty can't be imported: {error}") from error


def _plugin_class(name: str) -> Any:
    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute):
        raise ConfigError(f'gateway plugins: expected "package.module:Class", got {name!r}')
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"gateway plugins: {name!r} can't be loaded: {error}") from error
