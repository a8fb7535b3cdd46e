"""What was heard, made ready for the handlers: who spoke, where, what it seems to be, and what is open there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from actions.lookups import Lookups
from actions.messages import AT_END
from actions.work import Work
from handlers.commands import Command, DirectWord, read_command, read_direct
from handlers.talk import RoomTalk, load_talk
from nlp.classify import Understanding
from nlp.decision import Decision, Kind
from rules.numbers import find_numbers
from rules.roles import Actor
from rules.tickets import REOPEN_WITHIN
from storage.engine import Tx
from storage.queries import org, rooms
from storage.queries import outbox as outbox_q
from storage.queries import tickets as tickets_q
from storage.queries.messages import Spoken
from storage.queries.rooms import ContactView, RoomView
from storage.queries.tickets import ReportView, TicketView


@dataclass(slots=True)
class Hearing:
    """One utterance before the routes; `tickets` are those that its room may still speak of, oldest first."""

    spoken: Spoken
    room: RoomView | None
    contact: ContactView
    actor: Actor
    decision: Decision
    tickets: Sequence[TicketView] = ()
    command: Command | None = None
    direct: DirectWord | None = None

    @property
    def text(self) -> str:
        """The words of the utterance."""
        return self.spoken.text

    @property
    def is_staff(self) -> bool:
        """Tell whether the speaker holds a post over this room (in a direct chat: any post)."""
        return bool(self.actor.posts) if self.room is None else self.actor.is_staff_at(self.room.path)


@dataclass(frozen=True, slots=True)
class Handled:
    """What an utterance turned out to be, once a route took it; None leaves the decision as it was."""

    kind: Kind | None = None


@dataclass(slots=True)
class Desk:
    """What a batch of utterances shares: rooms, speakers and open tickets, read in bulk and anew after writes."""

    understanding: Understanding
    rooms: Mapping[int, RoomView]
    contacts: Mapping[int, ContactView]
    actors: Mapping[int, Actor]
    talk: dict[int, RoomTalk]
    tickets: dict[int, list[TicketView]] = field(default_factory=dict)
    lookups: Lookups = field(default_factory=Lookups)

    def renew(self, room_id: int | None, fresh: Mapping[int, TicketView]) -> None:
        """Put tickets as they stand now on the list of the room that spoke of them; elsewhere they are what they were.

        That holds as only a new ticket, or one that didn't move by what was said, is known afresh.
        """
        if fresh and room_id in self.tickets:
            here = {one.id: one for one in self.tickets[room_id]} | dict(fresh)
            self.tickets[room_id] = [here[ticket_id] for ticket_id in sorted(here)]


async def open_desk(tx: Tx, understanding: Understanding, spoken: Sequence[Spoken], now: datetime) -> Desk:
    """Read what a batch of utterances needs, in a handful of statements."""
    room_ids = {one.room_id for one in spoken if one.room_id is not None}
    contacts = await rooms.contacts_by_ids(tx, {one.contact_id for one in spoken})
    posts = await org.posts_of(tx, {c.person_id for c in contacts.values() if c.person_id is not None})
    names = await org.names_of(tx, posts) if posts else {}
    actors = {
        c.id: Actor(c.id, c.person_id, names.get(c.person_id or 0, c.name), posts.get(c.person_id or 0, ()))
        for c in contacts.values()
    }
    talk = await load_talk(tx, room_ids, now)
    return Desk(understanding, await rooms.rooms_by_ids(tx, room_ids), contacts, actors, talk)


async def load_tickets(work: Work, desk: Desk, room_ids: set[int]) -> None:
    """Read the open tickets of rooms into the desk."""
    desk.tickets |= {room_id: [] for room_id in room_ids}
    found = await tickets_q.tickets_in_rooms(work.tx, room_ids, work.now - REOPEN_WITHIN)
    if not found:
        return
    reported = await tickets_q.rooms_of_tickets(work.tx, [ticket.id for ticket in found])
    for ticket in found:
        for room_id in ({ticket.room_id} | reported.get(ticket.id, set())) & room_ids:
            desk.tickets[room_id].append(ticket)


async def hear(work: Work, desk: Desk, spoken: Spoken) -> Hearing:
    """Put one utterance together with what is known around it, and understand it."""
    room = desk.rooms.get(spoken.room_id) if spoken.room_id is not None else None
    if room is not None and room.id not in desk.tickets:
        await load_tickets(work, desk, {room.id})
    actor = desk.actors[spoken.contact_id]
    tickets = desk.tickets[room.id] if room else ()
    staff = bool(actor.posts) and (room is None or actor.is_staff_at(room.path))
    talk = desk.talk[room.id] if room else None
    at = spoken.first_at
    decision = desk.understanding.classify(
        spoken.text,
        staff=staff,
        open_types=frozenset(ticket.case_type for ticket in tickets),
        quoted=spoken.quoted is not None,
        recent=talk.recent(at) if talk else None,
        moment=talk.moment(spoken.contact_id, at) if talk else None,
    )
    return Hearing(
        spoken=spoken,
        room=room,
        contact=desk.contacts[spoken.contact_id],
        actor=actor,
        decision=decision,
        tickets=tickets,
        command=read_command(spoken.text),
        direct=read_direct(spoken.text) if room is None else None,
    )


async def quoted_ticket(work: Work, hearing: Hearing) -> int | None:
    """Return the ticket that the quoted message speaks of: one of ours, or words that name one ticket of the room."""
    quoted = hearing.spoken.quoted
    if quoted is None:
        return None
    text = (quoted.quoted_text or "").replace(AT_END, " ")
    found = await outbox_q.ticket_of_message(
        work.tx,
        hearing.spoken.account,
        external_id=quoted.quoted_id,
        text=text,
        room_id=hearing.room.id if hearing.room else None,
    )
    if found is not None:
        return found
    named = [ticket.id for ticket in hearing.tickets if ticket.number in find_numbers(text)]
    return named[-1] if len(named) == 1 else None


async def words_on(work: Work, tickets: Sequence[TicketView]) -> list[ReportView]:
    """Return what residents said on these tickets."""
    return await tickets_q.reports_of(work.tx, [ticket.id for ticket in tickets]) if tickets else []
