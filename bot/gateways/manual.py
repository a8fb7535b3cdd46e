"""By-hand mode: no WeChat at all. Texts are shown to a person who pastes them, and what people say is typed in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from rules.errors import ByHand, Disconnected, Refused
from rules.talk import Address, Connected, Content, Event, Heard, RoomInfo

Show = Callable[[Address, Content], None]


class ManualGateway:
    """An account that is worked by hand; implements `bot.gateway.Gateway`.

    `send` shows the text and raises `ByHand`: it counts as sent once a person ticks it off, in a chat with the bot
    (「已贴 12」) or by `tick_off`, which is the echo of this gateway.
    """

    def __init__(self, account: str, *, clock: Callable[[], datetime], show: Show) -> None:
        self._account = account
        self._clock = clock
        self._show = show
        self._serial = 0
        self._stream: asyncio.Queue[Event | None] | None = None
        self._topics: dict[str, str] = {}

    @property
    def account(self) -> str:
        """The account's name."""
        return self._account

    async def events(self) -> AsyncIterator[Event]:
        """Yield what is typed in, until `close`."""
        if self._stream is not None:
            raise Disconnected("manual: another stream is open")
        stream = self._stream = asyncio.Queue()
        try:
            yield Connected(self._account, "人工", self._clock())
            while (event := await stream.get()) is not None:
                yield event
            raise Disconnected("manual: closed")
        finally:
            self._stream = None

    async def send(self, to: Address, content: Content) -> str:
        """Show what to paste, and leave it to a person."""
        if self._stream is None:
            raise Disconnected("manual: not open")
        self._show(to, content)
        raise ByHand("等人工贴到群里")

    async def rooms(self) -> list[RoomInfo]:
        """Return the rooms that were named so far."""
        if self._stream is None:
            raise Disconnected("manual: not open")
        return [RoomInfo(room_id, topic, ()) for room_id, topic in self._topics.items()]

    async def member_name(self, room_id: str, person_id: str) -> str:
        """Names are typed in with what is said; none is known otherwise."""
        raise Refused(f"manual: no member {person_id} is known in {room_id}")

    async def fetch(self, message_id: str) -> bytes:
        """Pictures aren't carried by hand."""
        raise Refused(f"manual: {message_id} has no attachment")

    async def close(self) -> None:
        """End the stream."""
        if self._stream is not None:
            self._stream.put_nowait(None)

    def hear(self, room_id: str | None, person_id: str, name: str, text: str, *, topic: str = "") -> str:
        """Type in what somebody said; returns the message's id."""
        if room_id is not None:
            self._topics.setdefault(room_id, topic or room_id)
        return self._tell(room_id, person_id, name, text, from_self=False)

    def tick_off(self, to: Address, text: str) -> str:
        """Say that a text was pasted: the echo of this gateway."""
        return self._tell(to.room_id, to.person_id or self._account, "人工", text, from_self=True)

    def _tell(self, room_id: str | None, person_id: str, name: str, text: str, *, from_self: bool) -> str:
        if self._stream is None:
            raise Disconnected("manual: not open")
        self._serial += 1
        message_id = f"{self._account}-{self._clock():%Y%m%d%H%M%S}-{self._serial:06d}"
        self._stream.put_nowait(
            Heard(
                account=self._account,
                message_id=message_id,
                room_id=room_id,
                speaker_id=person_id,
                speaker_name=name,
                at=self._clock(),
                text=text,
                from_self=from_self,
            )
        )
        return message_id
