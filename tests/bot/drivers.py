"""How the contract suite drives each gateway: the WeChat on its other side, played by the test.

To add a gateway: write a class that is a `Driver` and add a line to `DRIVERS`.
"""

import enum
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from bot.clock import utc_now
from bot.gateway import Gateway
from bot.gateways.manual import ManualGateway
from bot.gateways.simulator import Fault, Simulator
from bot.gateways.wechaty.gateway import WechatyGateway
from bot.gateways.wechaty.settings import WechatySettings
from rules.errors import ByHand
from rules.talk import Address, Content, Event, Form, RoomInfo
from tests.bot.nodegateway import NodeGateway


class Can(enum.Enum):
    """What a gateway can do at all; a test that needs more is skipped for it."""

    HEAR = "hear"  # tells what people say
    ECHO = "echo"  # tells our own messages
    FAIL = "fail"  # sending may fail
    CUT = "cut"  # has a connection that may be lost
    FETCH = "fetch"  # carries pictures to us
    FILES = "files"  # carries files from us


class Failure(enum.Enum):
    """What a send may meet."""

    REFUSED = "refused"
    THROTTLED = "throttled"
    UNCONFIRMED = "unconfirmed"  # delivered, but the gateway doesn't say so


@dataclass(frozen=True)
class Person:
    person_id: str
    name: str


@dataclass(frozen=True)
class Room:
    room_id: str
    topic: str
    people: tuple[Person, ...]


@dataclass(frozen=True)
class Sent:
    """What arrived on the other side; `to` is a room's or a person's id, `digest` the SHA-256 of a file."""

    to: str
    text: str = ""
    mentions: tuple[str, ...] = ()
    file_name: str | None = None
    digest: str | None = None


