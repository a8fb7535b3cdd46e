"""The wire to the gateway: one gRPC connection with deadlines, a watch for a gateway that falls silent, and files.

Only the event stream is opened, never Start or Stop: those restart the account and throw other clients out.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from grpclib.client import Channel, Stream
from grpclib.config import Configuration
from grpclib.const import Cardinality, Status
from grpclib.encoding.base import CodecBase
from grpclib.exceptions import GRPCError, ProtocolError, StreamTerminatedError
from typing_extensions import override

from bot.gateways.wechaty import wire
from bot.gateways.wechaty.settings import WechatySettings
from rules.errors import Disconnected, Unconfirmed

log = logging.getLogger(__name__)

CALLS_IN_FLIGHT: Final = 8  # measured: more add nothing on the gateway's side and make it answer late

_LOST: Final = (StreamTerminatedError, ProtocolError, OSError)


class Late(Disconnected):
    """This one question wasn't answered in time; the connection may still be good."""


class TooLarge(Exception):
    """The gateway has more bytes than we are willing to keep in memory."""


class _Bytes(CodecBase):
    """Our messages are bytes already; those of Wechaty's stubs (for plugins) know how to become bytes."""

    @property
    @override
    def __content_subtype__(self) -> str:
        return "proto"

    @override
    def encode(self, message: object, message_type: object) -> bytes:
        return message if isinstance(message, bytes) else bytes(message)  # type: ignore[call-overload]

    @override
    def decode(self, data: bytes, message_type: object) -> object:
        return data if message_type is bytes else message_type.FromString(data)  # type: ignore[attr-defined]


