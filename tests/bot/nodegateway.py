"""The real Node gateway as a process that a test can command, kill, freeze and start again."""

import asyncio
import itertools
import json
import queue
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO, Any, Self

from tests.gateway.setup import HERE, installed, node_program

ANSWER_SECONDS = 60.0
TOKEN = "test-token"

Json = Any  # what stands on the wire between the test and the process


def free_port() -> int:
    """A loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class NodeGateway:
    """`PuppetServer` in front of an invented account, on 127.0.0.1, for as long as the test wants it.

    Commands are those of `tests/gateway/server.mjs`: `await gateway.ask("rooms", count=3, members=5)`. The port and
    the token stay the same over `kill()` and `start()`; rooms and messages don't outlive the process.
    """

    def __init__(self, *, login: bool = True, tls: bool = False) -> None:
        self.token = TOKEN
        self.port = free_port()
        self._options = {"login": login, "tls": tls}
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._errors: IO[str] | None = None
        self._numbers = itertools.count(1)

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._running().pid

    async def start(self) -> Self:
        """Start the process and wait until its port listens. Raises `GatewayMissing` where it can't be had."""
        return await asyncio.to_thread(self.start_now)

    def start_now(self) -> Self:
        options = {
            "port": self.port,
            "token": self.token,
            **self._options,
            "modules": str(installed() / "node_modules"),
        }
        self._answers = queue.Queue()
        self._errors = tempfile.TemporaryFile(mode="w+", encoding="utf-8")  # noqa: SIM115 closed by `kill`
        self._process = subprocess.Popen(
            [str(node_program()), str(HERE / "server.mjs"), json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
        )
        _read(self._process.stdout, self._answers)
        first = self._next_answer()
        assert first == {"ready": self.port}, first
        return self

    async def ask(self, command: str, **arguments: Json) -> Json:
        """Have the gateway do something; returns what it answers, raises `RuntimeError` with its words if it fails."""
        return await asyncio.to_thread(self.ask_now, command, **arguments)

    def ask_now(self, command: str, **arguments: Json) -> Json:
        number = next(self._numbers)
        stdin = self._running().stdin
        assert stdin is not None
        stdin.write(json.dumps({"id": number, "command": command, **arguments}) + "\n")
        stdin.flush()
        answer = self._next_answer()
        assert answer["id"] == number, answer
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["ok"]

    def freeze(self) -> None:
        """SIGSTOP: the port still accepts, nothing answers."""
        self._running().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._running().send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, as a machine that goes away would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout, self._errors):
                _close(stream)
            self._process = None

    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "the gateway isn't running"
        return self._process

    def _next_answer(self) -> Json:
        line = self._answers.get(timeout=ANSWER_SECONDS)
        if line is None:
            assert self._errors is not None
            self._errors.seek(0)
            raise RuntimeError(f"the gateway ended: {self._errors.read()}")
        return json.loads(line)


def _close(stream: IO[str] | None) -> None:
    if stream is not None:
        try:
            stream.close()
        except BrokenPipeError:
            return  # what was still buffered can't reach a dead process


def _read(stream: IO[str] | None, into: "queue.Queue[str | None]") -> None:
    """Hand over the lines of a process's output, and None at its end, without ever blocking a test."""
    assert stream is not None

    def run() -> None:
        try:
            for line in stream:
                into.put(line)
        except ValueError:
            pass_on = None  # closed under us by `kill`
            into.put(pass_on)
        else:
            into.put(None)

    threading.Thread(target=run, daemon=True).start()


def write_bytes(folder: Path, name: str, size: int) -> Path:
    """A file of `size` bytes that differ from place to place; the same bytes every time."""
    path = folder / name
    block = bytes(range(251))
    path.write_bytes((block * (size // len(block) + 1))[:size])
    return path
