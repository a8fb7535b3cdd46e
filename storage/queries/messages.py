"""Messages and utterances: kept in bulk, handled in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import aliased

from rules.talk import Form
from rules.utterances import OpenUtterance
from storage.engine import Tx
from storage.models import Contact, Message, Room, Utterance
from storage.types import JsonValue


@dataclass(frozen=True, slots=True)
class Said:
    """One message of an utterance."""

    id: int
    external_id: str
    at: datetime
    form: Form
    text: str
    quoted_id: str | None
    quoted_text: str | None
    file_name: str | None


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance with its messages, in order."""

    id: int
    account: str
    room_id: int | None
    contact_id: int
    first_at: datetime
    last_at: datetime
    closes_at: datetime
    tries: int
    messages: tuple[Said, ...]

    @property
    def text(self) -> str:
        """The words of the whole utterance, one line a message."""
        return "\n".join(said.text for said in self.messages if said.text)

    @property
    def quoted(self) -> Said | None:
        """The message that quotes another, if one does."""
        return next((said for said in self.messages if said.quoted_text or said.quoted_id), None)


async def known_messages(tx: Tx, account: str, external_ids: Iterable[str]) -> set[str]:
    """Return which of an account's messages, by the gateway's ids, are kept already."""
    rows = await tx.execute(
        select(Message.external_id).where(Message.account == account, Message.external_id.in_(list(external_ids)))
    )
    return set(rows.scalars())


async def open_utterances(tx: Tx) -> dict[tuple[str, int | None, int], OpenUtterance]:
    """Return the utterances that may still grow, by account, room and speaker."""
    rows = await tx.execute(
        select(
            Utterance.account,
            Utterance.room_id,
            Utterance.contact_id,
            Utterance.id,
            Utterance.first_at,
            Utterance.closes_at,
        )
        .where(Utterance.state == "open")
        .order_by(Utterance.id)
    )
    return {
        (account, room_id, contact_id): OpenUtterance(utterance_id, first_at, closes_at)
        for account, room_id, contact_id, utterance_id, first_at, closes_at in rows
    }


async def insert_utterances(tx: Tx, rows: list[dict[str, object]]) -> list[int]:
    """Add utterances; returns their ids in the same order.

    Asked to keep the order, SQLAlchemy sends one statement a row to SQLite; so each row is known again by its values.
    """
    columns = (Utterance.room_id, Utterance.contact_id, Utterance.first_at, Utterance.last_at, Utterance.closes_at)
    result = await tx.execute(
        insert(Utterance).returning(Utterance.id, *columns),
        [{"state": "open", "tries": 0, **row} for row in rows],
    )
    ids: dict[tuple[object, ...], list[int]] = {}
    for utterance_id, *values in result:
        ids.setdefault(tuple(values), []).append(utterance_id)
    for found in ids.values():
        found.sort(reverse=True)
    return [ids[tuple(row[column.key] for column in columns)].pop() for row in rows]


async def extend_utterances(tx: Tx, rows: list[dict[str, object]]) -> None:
    """Move the ends of utterances; each row has key, last_at and closes_at."""
    table = Utterance.__table__
    await tx.execute(
        update(Utterance)
        .where(table.c.id == bindparam("key"), Utterance.state == "open")
        .values(last_at=bindparam("last_at"), closes_at=bindparam("closes_at"))
        .execution_options(synchronize_session=None),
        rows,
    )


async def insert_messages(tx: Tx, rows: list[dict[str, object]]) -> None:
    """Keep messages; the unique key (account, external_id) refuses what is known."""
    await tx.execute(insert(Message), rows)


async def close_room(tx: Tx, room_id: int, at: datetime) -> None:
    """End the open utterances of a room, so that what they say is handled before what comes now."""
    await tx.execute(
        update(Utterance)
        .where(Utterance.room_id == room_id, Utterance.state == "open", Utterance.closes_at > at)
        .values(closes_at=at)
    )


async def due_utterances(tx: Tx, accounts: Iterable[str], now: datetime, limit: int) -> list[Spoken]:
    """Return at most `limit` utterances that have closed, in the order in which they began.

    One waits for those of its room that began before it and may still grow: a room is handled in its order.
    """
    earlier = aliased(Utterance)
    blocked = (
        select(earlier.id)
        .where(
            earlier.state == "open",
            earlier.room_id == Utterance.room_id,
            earlier.id < Utterance.id,
            earlier.closes_at > now,
        )
        .exists()
    )
    rows = (
        await tx.execute(
            select(
                Utterance.id,
                Utterance.account,
                Utterance.room_id,
                Utterance.contact_id,
                Utterance.first_at,
                Utterance.last_at,
                Utterance.closes_at,
                Utterance.tries,
            )
            .where(
                Utterance.state == "open",
                Utterance.closes_at <= now,
                Utterance.account.in_(list(accounts)),
                ~blocked,
            )
            .order_by(Utterance.id + 0)  # by the key itself, SQLite would go through all that was ever said
            .limit(limit)
        )
    ).all()
    said = await messages_of(tx, [row[0] for row in rows])
    return [Spoken(*row, messages=said.get(row[0], ())) for row in rows]


