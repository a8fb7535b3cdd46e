"""What is heard and what is said, as plain data: the words that gateways and the rest of the house share."""

import enum
from dataclasses import dataclass
from datetime import datetime


class Form(enum.StrEnum):
    """The form in which something was said."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"
    LOCATION = "location"
    LINK = "link"
    RECORD = "record"  # a forwarded chat record
    STICKER = "sticker"
    RECALL = "recall"  # somebody took back the message that `quoted_id` names
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Heard:
    """One message that reached one of our accounts.

    `message_id` is the gateway's, unique per account; it may be delivered more than once. `room_id` is None in a
    direct chat. `speaker_name` is the name shown in that room (its alias before the nickname). `at` is aware, UTC.
    `quoted_id` is known only where the gateway tells it; `quoted_text` is the text of the quoted message. `from_self`
    marks the echo of a message of our own: the only proof that it was delivered. Attachments are fetched by
    `Gateway.fetch(message_id)`. `listener_id` is the one spoken to in a direct chat: for an echo, whom we wrote to.
    """

    account: str
    message_id: str
    room_id: str | None
    speaker_id: str
    speaker_name: str
    at: datetime
    text: str = ""
    form: Form = Form.TEXT
    quoted_id: str | None = None
    quoted_text: str | None = None
    mentions: tuple[str, ...] = ()
    file_name: str | None = None
    from_self: bool = False
    listener_id: str | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """The stream is up and the account is logged in; yielded first after every (re)connection."""

    account: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RoomJoined:
    """People joined a room; `ours` is true where our own account is among them."""

    account: str
    room_id: str
    topic: str
    people: tuple[str, ...]
    at: datetime
    ours: bool = False


@dataclass(frozen=True, slots=True)
class RoomLeft:
    """People left a room or were removed from it; `ours` is true where our own account was."""

    account: str
    room_id: str
    people: tuple[str, ...]
    at: datetime
    ours: bool = False


@dataclass(frozen=True, slots=True)
class RoomRenamed:
    """A room got another topic."""

    account: str
    room_id: str
    topic: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Limited:
    """WeChat said, as a message, that we act too often (「操作过于频繁，可稍后再试。」): pause this account."""

    account: str
    room_id: str | None
    at: datetime


Event = Heard | Connected | RoomJoined | RoomLeft | RoomRenamed | Limited


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: a room, or a person in a direct chat; exactly one of the two."""

    room_id: str | None = None
    person_id: str | None = None

    def __post_init__(self) -> None:
        if (self.room_id is None) == (self.person_id is None):
            raise ValueError("an address is a room or a person, exactly one of them")


@dataclass(frozen=True, slots=True)
class FileToSend:
    """A picture or file to send; `path` is on this machine. Pictures are told by the name's ending."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A person to @, with the name shown in the room."""

    person_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Content:
    """What one WeChat message carries: text (with the people it names), or one file; exactly one of them."""

    text: str = ""
    mentions: tuple[Mention, ...] = ()
    file: FileToSend | None = None

    def __post_init__(self) -> None:
        if bool(self.text) == (self.file is not None):
            raise ValueError("content is a text or a file, exactly one of them")


@dataclass(frozen=True, slots=True)
class RoomInfo:
    """A room as the gateway knows it."""

    room_id: str
    topic: str
    member_ids: tuple[str, ...]
