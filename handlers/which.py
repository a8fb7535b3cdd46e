"""Which ticket is meant: by its number, by the quoted message, or because only one can be."""

from collections.abc import Sequence

from actions.access import access_ticket, access_ticket_id, check_ticket
from actions.history import VERB_NAMES
from actions.work import Work
from handlers.hearing import Hearing, quoted_ticket
from rules.errors import InvalidInput, NotAllowed, NotFound
from rules.numbers import find_numbers
from rules.roles import Verb
from rules.sayings import NoTicketMeant, WhichTicket
from rules.text import short
from rules.tickets import CONFIRMING, FINAL, State, find_step, sources
from storage.queries.tickets import TicketView, open_tickets_below


async def which_ticket(work: Work, hearing: Hearing, verb: Verb, numbers: Sequence[str]) -> TicketView:
    """Return the ticket that a command means, with the permission for it.

    Raises:
        NotFound: no ticket of the number, or none here that this could be said of.
        NotAllowed: it isn't theirs.
        InvalidInput: several could be meant; the saying lists them.

    """
    if numbers:
        return await access_ticket(work, numbers[0], verb)
    if (quoted := await quoted_ticket(work, hearing)) is not None:
        return await access_ticket_id(work, quoted, verb)
    quoted_said = hearing.spoken.quoted
    named = set(find_numbers(quoted_said.quoted_text or "")) if quoted_said else set()
    if len(named) == 1:
        return await access_ticket(work, named.pop(), verb)
    found = await candidates(work, hearing, verb)
    return only_one(work, verb, [ticket for ticket in found if ticket.number in named] or found)


async def candidates(work: Work, hearing: Hearing, verb: Verb) -> list[TicketView]:
    """Return the tickets here that the speaker may do this to: of the room, or in their whole part of the tree."""
    tickets: Sequence[TicketView] = hearing.tickets
    if hearing.room is None or not tickets:
        room = hearing.room
        paths = [post.path for post in hearing.actor.posts] if room is None else [room.path or "-"]
        tickets = await open_tickets_below(work.tx, paths, limit=200)
    return [ticket for ticket in tickets if _possible(verb, ticket) and _permitted(work, ticket, verb)]


def _possible(verb: Verb, ticket: TicketView) -> bool:
    """Tell whether the table has such a step from here; what is no step can be said of all that isn't over.

    Whoever takes, finishes or passes on a candidate says that it is a report: it counts as filed for them.
    """
    if not sources(verb):
        return ticket.state not in FINAL
    return bool(find_step(verb, ticket.state)) or (ticket.state is State.CANDIDATE and verb in CONFIRMING)


def only_one(work: Work, verb: Verb, found: list[TicketView]) -> TicketView:
    """Return the only one, or the only one that is the speaker's own. Raises `NotFound`, `InvalidInput`."""
    mine = [t for t in found if work.by.person_id is not None and work.by.person_id in (t.holder_id, t.assignee_id)]
    for choice in (found, mine):
        if len(choice) == 1:
            return choice[0]
    if not found:
        raise NotFound(NoTicketMeant(VERB_NAMES[verb]))
    choices = tuple((ticket.number, short(ticket.summary, 16)) for ticket in (mine or found))
    raise InvalidInput(WhichTicket(VERB_NAMES[verb], choices))


def _permitted(work: Work, ticket: TicketView, verb: Verb) -> bool:
    if ticket.state is State.CANDIDATE and verb in CONFIRMING and not work.by.may(Verb.CONFIRM, ticket.node_path):
        return False
    try:
        check_ticket(work, ticket, verb)
    except NotAllowed:
        return False
    return True
