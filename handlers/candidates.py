"""The leader's one-word answer to a candidate: 是, 否 (another type is 改类); and to an offered claim: 是."""

import re
from datetime import timedelta

from actions import handling
from actions.access import access_ticket, access_ticket_id
from actions.tickets import confirm_ticket
from actions.work import Work
from handlers.hearing import Handled, Hearing, quoted_ticket
from handlers.ticket_commands import reply
from nlp.decision import Kind
from rules.errors import RuleViolation
from rules.numbers import find_numbers
from rules.org import RoomKind
from rules.roles import Verb
from rules.sayings import Done
from rules.tickets import UNCLAIMED, State
from storage.queries import outbox as outbox_q
from storage.queries.tickets import TicketView, open_tickets_below

_YES = re.compile(r"^(是的?|对的?|嗯+|好的?|可以|受理|要|接)[\s,，。.!！]*(\d{4}\s*[-－—–~]\s*\d{1,4})?$")
_NO = re.compile(r"^(否|不是|不对|不用|不要|不受理)[\s,，。.!！]*(\d{4}\s*[-－—–~]\s*\d{1,4})?$")
_PLAIN = re.compile(r"^(是的?|否|不是)[\s,，。.!！]*$")  # in a room people say 好的 and 可以 to each other
OFFER_HOLDS = timedelta(minutes=10)


def is_yes_or_no(text: str) -> bool:
    """Tell whether these words can be the answer to a question of ours."""
    text = text.strip()
    return len(text) <= 20 and bool(_YES.match(text) or _NO.match(text))


async def handle_candidate(work: Work, hearing: Hearing) -> Handled | None:
    """Settle a candidate, or an offered claim, by 是 or 否 from staff who may."""
    text = hearing.text.strip()
    if not hearing.is_staff or not is_yes_or_no(text):
        return None
    yes = _YES.match(text)
    ticket = await _meant(work, hearing, text, offered=bool(yes))
    if ticket is None:
        return None
    try:
        if ticket.state is not State.CANDIDATE:
            await handling.claim_ticket(work, ticket)
        elif yes:
            await confirm_ticket(work, ticket)
            await _settled(work, hearing, ticket, "已受理")
        else:
            await handling.dismiss_ticket(work, ticket)
            await _settled(work, hearing, ticket, "不是诉求")
    except RuleViolation as refusal:
        await reply(work, hearing, refusal.saying)
    return Handled(Kind.COMMAND)


async def _settled(work: Work, hearing: Hearing, ticket: TicketView, what: str) -> None:
    if hearing.room is None or hearing.room.id != ticket.room_id:
        await reply(work, hearing, Done(ticket.number, what), ticket_id=ticket.id)


async def _meant(work: Work, hearing: Hearing, text: str, *, offered: bool) -> TicketView | None:
    """Return the candidate (or offered ticket) meant: by number, by quote, or the only one."""
    verb = Verb.CONFIRM
    try:
        if numbers := find_numbers(text):
            ticket = await access_ticket(work, numbers[0], verb)
            return await _answerable(work, hearing, ticket, offered=offered)
        if (quoted := await quoted_ticket(work, hearing)) is not None:
            ticket = await access_ticket_id(work, quoted, verb)
            return await _answerable(work, hearing, ticket, offered=offered)
    except RuleViolation:
        return None  # 是 and 否 are said of many things; only what is surely meant gets an answer
    if offered and (claim := await _offered(work, hearing)) is not None:
        return claim
    tickets = list(hearing.tickets)
    if hearing.room is not None and not _PLAIN.match(text):
        return None
    if hearing.room is None or hearing.room.kind is not RoomKind.RESIDENTS:
        paths = [post.path for post in hearing.actor.posts] if hearing.room is None else [hearing.room.path or "-"]
        tickets = await open_tickets_below(work.tx, paths, limit=200)
    waiting = [t for t in tickets if t.state is State.CANDIDATE and work.by.may(verb, t.node_path)]
    return waiting[0] if len(waiting) == 1 else None


async def _answerable(work: Work, hearing: Hearing, ticket: TicketView, *, offered: bool) -> TicketView | None:
    if ticket.state is State.CANDIDATE or (offered and await _is_offered(work, hearing, ticket)):
        return ticket
    return None


async def _offered(work: Work, hearing: Hearing) -> TicketView | None:
    for ticket in reversed(hearing.tickets):
        if await _is_offered(work, hearing, ticket):
            return ticket
    return None


async def _is_offered(work: Work, hearing: Hearing, ticket: TicketView) -> bool:
    if ticket.state not in UNCLAIMED:
        return False
    last = await outbox_q.last_said(work.tx, offer_topic(ticket.id, hearing.contact.id))
    return last is not None and work.now - last <= OFFER_HOLDS


def offer_topic(ticket_id: int, contact_id: int) -> str:
    """Name the offer of a ticket to somebody, as it stands in the outbox."""
    return f"offer:{ticket_id}:{contact_id}:"
