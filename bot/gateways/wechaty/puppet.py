"""The puppet that a `Wechaty` object stands on when plugins are used: its stub calls go over our connection."""

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from bot.gateways.wechaty import files, wire
from bot.gateways.wechaty.compat import WechatyModules
from bot.gateways.wechaty.settings import WechatySettings
from bot.gateways.wechaty.transport import Link
from bot.gateways.wechaty.wire import EventType, PuppetEvent

EVENT_NAMES: Final = {
    EventType.MESSAGE: "message",
    EventType.ROOM_INVITE: "room-invite",
    EventType.ROOM_JOIN: "room-join",
    EventType.ROOM_LEAVE: "room-leave",
    EventType.ROOM_TOPIC: "room-topic",
    EventType.LOGIN: "login",
    EventType.LOGOUT: "logout",
}

Listener = Callable[[object], Awaitable[None]]


def event_payload(modules: WechatyModules, event: PuppetEvent) -> object:
    """The event as wechaty's own payload class."""
    puppet, payload = modules.puppet, event.payload
    room = {"room_id": event.text("roomId"), "timestamp": payload.get("timestamp")}
    match event.type:
        case EventType.MESSAGE:
            return puppet.EventMessagePayload(message_id=event.text("messageId"))
        case EventType.ROOM_INVITE:
            return puppet.EventRoomInvitePayload(room_invitation_id=event.text("roomInvitationId"))
        case EventType.ROOM_JOIN:
            invited = list(event.texts("inviteeIdList"))
            return puppet.EventRoomJoinPayload(invited_ids=invited, inviter_id=event.text("inviterId"), **room)
        case EventType.ROOM_LEAVE:
            removed = list(event.texts("removeeIdList"))
            return puppet.EventRoomLeavePayload(removed_ids=removed, remover_id=event.text("removerId"), **room)
        case EventType.ROOM_TOPIC:
            return puppet.EventRoomTopicPayload(
                changer_id=event.text("changerId"),
                new_topic=event.text("newTopic"),
                old_topic=event.text("oldTopic"),
                **room,
            )
        case EventType.LOGIN:
            return puppet.EventLoginPayload(contact_id=event.text("contactId"))
        case _:
            return puppet.EventLogoutPayload(contact_id=event.text("contactId"), data=event.text("data"))


class LinkedPuppet:
    """What differs from wechaty's `PuppetService`; it listens to nobody, whoever has the events calls `listeners`.

    What the 0.20 stubs get wrong with a 1.x gateway (files, topic, announcement, alias) is asked in 1.x instead.
    """

    def __init__(self, modules: WechatyModules, options: object, settings: WechatySettings) -> None:
        modules.puppet.Puppet.__init__(self, options, "huiyin")  # PuppetService's would log the token
        self._modules = modules
        self.listeners: dict[str, list[Listener]] = {}
        self.login_user_id: str | None = None
        self._settings = settings
        self._link: Link | None = None
        self._puppet_stub: object = None

    def connect(self, link: Link, account: str) -> None:
        """Work over this connection from now on."""
        self._link = link
        self.login_user_id = account
        self._puppet_stub = self._modules.grpc.PuppetStub(
            link.channel, timeout=self._settings.deadline_seconds, metadata=link.metadata
        )

    def on(self, event_name: str, caller: Listener) -> None:
        """Keep a listener."""
        self.listeners.setdefault(event_name, []).append(caller)

    def listener_count(self, event_name: str) -> int:
        """How many listen to an event."""
        return len(self.listeners.get(event_name, ()))

    async def start(self) -> None:
        """Nothing: the connection is ours."""

    async def stop(self) -> None:
        """Nothing: the connection is ours."""

    async def message_file(self, message_id: str) -> object:
        """A message's file, also one that the gateway only names."""
        return await self._file("MessageFile", wire.encode((1, message_id)))

    async def message_image(self, message_id: str, image_type: int = 3) -> object:
        """A message's picture, also one that the gateway only names."""
        return await self._file("MessageImage", wire.encode((1, message_id), (2, int(image_type))))

    async def message_send_file(self, conversation_id: str, file: Any) -> str:
        """Send a file, also one over 3 MB."""
        box = await files.repack(self._linked(), file.to_json_str())
        return await self._deliver("MessageSendFile", wire.encode((1, conversation_id), (2, box)))

    async def room_topic(self, room_id: str, new_topic: str) -> None:
        """Rename a room."""
        await self._deliver("RoomTopic", wire.encode((1, room_id), (3, new_topic)))

    async def room_announce(self, room_id: str, announcement: str | None = None) -> str:
        """Get or set a room's announcement."""
        if announcement is None:
            return wire.texts(await self._linked().call("RoomAnnounce", wire.encode((1, room_id)))).get(2, "")
        await self._deliver("RoomAnnounce", wire.encode((1, room_id), (3, announcement)))
        return announcement

    async def contact_alias(self, contact_id: str, alias: str | None = None) -> str:
        """Get or set a contact's alias."""
        if alias is None:
            return wire.texts(await self._linked().call("ContactAlias", wire.encode((1, contact_id)))).get(2, "")
        await self._deliver("ContactAlias", wire.encode((1, contact_id), (3, alias)))
        return alias

    def _linked(self) -> Link:
        if self._link is None:
            raise ConnectionError("the plugins aren't connected yet")
        return self._link

    async def _deliver(self, method: str, request: bytes) -> str:
        seconds = self._settings.file_deadline_seconds
        return wire.sent_id(await self._linked().deliver(method, request, seconds=seconds))

    async def _file(self, method: str, request: bytes) -> object:
        seconds = self._settings.file_deadline_seconds
        box = wire.texts(await self._linked().call(method, request, seconds=seconds)).get(1, "")
        content = await files.unpack(self._linked(), box, seconds)
        return self._modules.puppet.FileBox.from_base64(
            base64.b64encode(content), str(json.loads(box).get("name") or "file")
        )


def make_puppet(modules: WechatyModules, options: object, settings: WechatySettings) -> LinkedPuppet:
    """A `PuppetService` of wechaty's with our differences; its class can only be made once wechaty is imported."""
    made = type("HuiyinPuppet", (LinkedPuppet, modules.service.PuppetService), {})
    puppet: LinkedPuppet = made(modules, options, settings)
    return puppet
