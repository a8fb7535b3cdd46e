"""The names people go by in a room: asked for when they speak, kept for a while, never all at once.

Loading the members of 1,000 rooms took the gateway 43-71 s, so nobody is loaded before they matter.
"""

import time
from collections import OrderedDict
from typing import Final

from grpclib.exceptions import GRPCError

from bot.gateways.wechaty import wire
from bot.gateways.wechaty.transport import Late, Link

KEPT: Final = 20_000  # names; about 4 MB
KEPT_SECONDS: Final = 6 * 3600.0  # some puppets never tell that a name has changed

_UNKNOWN_SECONDS: Final = 60.0
_ASK_SECONDS: Final = 5.0  # a puppet may have to ask WeChat; a message doesn't wait longer for a name


class Names:
    """The names of one account's rooms; a room of "" stands for direct chats."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()

    async def look_up(self, link: Link, room_id: str, person_id: str) -> str:
        """The name shown: the alias in the room, else the person's own; "" where the gateway doesn't tell it.

        Raises `Disconnected`.
        """
        key = (room_id, person_id)
        known = self._known.get(key)
        if known is not None and time.monotonic() < known[1]:
            self._known.move_to_end(key)
            return known[0]
        try:
            name = await (_in_room(link, room_id, person_id) if room_id else _alone(link, person_id))
            kept = KEPT_SECONDS
        except (GRPCError, Late, wire.BrokenMessage):
            name, kept = "", _UNKNOWN_SECONDS
        self._known[key] = (name, time.monotonic() + kept)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return name

    def forget(self, *, room_id: str | None = None, person_id: str | None = None) -> None:
        """Forget a person's names, or all names in a room, or one person's name in a room."""
        stale = [
            key
            for key in self._known
            if (room_id is None or key[0] == room_id) and (person_id is None or key[1] == person_id)
        ]
        for key in stale:
            del self._known[key]


async def _in_room(link: Link, room_id: str, person_id: str) -> str:
    member = wire.texts(
        await link.call("RoomMemberPayload", wire.encode((1, room_id), (2, person_id)), seconds=_ASK_SECONDS)
    )
    return member.get(2) or member.get(5) or ""


async def _alone(link: Link, person_id: str) -> str:
    contact = wire.texts(await link.call("ContactPayload", wire.encode((1, person_id)), seconds=_ASK_SECONDS))
    return contact.get(4, "")
