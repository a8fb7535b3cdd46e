"""The only import of wechaty: late, with current dependencies, and without what it does by itself.

wechaty 0.10.7 can't be imported with current dependencies: pyee 12 moved `AsyncIOEventEmitter`, urllib3 2 dropped
`get_host`, Python 3.11 refuses its default `PuppetOptions()`, Python 3.13 has no `telnetlib`. The names are put back
before the import. On its own it would make `.wechaty/` in the current folder and write messages into a log of its own.
"""

import importlib
import logging
import os
import sys
import types
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class WechatyModules:
    """The imported packages; their types aren't published, so what is behind them is unknown to the type checker."""

    wechaty: types.ModuleType
    puppet: types.ModuleType
    service: types.ModuleType
    grpc: types.ModuleType
    plugin: types.ModuleType


def load(folder: Path) -> WechatyModules:
    """Import wechaty; whatever it and its plugins keep on disk goes under `folder`, an absolute path.

    Raises `ImportError` where it isn't installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["CACHE_DIR"] = str(folder)
    loggers_before = set(logging.root.manager.loggerDict)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, at import, about themselves
        _restore_names()
        _keep_folder(folder)
        puppet = importlib.import_module("wechaty_puppet")
        options = importlib.import_module("wechaty_puppet.schemas.puppet").PuppetOptions
        options.__hash__ = object.__hash__
        modules = WechatyModules(
            wechaty=importlib.import_module("wechaty"),
            puppet=puppet,
            service=importlib.import_module("wechaty_puppet_service"),
            grpc=importlib.import_module("wechaty_grpc.wechaty"),
            plugin=importlib.import_module("wechaty.plugin"),
        )
    _quiet(set(logging.root.manager.loggerDict) - loggers_before)
    return modules


def _restore_names() -> None:
    pyee = importlib.import_module("pyee")
    if not hasattr(pyee, "AsyncIOEventEmitter"):
        vars(pyee)["AsyncIOEventEmitter"] = importlib.import_module("pyee.asyncio").AsyncIOEventEmitter
    urllib3 = importlib.import_module("urllib3")
    if not hasattr(urllib3, "get_host"):
        vars(urllib3)["get_host"] = _get_host
    if sys.version_info >= (3, 13) and "telnetlib" not in sys.modules:
        telnetlib = types.ModuleType("telnetlib")
        vars(telnetlib)["Telnet"] = _NoTelnet
        sys.modules["telnetlib"] = telnetlib


def _keep_folder(folder: Path) -> None:
    """`wechaty_puppet.config` does nothing but make a folder in the current one: put ours in its place."""
    config = types.ModuleType("wechaty_puppet.config")
    vars(config)["CACHE_DIR"] = str(folder)
    sys.modules.setdefault("wechaty_puppet.config", config)


def _quiet(names: set[str]) -> None:
    """Their loggers write messages and ids to handlers of their own; only their errors are of use, and go our way."""
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.ERROR)


def _get_host(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme or "http", parts.hostname, parts.port


class _NoTelnet:
    """Wechaty probes a port of its web server by telnet; we never start that server."""

    def open(self, *_where: object, **_more: object) -> None:
        """Nothing listens there, as far as wechaty is concerned."""
        raise OSError("there is no telnet")
