"""By-hand mode: no WeChat at all. Texts are shown to a person who pastes them, and what people say is typed in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from rules.errors import ByHand, Disconnected, Refused
from rules.talk import Address, Connected, Content, Event, Heard, RoomInfo, RoomJoined, RoomLeft, RoomRenamed

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
        self._people: dict[str, dict[str, str]] = {}  # names by room and person
        self._heard: dict[str, Heard] = {}

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
        return [
            RoomInfo(room_id, topic, tuple(self._people.get(room_id, {}))) for room_id, topic in self._topics.items()
        ]

    async def member_name(self, room_id: str, person_id: str) -> str:
        """Return the name that was typed in with somebody, or with what they said."""
        name = self._people.get(room_id, {}).get(person_id)
        if name is None:
            raise Refused("manual: no such person is known in the room")
        return name

    async def fetch(self, message_id: str) -> bytes:
        """Pictures aren't carried by hand."""
        raise Refused(f"manual: {message_id} has no attachment")

    async def close(self) -> None:
        """End the stream."""
        if self._stream is not None:
            self._stream.put_nowait(None)

    def add_room(self, room_id: str, topic: str, people: dict[str, str]) -> None:
        """Name a room and those who are in it, by id."""
        self._topics[room_id] = topic
        self._people[room_id] = dict(people)

    def hear(
        self,
        room_id: str | None,
        person_id: str,
        name: str,
        text: str,
        *,
        topic: str = "",
        mentions: tuple[str, ...] = (),
    ) -> str:
        """Type in what somebody said; returns the message's id."""
        if room_id is not None:
            self._topics.setdefault(room_id, topic or room_id)
            self._people.setdefault(room_id, {})[person_id] = name
        return self._tell(room_id, person_id, name, text, mentions=mentions)

    def repeat(self, message_id: str) -> None:
        """Type the same in once more."""
        self._put(self._heard[message_id])

    def join(self, room_id: str, person_id: str, name: str) -> None:
        """Say that somebody joined a room."""
        self._people.setdefault(room_id, {})[person_id] = name
        self._put(RoomJoined(self._account, room_id, self._topics[room_id], (person_id,), self._clock()))

    def leave(self, room_id: str, person_id: str) -> None:
        """Say that somebody left a room; where it is our account, there is nobody to paste into it any more."""
        self._people.get(room_id, {}).pop(person_id, None)
        ours = person_id == self._account
        if ours:
            self._topics.pop(room_id, None)
        self._put(RoomLeft(self._account, room_id, (person_id,), self._clock(), ours=ours))

    def rename(self, room_id: str, topic: str) -> None:
        """Say that a room got another topic."""
        self._topics[room_id] = topic
        self._put(RoomRenamed(self._account, room_id, topic, self._clock()))

    def tick_off(self, to: Address, text: str) -> str:
        """Say that a text was pasted: the echo of this gateway."""
        return self._tell(to.room_id, self._account, "人工", text, from_self=True, listener_id=to.person_id)

    def _tell(
        self,
        room_id: str | None,
        person_id: str,
        name: str,
        text: str,
        *,
        mentions: tuple[str, ...] = (),
        from_self: bool = False,
        listener_id: str | None = None,
    ) -> str:
        self._serial += 1
        heard = Heard(
            account=self._account,
            message_id=f"{self._account}-{self._clock():%Y%m%d%H%M%S%f}-{self._serial:06d}",
            room_id=room_id,
            speaker_id=person_id,
            speaker_name=name,
            at=self._clock(),
            text=text,
            mentions=mentions,
            from_self=from_self,
            listener_id=listener_id,
        )
        self._heard[heard.message_id] = heard
        self._put(heard)
        return heard.message_id

    def _put(self, event: Event) -> None:
        if self._stream is None:
            raise Disconnected("manual: not open")
        self._stream.put_nowait(event)
