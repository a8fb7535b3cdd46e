"""Keeping what is heard: once, however often it is repeated, and joined to what one speaker says in a breath."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rules.talk import Heard
from rules.text import storable
from rules.utterances import Breath, OpenUtterance, closes_at, joins
from storage.engine import Tx
from storage.queries import messages as q
from storage.queries import outbox, rooms

AT_END = "\u2005"  # what WeChat puts behind the name of somebody who is mentioned, where we wrote a space
_CLOSED = datetime.min.replace(tzinfo=UTC)  # nothing is said before it, so nothing joins
Key = tuple[str, int | None, int]  # account, room (None in a direct chat), speaker


@dataclass(slots=True)
class Memory:
    """The utterances that may still grow, kept beside the database by the one worker that listens.

    `staged` are the changes of a transaction that hasn't been committed yet.
    """

    utterances: dict[Key, OpenUtterance] = field(default_factory=dict)
    staged: dict[Key, OpenUtterance] = field(default_factory=dict)

    def commit(self) -> None:
        """Keep what was staged, once the transaction is through."""
        self.utterances.update(self.staged)
        self.staged.clear()

    def forget(self, before: datetime) -> None:
        """Let go of what closed long ago."""
        self.utterances = {key: one for key, one in self.utterances.items() if one.closes_at >= before}

    def drop(self, utterance_ids: Iterable[int]) -> None:
        """Let nothing join these any more: they have been handed over."""
        gone = set(utterance_ids)
        self.utterances = {key: one for key, one in self.utterances.items() if one.id not in gone}

    def close_room(self, room_id: int) -> None:
        """Let nothing join what was said in a room so far: a command has ended it."""
        for key, one in (self.utterances | self.staged).items():
            if key[1] == room_id:
                self.staged[key] = OpenUtterance(one.id, one.first_at, _CLOSED)

    def get(self, key: Key) -> OpenUtterance | None:
        """Return a speaker's open utterance."""
        return self.staged.get(key) or self.utterances.get(key)


@dataclass(frozen=True, slots=True)
class Listening:
    """How messages are joined: the windows in rooms and direct chats, and what closes an utterance at once."""

    breath: Breath = field(default_factory=Breath)
    direct: Breath = field(default_factory=lambda: Breath(window=timedelta(seconds=2)))
    is_command: Callable[[str], bool] = lambda _: False
    may_bind: Callable[[str], bool] = lambda _: False  # the one thing that an unbound room is listened to for


async def record_incoming(tx: Tx, memory: Memory, heard: Sequence[Heard], how: Listening) -> int:
    """Keep a batch of messages of one account in one transaction; returns how many were new.

    The caller commits, and then calls `memory.commit()`; only after that the messages count as received.
    """
    memory.staged.clear()
    if not heard:
        return 0
    fresh = await _fresh(tx, heard)
    found = await _rooms(tx, fresh)
    room_ids = {name: room_id for name, (room_id, _) in found.items()}
    bound = {name for name, (_, is_bound) in found.items() if is_bound}
    # An unbound room is listened to for one command only; nothing else said there is kept.
    fresh = [
        one for one in fresh if one.room_id is None or one.room_id in bound or one.from_self or how.may_bind(one.text)
    ]
    contact_ids = await _contacts(tx, fresh)
    echoes = [one for one in fresh if one.from_self]
    for echo in echoes:
        await _settle_echo(tx, echo, room_ids, contact_ids)
    said = [one for one in fresh if not one.from_self]
    if said:
        await _keep(tx, memory, said, room_ids, contact_ids, how)
    return len(said)


async def _fresh(tx: Tx, heard: Sequence[Heard]) -> list[Heard]:
    """Leave out what was heard before, in this batch or ever."""
    unique = {one.message_id: one for one in reversed(heard)}
    known = await q.known_messages(tx, heard[0].account, unique)
    return [one for key, one in reversed(unique.items()) if key not in known]


async def _rooms(tx: Tx, fresh: list[Heard]) -> dict[str, tuple[int, bool]]:
    """Return (id, whether it is bound) of the rooms, by the gateway's id; new ones are added and wait to be bound."""
    names = list(dict.fromkeys(one.room_id for one in fresh if one.room_id is not None))
    if not names:
        return {}
    account = fresh[0].account
    known = await rooms.known_rooms(tx, account, names)
    missing = [name for name in names if name not in known]
    rows: list[dict[str, object]] = [{"account": account, "external_id": name, "topic": ""} for name in missing]
    new = dict(zip(missing, await rooms.insert_rooms(tx, rows), strict=True))
    return {name: (room.id, room.is_bound) for name, room in known.items()} | {
        name: (room_id, False) for name, room_id in new.items()
    }