class Link:
    """One connection to the gateway; once it is lost it stays lost, and every use raises `Disconnected`."""

    def __init__(self, settings: WechatySettings) -> None:
        self._settings = settings
        self._channel = Channel(
            settings.host,
            settings.port,
            codec=_Bytes(),
            ssl=_tls(settings),
            config=Configuration(ssl_target_name_override=settings.tls_name),
        )
        self._metadata = {"authorization": f"Wechaty {settings.token}"}
        self._slots = asyncio.Semaphore(CALLS_IN_FLIGHT)
        self._heard_at = asyncio.get_running_loop().time()
        self._reason = ""

    @property
    def channel(self) -> Channel:
        """The channel, for those who bring their own stubs."""
        return self._channel

    @property
    def metadata(self) -> dict[str, str]:
        """What every request carries: our token."""
        return dict(self._metadata)

    def end(self, reason: str) -> None:
        """Close the connection; the first reason given is the one everybody is told."""
        if not self._reason:
            self._reason = reason
            self._channel.close()

    async def call(self, method: str, request: bytes = b"", *, seconds: float | None = None) -> bytes:
        """Ask something that changes nothing, at most eight at a time.

        Raises `Disconnected` when the connection or the deadline is lost, `GRPCError` with the gateway's own refusal.
        """
        async with self._slots:
            return await self._ask(method, request, seconds or self._settings.deadline_seconds)

    async def deliver(self, method: str, request: bytes, *, seconds: float | None = None) -> bytes:
        """Ask for something that has an effect, once.

        Raises `Disconnected` if the request never left, `Unconfirmed` if it left and no answer came, `GRPCError`
        with the gateway's own words.
        """
        self._check()
        left = False
        try:
            async with asyncio.timeout(seconds or self._settings.deadline_seconds), self._open(method) as stream:
                await stream.send_request()
                left = True
                await stream.send_message(request, end=True)
                return await _answer(stream)
        except (TimeoutError, *_LOST) as error:
            if left:
                raise Unconfirmed("the gateway took the message and gave no answer") from error
            raise self._disconnected(error) from error

    async def events(self) -> AsyncGenerator[wire.PuppetEvent, None]:
        """What the gateway tells, until it ends; the end is always `Disconnected` with the reason."""
        try:
            async with self._open("Event", Cardinality.UNARY_STREAM) as stream:
                async with asyncio.timeout(self._settings.deadline_seconds):
                    await stream.send_message(b"", end=True)
                async for data in stream:
                    self._heard_at = asyncio.get_running_loop().time()
                    try:
                        event = wire.event(data)
                    except wire.BrokenMessage as error:
                        log.warning("the gateway sent an event that can't be read: %s", error)
                        continue
                    yield event
        except GRPCError as error:
            raise Disconnected(self._reason or _refusal(error)) from error
        except (TimeoutError, *_LOST) as error:
            raise self._disconnected(error) from error
        raise Disconnected(self._reason or "the gateway ended the stream; another client may have restarted it")

    async def watch(self) -> None:
        """End the connection once the gateway gives no sign of life; runs beside `events()`.

        A gateway that is stopped or gone without a word keeps its connection open: only an unanswered question
        shows it. Any answer is a sign of life, even a refusal.
        """
        settings = self._settings
        while True:
            quiet = asyncio.get_running_loop().time() - self._heard_at
            if quiet < settings.keepalive_seconds:
                await asyncio.sleep(settings.keepalive_seconds - quiet)
                continue
            try:
                await self._ask("Version", b"", settings.keepalive_deadline_seconds)
            except GRPCError:
                self._heard_at = asyncio.get_running_loop().time()
            except Disconnected:
                self.end("the gateway gave no sign of life any more and didn't answer when asked")
                return

    async def upload(self, chunks: AsyncIterator[bytes]) -> str:
        """Leave bytes with the gateway for a later send; returns the id to name them by. Nothing reaches WeChat yet."""
        self._check()
        try:
            async with (
                asyncio.timeout(self._settings.file_deadline_seconds),
                self._open("Upload", Cardinality.STREAM_UNARY) as stream,
            ):
                async for chunk in chunks:
                    await stream.send_message(wire.encode((1, chunk)))
                await stream.end()
                return wire.texts(await _answer(stream)).get(1, "")
        except GRPCError as error:
            raise Disconnected(f"the gateway didn't take the file: {error.status.name}") from error
        except (TimeoutError, *_LOST) as error:
            raise self._disconnected(error) from error

    async def download(self, file_id: str, most: int) -> bytes:
        """The bytes the gateway keeps under an id. Raises `Disconnected`, `GRPCError` if they are gone, `TooLarge`."""
        self._check()
        content = bytearray()
        try:
            async with (
                asyncio.timeout(self._settings.file_deadline_seconds),
                self._open("Download", Cardinality.UNARY_STREAM) as stream,
            ):
                await stream.send_message(wire.encode((1, file_id)), end=True)
                async for data in stream:
                    content += b"".join(chunk for _, chunk in wire.decode(data) if isinstance(chunk, bytes))
                    if len(content) > most:
                        raise TooLarge(f"larger than {most} bytes")
        except wire.BrokenMessage as error:
            raise Disconnected("the gateway's file can't be read") from error
        except (TimeoutError, *_LOST) as error:
            raise self._disconnected(error) from error
        return bytes(content)

    async def _ask(self, method: str, request: bytes, seconds: float) -> bytes:
        self._check()
        try:
            async with asyncio.timeout(seconds), self._open(method) as stream:
                await stream.send_message(request, end=True)
                answer = await _answer(stream)
        except TimeoutError as error:
            raise Late(self._reason or f"the gateway didn't answer within {seconds:g} s") from error
        except _LOST as error:
            raise self._disconnected(error) from error
        self._heard_at = asyncio.get_running_loop().time()
        return answer

    @asynccontextmanager
    async def _open(
        self, method: str, cardinality: Cardinality = Cardinality.UNARY_UNARY
    ) -> AsyncIterator[Stream[bytes, bytes]]:
        request = self._channel.request(wire.SERVICE + method, cardinality, bytes, bytes, metadata=self._metadata)
        async with request as stream:
            yield stream

    def _check(self) -> None:
        if self._reason:
            raise Disconnected(self._reason)

    def _disconnected(self, error: BaseException) -> Disconnected:
        if self._reason:
            return Disconnected(self._reason)
        if isinstance(error, TimeoutError):
            return Disconnected("the gateway didn't answer in time")
        if isinstance(error, ssl.SSLError):
            return Disconnected(f"no TLS with the gateway: {error.reason or error}")
        if isinstance(error, OSError):
            return Disconnected(f"the gateway at {self._settings.endpoint} can't be reached: {error.strerror or error}")
        return Disconnected("the connection to the gateway was lost")


async def _answer(stream: Stream[bytes, bytes]) -> bytes:
    answer = await stream.recv_message()
    if answer is None:  # an error without an answer: its words are in the trailers, this raises them
        await stream.recv_trailing_metadata()
        raise ProtocolError("no answer and no error")
    return answer


def _refusal(error: GRPCError) -> str:
    """Why the gateway doesn't give us the events; its own words are left out, they repeat the token."""
    if error.status is Status.UNAUTHENTICATED:
        return "the gateway refuses our token"
    if error.status is Status.ALREADY_EXISTS:
        return "another client is connected to this gateway, and it serves only one"
    return f"the gateway ended the stream: {error.status.name}"


def _tls(settings: WechatySettings) -> ssl.SSLContext | None:
    if not settings.tls:
        return None
    context = ssl.create_default_context(cafile=str(settings.tls_ca) if settings.tls_ca else None)
    if settings.tls_ca:  # Wechaty's own authority isn't to the letter of RFC 5280, which Python 3.13 insists on
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.set_alpn_protocols(["h2"])
    return context
