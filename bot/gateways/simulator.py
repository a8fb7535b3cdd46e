"""A make-believe WeChat in this process: deterministic, and with all the faults of the real one."""

import asyncio
import enum
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from rules.errors import Disconnected, Refused, Throttled, Unconfirmed
from rules.talk import (
    Address,
    Connected,
    Content,
    Event,
    Form,
    Heard,
    RoomInfo,
    RoomJoined,
    RoomLeft,
    RoomRenamed,
)


class Fault(enum.Enum):
    """What may go wrong with the next message to (or from) a place."""

    DROP = "drop"  # what somebody says never reaches us
    REPEAT = "repeat"  # it reaches us twice
    DELAY = "delay"  # it reaches us after what was said later
    THROTTLE = "throttle"
    REFUSE = "refuse"
    KICK = "kick"  # we are removed from the room
    UNCONFIRMED = "unconfirmed"  # it arrives, but nobody tells us
    LOST = "lost"  # it doesn't arrive, and nobody tells us
    DISCONNECT = "disconnect"  # nothing is sent, and the connection ends


@dataclass(slots=True)
class MockRoom:
    """A room and the names that people bear in it."""

    topic: str
    people: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message of ours as people see it; `at` is when it arrived."""

    message_id: str
    to: Address
    content: Content
    at: datetime
    digest: str | None = None  # SHA-256 of a file


class Simulator:
    """One account in a make-believe WeChat; implements `bot.gateway.Gateway`.

    `clock` gives the time of what is said; `echoes` tells whether our own messages come back to us, as they do from
    most puppets.
    """

    def __init__(self, account: str, *, clock: Callable[[], datetime], echoes: bool = True) -> None:
        self._account = account
        self._clock = clock
        self._echoes = echoes
        self._serial = 0
        self._stream: asyncio.Queue[Event | None] | None = None
        self._delayed: list[Event] = []
        self._files: dict[str, bytes] = {}
        self._faults: dict[str, deque[Fault]] = {}
        self._heard: dict[str, Heard] = {}
        self.world: dict[str, MockRoom] = {}
        self.arrived: list[Arrived] = []

    # --- the gateway port ---------------------------------------------------------------------------------------

    @property
    def account(self) -> str:
        """Our account's id."""
        return self._account

    async def events(self) -> AsyncIterator[Event]:
        """Yield what happens until `cut` or `close`; one stream at a time."""
        if self._stream is not None:
            raise Disconnected("simulator: another stream is open")
        stream = self._stream = asyncio.Queue()
        try:
            yield Connected(self._account, "回音", self._clock())
            while (event := await stream.get()) is not None:
                yield event
                stream.task_done()
            raise Disconnected("simulator: the connection was cut")
        finally:
            self._stream = None

    async def send(self, to: Address, content: Content) -> str:
        """Deliver a message, or fail as a fault says."""
        if self._stream is None:
            raise Disconnected("simulator: not connected")
        place = to.room_id or to.person_id or ""
        fault = self._next_fault(place)
        if fault is Fault.DISCONNECT:
            self.cut()
            raise Disconnected("simulator: the connection was cut")
        if fault is Fault.THROTTLE:
            raise Throttled("操作过于频繁，可稍后再试。", self._clock() + timedelta(seconds=30))
        if fault is Fault.REFUSE:
            raise Refused("群主限制了发言")
        if fault is Fault.KICK or (to.room_id is not None and to.room_id not in self.world):
            self._leave(to.room_id or "")
            raise Refused("账号已不在群里")
        if fault is Fault.LOST:
            raise Unconfirmed("simulator: no answer")
        try:
            message_id = self._arrive(to, content)
        except OSError as error:
            raise Refused(f"文件读不出来：{error.strerror or type(error).__name__}") from error
        if fault is Fault.UNCONFIRMED:
            raise Unconfirmed("simulator: no answer")
        return message_id

    async def rooms(self) -> list[RoomInfo]:
        """Return all rooms."""
        self._check()
        return [RoomInfo(room_id, room.topic, tuple(room.people)) for room_id, room in self.world.items()]

    async def member_name(self, room_id: str, person_id: str) -> str:
        """Return a name in a room."""
        self._check()
        room = self.world.get(room_id)
        if room is None or person_id not in room.people:
            raise Refused("不在群里")
        return room.people[person_id]

    async def fetch(self, message_id: str) -> bytes:
        """Return the bytes of a picture or file."""
        self._check()
        if message_id not in self._files:
            raise Refused("文件已过期")
        return self._files[message_id]

    async def close(self) -> None:
        """End the stream."""
        self.cut()

    # --- the other side, played by stories, tests and the demo --------------------------------------------------

    def make_room(self, room_id: str, topic: str, people: dict[str, str]) -> None:
        """Make a room with our account and these people in it, by id and name."""
        self.world[room_id] = MockRoom(topic, dict(people))

    def say(
        self,
        room_id: str | None,
        person_id: str,
        text: str,
        *,
        name: str | None = None,
        quoted_id: str | None = None,
        quoted_text: str | None = None,
        mentions: tuple[str, ...] = (),
        form: Form = Form.TEXT,
        data: bytes | None = None,
        file_name: str | None = None,
    ) -> str:
        """Let somebody speak, in a room or to us alone; returns the message's id."""
        room = self.world.get(room_id) if room_id else None
        shown = name or (room.people.get(person_id, person_id) if room else person_id)
        heard = Heard(
            account=self._account,
            message_id=self._id(),
            room_id=room_id,
            speaker_id=person_id,
            speaker_name=shown,
            at=self._clock(),
            text=text,
            form=form,
            quoted_id=quoted_id,
            quoted_text=quoted_text,
            mentions=mentions,
            file_name=file_name,
        )
        if data is not None:
            self._files[heard.message_id] = data
        self._heard[heard.message_id] = heard
        self._tell(heard, self._next_fault(f"from:{room_id or person_id}"))
        return heard.message_id

    def repeat(self, message_id: str) -> None:
        """Let the gateway announce a message once more."""
        self._tell(self._heard[message_id], None)

    def join(self, room_id: str, person_id: str, name: str) -> None:
        """Let somebody join a room."""
        self.world[room_id].people[person_id] = name
        self._tell(RoomJoined(self._account, room_id, self.world[room_id].topic, (person_id,), self._clock()), None)

    def leave(self, room_id: str, person_id: str) -> None:
        """Let somebody leave a room; our own account is thrown out of it."""
        if person_id == self._account:
            self._leave(room_id)
            return
        self.world[room_id].people.pop(person_id, None)
        self._tell(RoomLeft(self._account, room_id, (person_id,), self._clock()), None)

    def rename(self, room_id: str, topic: str) -> None:
        """Give a room another topic."""
        self.world[room_id].topic = topic
        self._tell(RoomRenamed(self._account, room_id, topic, self._clock()), None)

    def fail_next(self, place: str, *faults: Fault) -> None:
        """Let the next messages to a room or person (or, with `from:` before it, from there) meet these faults."""
        self._faults.setdefault(place, deque()).extend(faults)

    def cut(self) -> None:
        """End the connection; what is said until the next one is lost."""
        if self._stream is not None:
            self._stream.put_nowait(None)

    @property
    def said(self) -> set[str]:
        """The ids of all that people have said, whether it reached us or not."""
        return set(self._heard)

    @property
    def is_connected(self) -> bool:
        """Tell whether somebody listens."""
        return self._stream is not None

    async def taken(self) -> None:
        """Wait until the listener has taken all that was said."""
        if self._stream is not None:
            await self._stream.join()

    def _check(self) -> None:
        if self._stream is None:
            raise Disconnected("simulator: not connected")

    def _id(self) -> str:
        self._serial += 1
        return f"{self._account}-{self._serial:08d}"

    def _next_fault(self, place: str) -> Fault | None:
        waiting = self._faults.get(place)
        return waiting.popleft() if waiting else None

    def _tell(self, event: Event, fault: Fault | None) -> None:
        if self._stream is None or fault is Fault.DROP:
            return
        if fault is Fault.DELAY:
            self._delayed.append(event)
            return
        for one in (event, *self._delayed, *((event,) if fault is Fault.REPEAT else ())):
            self._stream.put_nowait(one)
        self._delayed.clear()

    def _arrive(self, to: Address, content: Content) -> str:
        message_id = self._id()
        digest = None
        if content.file is not None:
            digest = hashlib.sha256(Path(content.file.path).read_bytes()).hexdigest()
        content = _with_names(content)
        self.arrived.append(Arrived(message_id, to, content, self._clock(), digest))
        if self._echoes:
            echo = Heard(
                account=self._account,
                message_id=message_id,
                room_id=to.room_id,
                speaker_id=self._account,
                speaker_name="回音",
                at=self._clock(),
                text=content.text,
                form=Form.TEXT if content.file is None else Form.IMAGE,
                from_self=True,
            )
            self._tell(echo if to.room_id else replace(echo, listener_id=to.person_id), None)
        return message_id

    def _leave(self, room_id: str) -> None:
        self.world.pop(room_id, None)
        self._tell(RoomLeft(self._account, room_id, (self._account,), self._clock(), ours=True), None)


def _with_names(content: Content) -> Content:
    """Show the names of those who are mentioned, as WeChat does, unless the text has them already."""
    missing = [f"@{mention.name} " for mention in content.mentions if f"@{mention.name}" not in content.text]
    return replace(content, text="".join(missing) + content.text) if missing else content
