"""From the gateway's events to what happened in our rooms; asks for what an event only names."""

import logging
from collections.abc import Callable
from datetime import datetime

from grpclib.exceptions import GRPCError

from bot.gateways.wechaty import parse, wire
from bot.gateways.wechaty.names import Names
from bot.gateways.wechaty.settings import WechatySettings
from bot.gateways.wechaty.transport import Late, Link
from bot.gateways.wechaty.wire import EventType, MessagePayload, PuppetEvent
from rules.errors import Disconnected, Unconfirmed
from rules.talk import Connected, Event, Form, Heard, Limited, RoomJoined, RoomLeft, RoomRenamed

log = logging.getLogger(__name__)

_ROOM, _ROOM_MEMBER, _CONTACT = 3, 4, 2  # what a "dirty" event may be about
_MEMBER_SPLIT = "@@@"  # between person and room, in the id of a dirty member


class Hearing:
    """One account's ear, for as long as one connection lasts."""

    def __init__(
        self,
        link: Link,
        names: Names,
        connected: Connected,
        settings: WechatySettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._link = link
        self._names = names
        self._account = connected.account
        self._our_name = connected.name
        self._settings = settings
        self._clock = clock

    async def understand(self, event: PuppetEvent) -> Event | None:
        """What an event means to the house; None for what doesn't concern it. Raises `Disconnected`."""
        try:
            return await self._understand(event)
        except wire.BrokenMessage as error:
            log.warning("the gateway sent something that can't be read: %s", error)
            return None

    async def _understand(self, event: PuppetEvent) -> Event | None:
        match event.type:
            case EventType.MESSAGE:
                return await self._message(event.text("messageId"))
            case EventType.ROOM_JOIN:
                return await self._joined(event)
            case EventType.ROOM_LEAVE:
                return self._left(event)
            case EventType.ROOM_TOPIC:
                at = event.time("timestamp") or self._clock()
                return RoomRenamed(self._account, event.text("roomId"), event.text("newTopic"), at)
            case EventType.ROOM_INVITE if self._settings.accept_invitations:
                await self._accept(event.text("roomInvitationId"))
            case EventType.DIRTY:
                self._forget(event)
            case EventType.LOGOUT:
                raise Disconnected("the account was logged out of WeChat")
            case EventType.LOGIN if event.text("contactId") != self._account:
                raise Disconnected("another account was logged in on this gateway")
            case EventType.ERROR:
                log.warning("the gateway reports an error of its own")
        return None

    async def _message(self, message_id: str) -> Event | None:
        try:
            payload = wire.message_payload(await self._link.call("MessagePayload", wire.encode((1, message_id))))
        except GRPCError as error:
            log.warning("a message was announced, but the gateway has lost it: %s", error.status.name)
            return None
        at = payload.at or self._clock()
        if parse.is_limit_notice(payload, self._account):
            return Limited(self._account, payload.room_id or None, at)
        said = parse.said(payload)
        return Heard(
            account=self._account,
            message_id=message_id,
            room_id=payload.room_id or None,
            speaker_id=payload.talker_id,
            speaker_name=await self._names.look_up(self._link, payload.room_id, payload.talker_id),
            at=at,
            text=said.text or await self._described(payload),
            form=parse.form(payload),
            quoted_id=said.quoted_id,
            quoted_text=said.quoted_text,
            mentions=await self._mentions(payload),
            file_name=payload.filename or None,
            from_self=payload.talker_id == self._account,
            listener_id=None if payload.room_id else payload.listener_id or None,
        )

    async def _described(self, payload: MessagePayload) -> str:
        """The words of a location or link, which the puppet keeps apart from the message."""
        request = wire.encode((1, payload.id))
        try:
            match payload.type:
                case parse.LOCATION:
                    place = wire.inner(await self._link.call("MessageLocation", request), 1)
                    return " ".join(filter(None, (place.get(5), place.get(2))))
                case parse.LINK:
                    link = wire.inner(await self._link.call("MessageUrl", request), 2)
                    return "\n".join(filter(None, (link.get(3), link.get(1), link.get(4))))
                case parse.MINI_PROGRAM:
                    program = wire.inner(await self._link.call("MessageMiniProgram", request), 2)
                    return "\n".join(filter(None, (program.get(7), program.get(2))))
        except (GRPCError, Late):
            log.warning("the gateway doesn't describe a message of the form %s", parse.form(payload))
        return ""

    async def _mentions(self, payload: MessagePayload) -> tuple[str, ...]:
        if payload.mention_ids or parse.form(payload) is not Form.TEXT or "@" not in payload.text:
            return tuple(payload.mention_ids)
        ours = {self._our_name, await self._names.look_up(self._link, payload.room_id, self._account)}
        return (self._account,) if any(parse.names_us(payload.text, name) for name in ours) else ()

    async def _accept(self, invitation_id: str) -> None:
        try:
            await self._link.deliver("RoomInvitationAccept", wire.encode((1, invitation_id)))
        except (GRPCError, Unconfirmed):
            log.warning("an invitation to a room couldn't be accepted")

    async def _joined(self, event: PuppetEvent) -> RoomJoined:
        room_id, people = event.text("roomId"), event.texts("inviteeIdList")
        try:
            room = wire.room_payload(await self._link.call("RoomPayload", wire.encode((1, room_id))))
        except (GRPCError, Late):
            room = wire.RoomPayload(room_id)
        at = event.time("timestamp") or self._clock()
        return RoomJoined(self._account, room_id, room.topic, people, at, ours=self._account in people)

    def _left(self, event: PuppetEvent) -> RoomLeft:
        people = event.texts("removeeIdList")
        at = event.time("timestamp") or self._clock()
        return RoomLeft(self._account, event.text("roomId"), people, at, ours=self._account in people)

    def _forget(self, event: PuppetEvent) -> None:
        kind, subject = event.payload.get("payloadType"), event.text("payloadId")
        if kind == _CONTACT:
            self._names.forget(person_id=subject)
        elif kind in {_ROOM, _ROOM_MEMBER}:
            person, _, room = subject.rpartition(_MEMBER_SPLIT)
            self._names.forget(room_id=room, person_id=person or None)
