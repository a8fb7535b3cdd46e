"""What is learned from: leaders' words on what the bot understood, the archive near the line, and who not to name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from storage.engine import Tx
from storage.models import Contact, Correction, Message, Node, Person, TicketReport, Utterance

FEW = 0.1  # scores below it are only counted: nearly all chatter lies there


@dataclass(frozen=True, slots=True)
class KeptExample:
    """A leader's last word on an utterance: the type the bot gave first, and the right one (`-`: no report)."""

    at: datetime
    room_id: int | None
    text: str
    was: str
    now: str


async def examples(tx: Tx) -> list[KeptExample]:
    """Return all examples, oldest utterance first; what was said twice of an utterance counts by the last word."""
    rows = await tx.execute(
        select(
            Correction.utterance_id, Correction.at, Utterance.room_id, Correction.text, Correction.was, Correction.now
        )
        .join(Utterance, Utterance.id == Correction.utterance_id)
        .order_by(Correction.id)
    )
    found: dict[int, KeptExample] = {}
    for utterance_id, at, room_id, text, was, now in rows:
        first = found.get(utterance_id)
        found[utterance_id] = KeptExample(at, room_id, text, first.was if first else was, now)
    return [found[utterance_id] for utterance_id in sorted(found)]


async def names(tx: Tx) -> set[str]:
    """Return what staff and the places of the tree are called: no learned word may name them."""
    people = (await tx.execute(select(Person.name))).scalars()
    return {name for name in (*people, *(await tx.execute(select(Node.name))).scalars()) if name.strip()}


async def nicknames(tx: Tx) -> set[str]:
    """Return what those who spoke call themselves."""
    return {name for name in (await tx.execute(select(Contact.name).distinct())).scalars() if name.strip()}


@dataclass(frozen=True, slots=True)
class Scored:
    """An utterance that was handled, as it was decided then."""

    at: datetime
    kind: str
    case_type: str | None
    score: float


async def handled_count(tx: Tx, since: datetime, until: datetime) -> int:
    """Count the utterances that were handled in between."""
    query = select(func.count()).where(
        Utterance.state == "handled", Utterance.first_at >= since, Utterance.first_at < until
    )
    return (await tx.execute(query)).scalar_one()


async def scored(tx: Tx, since: datetime, until: datetime) -> list[Scored]:
    """Return what was handled in between with a score from `FEW` up, oldest first."""
    rows = await tx.execute(
        select(Utterance.first_at, Utterance.kind, Utterance.case_type, Utterance.score)
        .where(
            Utterance.state == "handled",
            Utterance.first_at >= since,
            Utterance.first_at < until,
            Utterance.score >= FEW,
        )
        .order_by(Utterance.id)
    )
    return [Scored(at, kind or "", case_type, score or 0.0) for at, kind, case_type, score in rows]


async def reported_texts(tx: Tx, since: datetime, until: datetime, limit: int) -> list[str]:
    """Return the words of the newest reports in between, newest first."""
    rows = await tx.execute(
        select(TicketReport.text)
        .where(TicketReport.kind == "report", TicketReport.at >= since, TicketReport.at < until)
        .order_by(TicketReport.id.desc())
        .limit(limit)
    )
    return list(rows.scalars())


async def nearly_reports(tx: Tx, low: float, high: float, limit: int) -> list[str]:
    """Return the texts of chatter in rooms with a score in [low, high), the highest first; each text once."""
    rows = await tx.execute(
        select(Utterance.id)
        .where(
            Utterance.state == "handled",
            Utterance.kind == "chatter",
            Utterance.room_id.is_not(None),
            Utterance.score >= low,
            Utterance.score < high,
        )
        .order_by(Utterance.score.desc(), Utterance.id)
        .limit(2 * limit)
    )
    ids = list(rows.scalars())
    texts = await _texts(tx, ids)
    return list(dict.fromkeys(texts[one] for one in ids if texts.get(one)))[:limit]


async def _texts(tx: Tx, utterance_ids: Iterable[int]) -> dict[int, str]:
    rows = await tx.execute(
        select(Message.utterance_id, Message.text)
        .where(Message.utterance_id.in_(list(utterance_ids)), Message.text != "")
        .order_by(Message.at, Message.id)
    )
    found: dict[int, list[str]] = {}
    for utterance_id, text in rows:
        if utterance_id is not None:
            found.setdefault(utterance_id, []).append(text)
    return {utterance_id: "\n".join(texts) for utterance_id, texts in found.items()}
