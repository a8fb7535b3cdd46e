"""How the contract suite drives each gateway: the WeChat on its other side, played by the test.

To add a gateway: write a class that is a `Driver` and add a line to `DRIVERS`.
"""

import enum
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from bot.gateway import Gateway
from bot.gateways.wechaty.gateway import WechatyGateway
from bot.gateways.wechaty.settings import WechatySettings
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


def digest(path: Path) -> str:
    """What `Sent.digest` is for the same bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _wechaty(request: pytest.FixtureRequest) -> Driver:
    return WechatyDriver(request.getfixturevalue("node"))


DRIVERS: dict[str, Callable[[pytest.FixtureRequest], Driver]] = {
    "wechaty": _wechaty,
}
