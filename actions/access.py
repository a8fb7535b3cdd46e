"""Fetching a row *with* the permission to do something with it: nothing else hands out tickets to people."""

from actions.work import Work
from rules.errors import NotAllowed, NotFound
from rules.roles import CALLED_IN, Verb
from rules.sayings import NoSuchTicket, NotPermitted
from storage.queries.rooms import RoomView
from storage.queries.tickets import TicketView, ticket_by_id, tickets_by_number


async def access_ticket(work: Work, number: str, verb: Verb) -> TicketView:
    """Return the newest ticket of this number that the actor may see, if they may do this to it.

    Raises:
        NotFound: there is none within the actor's part of the tree.
        NotAllowed: they see it, but hold no post that permits this.

    """
    seen = [t for t in await tickets_by_number(work.tx, number) if work.by.is_staff_at(t.node_path)]
    if not seen:
        raise NotFound(NoSuchTicket(number))
    check_ticket(work, seen[0], verb)
    return seen[0]


async def access_ticket_id(work: Work, ticket_id: int, verb: Verb) -> TicketView:
    """Return a ticket by its id, if the actor may do this to it. Raises `NotFound`, `NotAllowed`."""
    ticket = await ticket_by_id(work.tx, ticket_id)
    if ticket is None:
        raise NotFound(NoSuchTicket(str(ticket_id)))
    check_ticket(work, ticket, verb)
    return ticket


def check_ticket(work: Work, ticket: TicketView, verb: Verb) -> None:
    """Check that the actor may do this to the ticket.

    Those who are called in (departments, police, property) may only work on what was passed to them or is open to all.

    Raises:
        NotAllowed: they may not.

    """
    if not work.by.may(verb, ticket.node_path):
        raise NotAllowed(NotPermitted())
    roles = {post.role for post in work.by.posts if post.covers(ticket.node_path)}
    only_called_in = roles <= CALLED_IN
    theirs = ticket.department is None or ticket.department in roles or ticket.holder_id == work.by.person_id
    if only_called_in and not theirs:
        raise NotAllowed(NotPermitted())


def check_room(work: Work, room: RoomView, verb: Verb) -> None:
    """Check that the actor may do this to a room. Raises `NotAllowed`."""
    if not work.by.may(verb, room.path) and not (room.path is None and work.by.may_somewhere(verb)):
        raise NotAllowed(NotPermitted())
