"""The messages of the Wechaty puppet protocol 1.x, as far as we speak it, to and from their bytes.

Python's generated stubs (wechaty-grpc 0.20) end before 1.x: they know no Download and Upload and put topic,
announcement and alias where a 1.x gateway no longer looks. The numbers are those of its `.proto` files.
"""

import enum
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

SERVICE: Final = "/wechaty.Puppet/"

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MILLISECONDS_FROM = 10**11  # seconds stay below this until the year 5138; puppets send either


_MESSAGE_TEXTS: Final = {1: "id", 2: "filename", 3: "text", 6: "talker_id", 7: "room_id", 8: "listener_id"}


class BrokenMessage(ValueError):
    """The bytes aren't a message of this protocol."""


class EventType(enum.IntEnum):
    """The kinds of events that concern us; the gateway has more."""

    HEARTBEAT = 1
    MESSAGE = 2
    ERROR = 16
    ROOM_INVITE = 18
    ROOM_JOIN = 19
    ROOM_LEAVE = 20
    ROOM_TOPIC = 21
    SCAN = 22
    LOGIN = 25
    LOGOUT = 26
    DIRTY = 27


@dataclass(frozen=True, slots=True)
class PuppetEvent:
    """One event as the gateway sends it; `payload` is the decoded JSON object."""

    type: int
    payload: dict[str, object]

    def text(self, key: str) -> str:
        """A text of the payload; empty where it is missing or something else."""
        value = self.payload.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts of the payload."""
        value = self.payload.get(key)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def time(self, key: str) -> datetime | None:
        """A time of the payload, whether it came in seconds or in milliseconds."""
        value = self.payload.get(key)
        return moment(value) if isinstance(value, int | float) else None


@dataclass(frozen=True, slots=True)
class MessagePayload:
    """A message as the puppet knows it; `type` is the puppet's own number (Text 7, Image 6)."""

    id: str = ""
    filename: str = ""
    text: str = ""
    type: int = 0
    talker_id: str = ""
    room_id: str = ""
    listener_id: str = ""
    mention_ids: list[str] = field(default_factory=list)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoomPayload:
    """A room as the puppet knows it."""

    id: str = ""
    topic: str = ""
    member_ids: list[str] = field(default_factory=list)


def encode(*fields: tuple[int, str | bytes | int]) -> bytes:
    """A message of texts, bytes and whole numbers, by field number; a lone surrogate becomes a question mark."""
    parts: list[bytes] = []
    for number, value in fields:
        if isinstance(value, int):
            parts += (_varint(number << 3 | _VARINT), _varint(value))
            continue
        data = value.encode("utf-8", "replace") if isinstance(value, str) else value
        parts += (_varint(number << 3 | _BYTES), _varint(len(data)), data)
    return b"".join(parts)


def decode(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """The fields of a message in their order: bytes for texts and inner messages, numbers for the rest."""
    at, end = 0, len(data)
    while at < end:
        key, at = _read_varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _read_varint(data, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            size, at = _read_varint(data, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise BrokenMessage(f"unknown kind of field: {kind}")
        if at + size > end:
            raise BrokenMessage("the message ends inside a field")
        yield key >> 3, data[at : at + size]
        at += size


def texts(data: bytes) -> dict[int, str]:
    """The text fields of a message by number, the last of each; numbers and the rest are left out."""
    return {number: _text(value) for number, value in decode(data) if isinstance(value, bytes)}


def text_list(data: bytes, number: int) -> list[str]:
    """All texts of one repeated field."""
    return [_text(value) for found, value in decode(data) if found == number]


def event(data: bytes) -> PuppetEvent:
    """An `EventResponse`."""
    kind, payload = 0, b""
    for number, value in decode(data):
        if number == 1 and isinstance(value, int):
            kind = value
        elif number == 2 and isinstance(value, bytes):
            payload = value
    try:
        content = json.loads(payload or b"{}")
    except ValueError as error:
        raise BrokenMessage("an event whose payload isn't JSON") from error
    return PuppetEvent(kind, content if isinstance(content, dict) else {})


def message_payload(data: bytes) -> MessagePayload:
    """A `MessagePayloadResponse`."""
    found: dict[str, str] = {}
    mention_ids: list[str] = []
    kind, at = 0, None
    for number, value in decode(data):
        if isinstance(value, int):
            if number == 5:
                kind = value
            elif number == 4 and value and at is None:
                at = moment(value)
        elif number in _MESSAGE_TEXTS:
            found[_MESSAGE_TEXTS[number]] = _text(value)
        elif number == 9:
            mention_ids.append(_text(value))
        elif number == 10:
            at = _timestamp(value)
    return MessagePayload(**found, type=kind, mention_ids=mention_ids, at=at)


def room_payload(data: bytes) -> RoomPayload:
    """A `RoomPayloadResponse`."""
    found = texts(data)
    return RoomPayload(id=found.get(1, ""), topic=found.get(2, ""), member_ids=text_list(data, 6))


def inner(data: bytes, number: int) -> dict[int, str]:
    """The text fields of a message inside a message; empty where it isn't there."""
    for found, value in decode(data):
        if found == number and isinstance(value, bytes):
            return texts(value)
    return {}


def sent_id(data: bytes) -> str:
    """The id in the answer to a send: field 2 in 1.x, wrapped in field 1 by older gateways; may be empty."""
    wrapped = ""
    for number, value in decode(data):
        if number == 2:
            return _text(value)
        if number == 1 and isinstance(value, bytes):
            wrapped = texts(value).get(1, "")
    return wrapped


def moment(value: float) -> datetime:
    """A time in seconds or milliseconds since 1970, in UTC. Raises `BrokenMessage` for one that can't be."""
    try:
        return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS_FROM else value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BrokenMessage("a time that no calendar has") from error


def _timestamp(data: bytes) -> datetime:
    parts = {number: value for number, value in decode(data) if isinstance(value, int)}
    return moment(parts.get(1, 0) * 1000 + parts.get(2, 0) // 1_000_000)


def _text(value: bytes | int) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _varint(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    parts = bytearray()
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise BrokenMessage("the message ends inside a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