async def messages_of(tx: Tx, utterance_ids: Iterable[int]) -> Mapping[int, tuple[Said, ...]]:
    """Return the messages of utterances, in order."""
    ids = list(utterance_ids)
    found: dict[int, list[Said]] = {utterance_id: [] for utterance_id in ids}
    if ids:
        rows = await tx.execute(
            select(
                Message.utterance_id,
                Message.id,
                Message.external_id,
                Message.at,
                Message.form,
                Message.text,
                Message.quoted_id,
                Message.quoted_text,
                Message.file_name,
            )
            .where(Message.utterance_id.in_(ids))
            .order_by(Message.at, Message.id)
        )
        for utterance_id, message_id, external_id, at, form, text, quoted_id, quoted_text, file_name in rows:
            said = Said(message_id, external_id, at, Form(form), text, quoted_id, quoted_text, file_name)
            if utterance_id is not None:
                found[utterance_id].append(said)
    return {utterance_id: tuple(messages) for utterance_id, messages in found.items()}


async def next_closing(tx: Tx, accounts: Iterable[str]) -> datetime | None:
    """Return when the next open utterance can be handled; one that waits for an earlier one has no time of its own."""
    earlier = aliased(Utterance)
    waits = (
        select(earlier.id)
        .where(
            earlier.state == "open",
            earlier.room_id == Utterance.room_id,
            earlier.id < Utterance.id,
            earlier.closes_at > Utterance.closes_at,
        )
        .exists()
    )
    query = select(func.min(Utterance.closes_at)).where(
        Utterance.state == "open", Utterance.account.in_(list(accounts)), ~waits
    )
    return (await tx.execute(query)).scalar_one_or_none()


async def last_speakers(tx: Tx, room_ids: Iterable[int]) -> list[tuple[int, bool]]:
    """Return, by room, whether what was handled last there was said by somebody of the staff."""
    one = aliased(Utterance)
    last = select(func.max(one.id)).where(one.room_id == Room.id, one.state == "handled").scalar_subquery()
    spoken = select(Room.id, Contact.person_id).select_from(Room).join(Utterance, Utterance.id == last)
    spoken = spoken.join(Contact, Contact.id == Utterance.contact_id).where(Room.id.in_(list(room_ids)))
    rows = await tx.execute(spoken)
    return [(room_id, person_id is not None) for room_id, person_id in rows]


async def mark_handled(tx: Tx, rows: list[dict[str, object]]) -> int:
    """Mark open utterances as handled, with what they were understood as; returns how many still were open.

    Each row has key, kind, case_type, score and understood.
    """
    table = Utterance.__table__
    result = await tx.execute(
        update(Utterance)
        .where(table.c.id == bindparam("key"), Utterance.state == "open")
        .values(
            state="handled",
            kind=bindparam("kind"),
            case_type=bindparam("case_type"),
            score=bindparam("score"),
            understood=bindparam("understood", type_=Utterance.understood.type),
        )
        .execution_options(synchronize_session=None),
        rows,
    )
    return result.rowcount


async def take_open(tx: Tx, ids: Sequence[int]) -> set[int]:
    """Return which of these utterances are still open, kept from every other worker until this transaction ends."""
    rows = await tx.execute(
        select(Utterance.id).where(Utterance.id.in_(ids), Utterance.state == "open").with_for_update(skip_locked=True)
    )
    return set(rows.scalars())


async def set_aside(tx: Tx, utterance_id: int, *, retry_at: datetime | None) -> None:
    """Count a failed try: to be tried again later, or set aside for a person where `retry_at` is None."""
    values: dict[str, object] = {"tries": Utterance.tries + 1}
    values |= {"state": "failed"} if retry_at is None else {"closes_at": retry_at}
    await tx.execute(update(Utterance).where(Utterance.id == utterance_id, Utterance.state == "open").values(values))


@dataclass(frozen=True, slots=True)
class Understood:
    """How an utterance was understood when it was handled."""

    id: int
    state: str
    kind: str | None
    case_type: str | None
    score: float | None
    understood: JsonValue | None


async def understood(tx: Tx, ids: Iterable[int]) -> dict[int, Understood]:
    """Return how utterances were understood."""
    rows = await tx.execute(
        select(
            Utterance.id,
            Utterance.state,
            Utterance.kind,
            Utterance.case_type,
            Utterance.score,
            Utterance.understood,
        ).where(Utterance.id.in_(list(ids)))
    )
    return {row[0]: Understood(*row) for row in rows}


async def utterances_by_message(tx: Tx, account: str, external_ids: Iterable[str]) -> dict[str, int]:
    """Return which utterance each message belongs to."""
    rows = await tx.execute(
        select(Message.external_id, Message.utterance_id).where(
            Message.account == account, Message.external_id.in_(list(external_ids))
        )
    )
    return {external_id: utterance_id for external_id, utterance_id in rows if utterance_id is not None}
