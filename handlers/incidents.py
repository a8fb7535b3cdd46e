"""Which known trouble somebody speaks of: the tickets of the room and its neighbours, as `nlp` sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from actions.tickets import Report
from actions.work import Work
from handlers.hearing import Hearing, words_on
from nlp.incidents import IncidentView, Match, ReportView, attach, match
from nlp.place import Place
from rules.org import neighbours, parent_path
from rules.text import short
from storage.queries.tickets import ReportView as Word
from storage.queries.tickets import TicketView, tickets_near

LONGEST_WINDOW = timedelta(days=8)  # beyond any type's window in the lexicon

NEWEST = 40  # open tickets of a room that a word may lean on; nobody remembers more


@dataclass(frozen=True, slots=True)
class Known:
    """The ticket of which a report is another mouth, and why."""

    ticket: TicketView
    why: str


async def same_incident(work: Work, hearing: Hearing, report: Report) -> Known | None:
    """Return the ticket that this report repeats, of its room or a neighbouring one."""
    path = report.room.path or "/"
    above = parent_path(path)
    types = {report.case_type, hearing.decision.second or report.case_type}
    near = await tickets_near(work.tx, path if above == "/" else above, types, work.now - LONGEST_WINDOW)
    near = [t for t in near if t.room_id == report.room.id or neighbours(t.node_path, path)]
    if not near:
        return None
    incidents = await _incidents(work, near, report.room.id)
    place = report.understood.get("place")
    said = ReportView(
        text=report.text,
        at=report.at,
        room=str(report.room.id),
        speaker=str(report.contact.id),
        case_type=report.case_type,
        second=hearing.decision.second,
        place=Place(**place) if place else Place(),
        quoted=_quoted(hearing),
    )
    found = match(said, incidents, report.at)
    return _known(near, found)


async def leaning_on(work: Work, hearing: Hearing, alive: Sequence[TicketView]) -> TicketView | None:
    """Return the open ticket of the room that a word like +1 or 还没好 leans on."""
    if not alive or hearing.room is None:
        return None
    alive = alive[-NEWEST:]
    incidents = await _incidents(work, alive, hearing.room.id)
    said = ReportView(
        text=hearing.text,
        at=hearing.spoken.first_at,
        room=str(hearing.room.id),
        speaker=str(hearing.contact.id),
        case_type=hearing.decision.case_type,
        second=hearing.decision.second,
        quoted=_quoted(hearing),
    )
    found = _known(alive, attach(said, incidents, hearing.spoken.first_at))
    return found.ticket if found else None


def _quoted(hearing: Hearing) -> str | None:
    return hearing.spoken.quoted.quoted_text if hearing.spoken.quoted else None


def _known(tickets: Sequence[TicketView], found: Match | None) -> Known | None:
    if found is None:
        return None
    ticket = next(ticket for ticket in tickets if str(ticket.id) == found.key)
    reasons = "，".join(f"{name} {figure:g}" for name, figure in found.reasons)
    return Known(ticket, short(f"{found.score:g}：{reasons}", 200))


async def _incidents(work: Work, tickets: Sequence[TicketView], room_id: int) -> list[IncidentView]:
    words: dict[int, list[Word]] = {ticket.id: [] for ticket in tickets}
    for word in await words_on(work, tickets):
        words[word.ticket_id].append(word)
    return [_incident(ticket, words[ticket.id], room_id) for ticket in tickets]


def _incident(ticket: TicketView, words: list[Word], room_id: int) -> IncidentView:
    reports = [word for word in words if word.kind == "report"]
    place = ticket.understood.get("place")
    return IncidentView(
        key=str(ticket.id),
        case_type=ticket.case_type,
        room=str(ticket.room_id),
        texts=tuple(word.text for word in reports) or (ticket.summary,),
        places=(Place(**place),) if place else (),
        speakers=frozenset(str(word.contact_id) for word in reports),
        first_at=min((word.at for word in reports), default=ticket.reported_at),
        last_at=max((word.at for word in words), default=ticket.reported_at),
        second=ticket.understood.get("second"),
        neighbours=frozenset({str(room_id)}),
        thanked=any(word.kind == "thanks" for word in words),
    )
