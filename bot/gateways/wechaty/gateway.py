"""The `wechaty` gateway: the port of `bot.gateway` over a Wechaty puppet service."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from grpclib.exceptions import GRPCError

from bot.gateways.wechaty import files, parse, wire
from bot.gateways.wechaty.failures import send_failure
from bot.gateways.wechaty.hearing import Hearing
from bot.gateways.wechaty.names import Names
from bot.gateways.wechaty.pipeline import Pipeline
from bot.gateways.wechaty.plugins import PluginHost
from bot.gateways.wechaty.settings import WechatySettings
from bot.gateways.wechaty.transport import Link
from bot.gateways.wechaty.wire import EventType, PuppetEvent
from rules.errors import Disconnected, Refused, Unconfirmed
from rules.talk import Address, Connected, Content, Event, RoomInfo

log = logging.getLogger(__name__)

_WORKERS: Final = 16  # messages worked on; twice the requests in flight, so that a name never leaves a slot idle


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WechatyGateway:
    """One WeChat account behind a Wechaty gateway; see `bot.gateway.Gateway` for what its methods promise.

    `events()` makes one connection and raises `Disconnected` when it ends; everything else works only while it runs.
    """

    def __init__(self, settings: WechatySettings, *, clock: Callable[[], datetime] = _utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._account = settings.account
        self._names = Names()
        self._opened: Link | None = None  # being made, or made
        self._link: Link | None = None  # logged in: good for use
        self._owed: deque[tuple[str, bool]] = deque()
        self._plugins = PluginHost(settings) if settings.plugins else None

    @property
    def account(self) -> str:
        """Our account's id; the configured name until the first `Connected`."""
        return self._account

    async def events(self) -> AsyncIterator[Event]:
        """Connect and yield what happens, in the order it happened, until the connection ends in `Disconnected`.

        1. Subscribe and wait until the account is logged in; say `Connected`.
        2. Read ahead, fetch payloads and names several at a time, yield in order.
        3. Messages that were announced but not yielded when the connection ended are asked for once more next time.
        """
        link = Link(self._settings)
        watch = asyncio.create_task(link.watch())
        source = link.events()
        pipeline: Pipeline[PuppetEvent, Event | None] | None = None
        self._opened = link
        try:
            connected = await self._log_in(link, source)
            self._link = link
            yield connected
            hearing = Hearing(link, self._names, connected, self._settings, self._clock)
            pipeline = Pipeline(self._announced(source), hearing.understand, workers=_WORKERS)
            async for announced, event in pipeline.results():
                if event is not None:
                    yield event
                if announced.type == EventType.MESSAGE:
                    self._owed.popleft()
        finally:
            self._link = self._opened = None
            link.end("the connection was closed by us")
            watch.cancel()
            if pipeline is not None:
                await pipeline.close()
            await source.aclose()
            with suppress(asyncio.CancelledError):
                await watch

    async def send(self, to: Address, content: Content) -> str:
        """Deliver one message once and return its id; the errors are those of the port."""
        link = self._connected()
        conversation = to.room_id or to.person_id or ""
        if content.file is not None:
            box = await files.pack(link, content.file.name, content.file.path)
            method, request = "MessageSendFile", wire.encode((1, conversation), (2, box))
            seconds = self._settings.file_deadline_seconds
        else:
            text = await self._with_mentions(link, to, content)
            people = [(3, mention.person_id) for mention in content.mentions]
            method, request = "MessageSendText", wire.encode((1, conversation), (2, text), *people)
            seconds = self._settings.deadline_seconds
        answer = await self._deliver(link, method, request, seconds)
        try:
            message_id = wire.sent_id(answer)
        except wire.BrokenMessage as error:
            raise Unconfirmed("the gateway's answer can't be read") from error
        if not message_id:
            raise Unconfirmed("the gateway accepted the message but gave no id; its echo will tell")
        return message_id

    async def rooms(self) -> list[RoomInfo]:
        """All rooms the account is in; one that the gateway can't describe is left out."""
        link = self._connected()
        try:
            ids = wire.text_list(await link.call("RoomList"), 1)
        except (GRPCError, wire.BrokenMessage) as error:
            raise Disconnected("the gateway doesn't list its rooms") from error
        found = await asyncio.gather(*(self._room(link, room_id) for room_id in ids))
        return [room for room in found if room is not None]

    async def member_name(self, room_id: str, person_id: str) -> str:
        """The name shown for a person in a room. Raises `Disconnected`, or `Refused` where they aren't in it."""
        link = self._connected()
        room = await self._room(link, room_id)
        if room is None or person_id not in room.member_ids:
            raise Refused("this person isn't in this room")
        return await self._names.look_up(link, room_id, person_id)

    async def fetch(self, message_id: str) -> bytes:
        """What a picture, voice or file message carries. Raises `Disconnected`, or `Refused` where it is gone."""
        link, seconds = self._connected(), self._settings.file_deadline_seconds
        try:
            box = await link.call("MessageFile", wire.encode((1, message_id)), seconds=seconds)
            return await files.unpack(link, wire.texts(box).get(1, ""), seconds)
        except (GRPCError, wire.BrokenMessage) as error:
            raise Refused("the gateway doesn't have this file any more") from error

    async def set_topic(self, room_id: str, topic: str) -> None:
        """Rename a room. Raises like `send`."""
        await self._deliver(self._connected(), "RoomTopic", wire.encode((1, room_id), (3, topic)))

    async def announce(self, room_id: str, text: str) -> None:
        """Set a room's announcement; WeChat shows it to everyone. Raises like `send`."""
        await self._deliver(self._connected(), "RoomAnnounce", wire.encode((1, room_id), (3, text)))

    async def set_alias(self, person_id: str, alias: str) -> None:
        """Set the name under which our account keeps a contact. Raises like `send`."""
        await self._deliver(self._connected(), "ContactAlias", wire.encode((1, person_id), (3, alias)))

    async def close(self) -> None:
        """Let go of the connection; a running `events()` ends with `Disconnected`."""
        if self._opened is not None:
            self._opened.end("the connection was closed by us")
        if self._plugins is not None:
            await self._plugins.close()

    def _connected(self) -> Link:
        if self._link is None:
            raise Disconnected("there is no connection to the gateway")
        return self._link

    async def _log_in(self, link: Link, source: AsyncIterator[PuppetEvent]) -> Connected:
        try:
            async with asyncio.timeout(self._settings.login_seconds):
                async for event in source:
                    if event.type == EventType.LOGIN:
                        return await self._logged_in(link, event.text("contactId"))
        except TimeoutError as error:
            raise Disconnected("the gateway is there, but no account is logged in: scan its QR code") from error
        raise Disconnected("the gateway ended the stream before an account was logged in")

    async def _logged_in(self, link: Link, account: str) -> Connected:
        if account != self._account:  # what we know and still wait for is another account's
            self._account, self._names = account, Names()
            self._owed.clear()
        if self._plugins is not None:
            await self._plugins.connect(link, account)
        return Connected(account, await self._names.look_up(link, "", account), self._clock())

    async def _announced(self, source: AsyncIterator[PuppetEvent]) -> AsyncGenerator[PuppetEvent, None]:
        """What is still owed from the last connection, then what comes; keeps account of messages not yet yielded."""
        owed = [message_id for message_id, asked_again in self._owed if not asked_again]
        if lost := len(self._owed) - len(owed):
            log.warning("%d messages are lost: twice the connection ended before they came", lost)
        self._owed = deque((message_id, True) for message_id in owed)
        for message_id in owed:
            yield PuppetEvent(EventType.MESSAGE, {"messageId": message_id})
        async for event in source:
            if self._plugins is not None:
                self._plugins.pass_on(event)
            if event.type == EventType.MESSAGE:
                self._owed.append((event.text("messageId"), False))
            if event.type != EventType.HEARTBEAT:
                yield event

    async def _with_mentions(self, link: Link, to: Address, content: Content) -> str:
        if not content.mentions or to.room_id is None:
            return content.text
        shown = {
            mention.person_id: await self._names.look_up(link, to.room_id, mention.person_id)
            for mention in content.mentions
        }
        return parse.with_mentions(content.text, content.mentions, shown)

    async def _deliver(self, link: Link, method: str, request: bytes, seconds: float | None = None) -> bytes:
        try:
            return await link.deliver(method, request, seconds=seconds)
        except GRPCError as error:
            raise send_failure(error) from error

    async def _room(self, link: Link, room_id: str) -> RoomInfo | None:
        try:
            room = wire.room_payload(await link.call("RoomPayload", wire.encode((1, room_id))))
        except (GRPCError, wire.BrokenMessage):
            log.warning("the gateway lists a room that it can't describe")
            return None
        return RoomInfo(room.id or room_id, room.topic, tuple(room.member_ids))