class Driver(Protocol):
    """The other side of one gateway, fresh for each test."""

    @property
    def can(self) -> frozenset[Can]: ...

    @property
    def gateway(self) -> Gateway: ...

    async def make_room(self, topic: str, names: tuple[str, ...]) -> Room:
        """A room with our account and these people, called by these names in it."""
        ...

    async def say(self, room_id: str | None, person_id: str, text: str, mentions: tuple[str, ...] = ()) -> str:
        """Let a person speak, in a room or to us alone; returns the message's id."""
        ...

    async def show(self, room_id: str, person_id: str, path: Path) -> str:
        """Let a person send a picture."""
        ...

    async def repeat(self, message_id: str) -> None:
        """Let the gateway announce a message once more."""
        ...

    async def join(self, room_id: str, person: Person) -> None: ...

    async def leave(self, room_id: str, person_id: str) -> None: ...

    async def rename(self, room_id: str, topic: str) -> None: ...

    async def sent(self) -> list[Sent]:
        """All that arrived from us, in order."""
        ...

    async def fail_next(self, to: str, failure: Failure) -> None:
        """Make the next send to this room fail."""
        ...

    async def cut(self) -> None:
        """End the connection; a new one can be made at once."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


_FAULTS = {Failure.REFUSED: "refuse", Failure.THROTTLED: "throttle", Failure.UNCONFIRMED: "no-id"}


class WechatyDriver:
    """The real Node gateway and our adapter."""

    def __init__(self, node: NodeGateway) -> None:
        self._node = node
        self._gateway = WechatyGateway(
            WechatySettings(account="contract", endpoint=node.endpoint, token=node.token, tls=False)
        )

    @property
    def can(self) -> frozenset[Can]:
        return frozenset(Can)

    @property
    def gateway(self) -> Gateway:
        return self._gateway

    async def make_room(self, topic: str, names: tuple[str, ...]) -> Room:
        people = tuple(Person(f"p-{topic}-{number}", name) for number, name in enumerate(names))
        members = [
            {"id": person.person_id, "name": f"昵称{number}", "alias": person.name}
            for number, person in enumerate(people)
        ]
        return Room(await self._node.ask("room", topic=topic, members=members), topic, people)

    async def say(self, room_id: str | None, person_id: str, text: str, mentions: tuple[str, ...] = ()) -> str:
        message_id: str = await self._node.ask(
            "say", room=room_id, person=person_id, text=text, mentions=list(mentions)
        )
        return message_id

    async def show(self, room_id: str, person_id: str, path: Path) -> str:
        message_id: str = await self._node.ask("file", room=room_id, person=person_id, path=str(path), name=path.name)
        return message_id

    async def repeat(self, message_id: str) -> None:
        await self._node.ask("repeat", message=message_id)

    async def join(self, room_id: str, person: Person) -> None:
        await self._node.ask("join", room=room_id, people=[{"id": person.person_id, "name": person.name}])

    async def leave(self, room_id: str, person_id: str) -> None:
        await self._node.ask("leave", room=room_id, people=[person_id])

    async def rename(self, room_id: str, topic: str) -> None:
        await self._node.ask("topic", room=room_id, topic=topic)

    async def sent(self) -> list[Sent]:
        return [
            Sent(
                to=one["conversation"],
                text=one.get("text", ""),
                mentions=tuple(one.get("mentions", ())),
                file_name=one.get("name"),
                digest=one.get("sha256"),
            )
            for one in await self._node.ask("sent")
        ]

    async def fail_next(self, to: str, failure: Failure) -> None:
        await self._node.ask("fault", conversation=to, mode=_FAULTS[failure])

    async def cut(self) -> None:
        await self._node.ask("cut")

    async def close(self) -> None:
        await self._gateway.close()


class SimulatorDriver:
    """The make-believe WeChat of stories and the demo."""

    can = frozenset(Can)

    def __init__(self) -> None:
        self._simulator = Simulator("main", clock=utc_now)
        self._serial = 0

    @property
    def gateway(self) -> Gateway:
        return self._simulator

    async def make_room(self, topic: str, names: tuple[str, ...]) -> Room:
        self._serial += 1
        room = Room(f"room-{self._serial}", topic, tuple(Person(f"p-{self._serial}-{name}", name) for name in names))
        self._simulator.make_room(room.room_id, topic, {person.person_id: person.name for person in room.people})
        return room

    async def say(self, room_id: str | None, person_id: str, text: str, mentions: tuple[str, ...] = ()) -> str:
        return self._simulator.say(room_id, person_id, text, mentions=mentions)

    async def show(self, room_id: str, person_id: str, path: Path) -> str:
        return self._simulator.say(room_id, person_id, "", form=Form.IMAGE, data=_bytes(path), file_name=path.name)

    async def repeat(self, message_id: str) -> None:
        self._simulator.repeat(message_id)

    async def join(self, room_id: str, person: Person) -> None:
        self._simulator.join(room_id, person.person_id, person.name)

    async def leave(self, room_id: str, person_id: str) -> None:
        self._simulator.leave(room_id, person_id)

    async def rename(self, room_id: str, topic: str) -> None:
        self._simulator.rename(room_id, topic)

    async def sent(self) -> list[Sent]:
        return [
            Sent(
                to=one.to.room_id or one.to.person_id or "",
                text=one.content.text,
                mentions=tuple(mention.person_id for mention in one.content.mentions),
                file_name=one.content.file.name if one.content.file else None,
                digest=one.digest,
            )
            for one in self._simulator.arrived
        ]

    async def fail_next(self, to: str, failure: Failure) -> None:
        faults = {
            Failure.REFUSED: Fault.REFUSE,
            Failure.THROTTLED: Fault.THROTTLE,
            Failure.UNCONFIRMED: Fault.UNCONFIRMED,
        }
        self._simulator.fail_next(to, faults[failure])

    async def cut(self) -> None:
        self._simulator.cut()

    async def close(self) -> None:
        await self._simulator.close()


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


class PasteAtOnce:
    """A by-hand gateway whose person pastes what it shows at once: as a gateway, it delivers and says so."""

    def __init__(self) -> None:
        self.pasted: list[Sent] = []
        self.manual = ManualGateway("main", clock=utc_now, show=self._paste)

    def _paste(self, to: Address, content: Content) -> None:
        names = "".join(f"@{mention.name} " for mention in content.mentions if mention.name not in content.text)
        mentions = tuple(mention.person_id for mention in content.mentions)
        self.pasted.append(Sent(to.room_id or to.person_id or "", names + content.text, mentions))

    @property
    def account(self) -> str:
        return self.manual.account

    def events(self) -> AsyncIterator[Event]:
        return self.manual.events()

    async def send(self, to: Address, content: Content) -> str:
        try:
            return await self.manual.send(to, content)
        except ByHand:
            return self.manual.tick_off(to, content.text)

    async def rooms(self) -> list[RoomInfo]:
        return await self.manual.rooms()

    async def member_name(self, room_id: str, person_id: str) -> str:
        return await self.manual.member_name(room_id, person_id)

    async def fetch(self, message_id: str) -> bytes:
        return await self.manual.fetch(message_id)

    async def close(self) -> None:
        await self.manual.close()


class ManualDriver:
    """By-hand mode: a person tells what is said, and pastes what there is to say."""

    can = frozenset({Can.HEAR, Can.ECHO, Can.CUT})

    def __init__(self) -> None:
        self._gateway = PasteAtOnce()
        self._serial = 0
        self._names: dict[str, str] = {}

    @property
    def gateway(self) -> Gateway:
        return self._gateway

    async def make_room(self, topic: str, names: tuple[str, ...]) -> Room:
        self._serial += 1
        people = tuple(Person(f"p-{self._serial}-{name}", name) for name in names)
        room = Room(f"room-{self._serial}", topic, people)
        self._names |= {person.person_id: person.name for person in people}
        self._gateway.manual.add_room(room.room_id, topic, {one.person_id: one.name for one in people})
        return room

    async def say(self, room_id: str | None, person_id: str, text: str, mentions: tuple[str, ...] = ()) -> str:
        return self._gateway.manual.hear(room_id, person_id, self._names[person_id], text, mentions=mentions)

    async def show(self, room_id: str, person_id: str, path: Path) -> str:
        raise NotImplementedError("pictures aren't carried by hand")

    async def repeat(self, message_id: str) -> None:
        self._gateway.manual.repeat(message_id)

    async def join(self, room_id: str, person: Person) -> None:
        self._gateway.manual.join(room_id, person.person_id, person.name)

    async def leave(self, room_id: str, person_id: str) -> None:
        self._gateway.manual.leave(room_id, person_id)

    async def rename(self, room_id: str, topic: str) -> None:
        self._gateway.manual.rename(room_id, topic)

    async def sent(self) -> list[Sent]:
        return self._gateway.pasted

    async def fail_next(self, to: str, failure: Failure) -> None:
        raise NotImplementedError("pasting by hand doesn't fail")

    async def cut(self) -> None:
        await self._gateway.close()

    async def close(self) -> None:
        await self._gateway.close()


def digest(path: Path) -> str:
    """What `Sent.digest` is for the same bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _wechaty(request: pytest.FixtureRequest) -> Driver:
    return WechatyDriver(request.getfixturevalue("node"))


DRIVERS: dict[str, Callable[[pytest.FixtureRequest], Driver]] = {
    "simulator": lambda _: SimulatorDriver(),
    "manual": lambda _: ManualDriver(),
    "wechaty": _wechaty,
}
