"""A plugin as a user of Wechaty may have written it; imported by name, after wechaty itself."""

import logging

from wechaty import Contact, Message, Room, WechatyPlugin

log = logging.getLogger("sample_plugin")


class DingDong(WechatyPlugin):  # type: ignore[misc] # wechaty publishes no types
    """Answers ding with dong, sends a poster's bytes back, renames the room, fails when told to."""

    async def on_message(self, msg: Message) -> None:
        if msg.is_self():
            return
        room = msg.room()
        match msg.text():
            case "ding":
                await msg.say("dong")
            case "topic":
                await room.topic("新群名")
            case "fail":
                raise ValueError("a plugin's own mistake")
            case "":
                box = await msg.to_file_box()
                box.name = "again.jpg"
                await room.say(box)

    async def on_room_join(self, room: Room, invitees: list[Contact], inviter: Contact, date: object) -> None:
        await room.say(f"欢迎{len(invitees)}位")
