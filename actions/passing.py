"""Passing a ticket on: to the dispatch room, where the first 接单 wins, or to whoever is called in."""

from actions.history import move
from actions.outbox import say
from actions.work import Work
from rules.deadlines import URGENCY_NAMES
from rules.org import RoomKind
from rules.roles import Role, Verb
from rules.sayings import Dispatched
from rules.talk import Mention
from rules.text import short
from rules.tickets import State, find_step
from storage.queries.rooms import RoomView
from storage.queries.tickets import TicketView


async def dispatch_to_room(
    work: Work, ticket: TicketView, *, department: Role | None = None, note: str = "", again: bool = False
) -> bool:
    """Put a ticket's card into the nearest dispatch room; False where there is none, and then nothing is changed."""
    room = await work.lookups.nearest_room(work.tx, ticket.node_path, RoomKind.DISPATCH)
    if room is None or find_step(Verb.DISPATCH, ticket.state) is None:
        return False
    await move(
        work, ticket, Verb.DISPATCH, note=note, target=State.DISPATCHED, holder_id=None, department=department,
    )  # fmt: skip
    await say_card(work, ticket, room, department=department, again=again)
    return True


async def say_card(work: Work, ticket: TicketView, room: RoomView, *, department: Role | None, again: bool) -> None:
    """Say in a dispatch room what there is to take; with a department, its people are named."""
    mentions: list[Mention] = []
    if department is not None:
        called = await work.lookups.holders_above(work.tx, ticket.node_path, [department])
        contact = await work.lookups.contact_of(work.tx, room.account, called[0][0]) if called else None
        mentions = [Mention(contact.external_id, contact.name)] if contact else []
    await say(work, room, card(work, ticket, again=again), mentions=mentions, ticket_id=ticket.id)


def card(work: Work, ticket: TicketView, *, again: bool = False) -> Dispatched:
    """Say of a ticket what whoever may take it needs to know."""
    return Dispatched(
        number=ticket.number,
        type_name=work.house.case_types.name(ticket.case_type),
        urgency_name=URGENCY_NAMES[ticket.urgency],
        node=ticket.node_name,
        place=str(ticket.understood.get("place_words") or ""),
        words=short(ticket.summary, 60),
        due=ticket.promised_at,
        now=work.now,
        again=again,
    )