async def _contacts(tx: Tx, fresh: list[Heard]) -> dict[str, int]:
    """Return the ids of the speakers and of those we wrote to, by the gateway's.

    New speakers are added, and changed names are kept; our own account is nobody's contact.
    """
    names = {one.speaker_id: storable(one.speaker_name)[:128] for one in fresh if not one.from_self}
    wanted = {*names, *(one.listener_id for one in fresh if one.from_self and one.listener_id is not None)}
    if not wanted:
        return {}
    account = fresh[0].account
    known = await rooms.known_contacts(tx, account, wanted)
    missing = [speaker for speaker in names if speaker not in known]
    rows: list[dict[str, object]] = [
        {"account": account, "external_id": speaker, "name": names[speaker]} for speaker in missing
    ]
    ids = dict(zip(missing, await rooms.insert_contacts(tx, rows), strict=True))
    renamed = [
        (contact_id, names[speaker])
        for speaker, (contact_id, name) in known.items()
        if names.get(speaker, "") not in ("", name)
    ]
    if renamed:
        await rooms.rename_contacts(tx, renamed)
    return ids | {speaker: contact_id for speaker, (contact_id, _) in known.items()}


async def _settle_echo(tx: Tx, echo: Heard, room_ids: dict[str, int], contact_ids: dict[str, int]) -> None:
    """Take the echo of our own message as the proof that it was delivered."""
    room_id = room_ids.get(echo.room_id) if echo.room_id else None
    contact_id = contact_ids.get(echo.listener_id) if echo.listener_id else None
    if room_id is None and contact_id is None:
        return
    await outbox.match_echo(
        tx,
        account=echo.account,
        room_id=room_id,
        contact_id=contact_id,
        text=echo.text.replace(AT_END, " "),
        external_id=echo.message_id,
        at=echo.at,
    )


async def _keep(
    tx: Tx,
    memory: Memory,
    said: list[Heard],
    room_ids: dict[str, int],
    contact_ids: dict[str, int],
    how: Listening,
) -> None:
    """Write utterances first and messages behind them, each in one statement."""
    new: list[dict[str, object]] = []  # utterances to add; until then they are known as -1, -2, ...
    grown: dict[int, dict[str, object]] = {}
    owners: list[int] = []
    closing: dict[int, datetime] = {}
    for one in said:
        room_id = room_ids[one.room_id] if one.room_id else None
        key: Key = (one.account, room_id, contact_ids[one.speaker_id])
        breath = how.direct if room_id is None else how.breath
        at_once = how.is_command(one.text)
        end = closes_at(one, at_once=at_once, breath=breath)
        current = memory.get(key)
        if current is not None and joins(current, one, breath) and not at_once:
            end = max(end, current.closes_at) if end > one.at else end  # what came late doesn't shorten it
            grown_row: dict[str, object] = {"last_at": one.at, "closes_at": end}
            if current.id > 0:
                grown[current.id] = {"key": current.id} | grown_row
            else:
                new[-current.id - 1] |= grown_row
            current = OpenUtterance(current.id, current.first_at, end)
        else:
            new.append(
                {
                    "account": one.account,
                    "room_id": room_id,
                    "contact_id": key[2],
                    "first_at": one.at,
                    "last_at": one.at,
                    "closes_at": end,
                }
            )
            current = OpenUtterance(-len(new), one.at, end if end > one.at else _CLOSED)
        memory.staged[key] = current
        owners.append(current.id)
        if at_once and room_id is not None:
            closing[room_id] = one.at
            memory.close_room(room_id)
    ids = await q.insert_utterances(tx, new) if new else []
    for key, one_open in memory.staged.items():
        if one_open.id < 0:
            memory.staged[key] = OpenUtterance(ids[-one_open.id - 1], one_open.first_at, one_open.closes_at)
    if grown:
        await q.extend_utterances(tx, list(grown.values()))
    rows = [_row(one, owner if owner > 0 else ids[-owner - 1]) for one, owner in zip(said, owners, strict=True)]
    await q.insert_messages(tx, rows)
    for room_id, at in closing.items():
        await q.close_room(tx, room_id, at)


def _row(one: Heard, utterance_id: int) -> dict[str, object]:
    return {
        "account": one.account,
        "external_id": one.message_id,
        "utterance_id": utterance_id,
        "at": one.at,
        "form": one.form,
        "text": storable(one.text),
        "quoted_id": storable(one.quoted_id)[:128] if one.quoted_id else None,
        "quoted_text": storable(one.quoted_text) if one.quoted_text else None,
        "file_name": storable(one.file_name)[:255] if one.file_name else None,
    }
