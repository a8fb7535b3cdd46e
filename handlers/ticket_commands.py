"""The commands on tickets: 接单, 办结, 退单, 转派, 挂起 and the others, one function each."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from actions import handling
from actions.access import access_ticket
from actions.history import VERB_NAMES
from actions.outbox import say
from actions.passing import dispatch_to_room
from actions.tickets import confirm_ticket, confirmed, place_words
from actions.work import Work
from handlers.days import find_day
from handlers.hearing import Handled, Hearing, words_on
from handlers.which import candidates, which_ticket
from nlp.decision import Kind
from rules.deadlines import URGENCY_NAMES
from rules.errors import InvalidInput, NotAllowed, NotFound, RuleViolation, WrongState
from rules.org import RoomKind
from rules.roles import Verb
from rules.sayings import (
    Done,
    HowTo,
    NeedsReason,
    NeedsTwo,
    NobodyThere,
    NotYours,
    Saying,
    TicketCard,
    TicketLine,
    TicketList,
    YoursNow,
)
from rules.text import short
from rules.tickets import STATE_NAMES, State, check_step
from storage.queries import tickets as q
from storage.queries.attachments import recent_pictures
from storage.queries.history import history
from storage.queries.messages import Said
from storage.queries.rooms import ContactView, RoomView
from storage.queries.tickets import TicketView

PICTURES_WITHIN = timedelta(minutes=10)  # pictures sent shortly before 办结 belong to it


async def handle_command(work: Work, hearing: Hearing) -> Handled | None:
    """Carry out a command of somebody entitled to it; a stranger's is answered politely and does nothing."""
    command = hearing.command
    if command is None or command.verb not in _COMMANDS:
        return None
    if not hearing.actor.may_somewhere(command.verb):
        if not hearing.actor.posts and not command.numbers and len(hearing.text) > 8:
            return None  # a resident's sentence that merely begins like a command
        await reply(work, hearing, NotYours())
        return Handled(Kind.CHATTER)
    try:
        await _COMMANDS[command.verb](work, hearing)
    except NotAllowed as refusal:
        await reply(work, hearing, refusal.saying)
        return Handled(Kind.CHATTER)
    except RuleViolation as refusal:
        await reply(work, hearing, refusal.saying)
    return Handled(Kind.COMMAND)


async def reply(work: Work, hearing: Hearing, saying: Saying, *, ticket_id: int | None = None) -> None:
    """Say something back to where the utterance came from."""
    to: RoomView | ContactView = hearing.room or hearing.contact
    await say(work, to, saying, ticket_id=ticket_id)


async def _ticket(work: Work, hearing: Hearing) -> tuple[TicketView, str]:
    command = hearing.command
    if command is None:
        raise ValueError("no command")
    return await which_ticket(work, hearing, command.verb, command.numbers), command.rest


async def _claim(work: Work, hearing: Hearing) -> None:
    ticket, _ = await _ticket(work, hearing)
    await handling.claim_ticket(work, ticket)
    if hearing.room is None or hearing.room.kind is not RoomKind.RESIDENTS:
        saying = YoursNow(ticket.number, work.by.name, ticket.promised_at, work.now)
        await reply(work, hearing, saying, ticket_id=ticket.id)


async def _resolve(work: Work, hearing: Hearing) -> None:
    ticket, outcome = await _ticket(work, hearing)
    await handling.resolve_ticket(work, ticket, outcome, await pictures_with(work, hearing))
    after = await q.ticket_by_id(work.tx, ticket.id)
    await _done(work, hearing, ticket, Verb.RESOLVE, everywhere=after is not None and after.state is State.RESOLVED)


async def pictures_with(work: Work, hearing: Hearing) -> list[Said]:
    """Return the pictures that the speaker sent here together with this utterance or shortly before."""
    return await recent_pictures(
        work.tx,
        contact_id=hearing.contact.id,
        room_id=hearing.room.id if hearing.room else None,
        since=hearing.spoken.first_at - PICTURES_WITHIN,
    )


async def _return(work: Work, hearing: Hearing) -> None:
    ticket, reason = await _ticket(work, hearing)
    await handling.return_ticket(work, ticket, reason)
    await reply(work, hearing, Done(ticket.number, VERB_NAMES[Verb.RETURN], reason), ticket_id=ticket.id)


async def _transfer(work: Work, hearing: Hearing) -> None:
    ticket, whom = await _ticket(work, hearing)
    name = await handling.transfer_ticket(work, ticket, whom)
    await reply(work, hearing, Done(ticket.number, f"转给{name}了"), ticket_id=ticket.id)


async def _hold(work: Work, hearing: Hearing) -> None:
    ticket, rest = await _ticket(work, hearing)
    until, reason = find_day(rest, work.now, work.house.zone)
    if not reason:
        raise WrongState(NeedsReason(VERB_NAMES[Verb.HOLD]))
    await handling.hold_ticket(work, ticket, reason, until)
    await _done(work, hearing, ticket, Verb.HOLD)


async def _resume(work: Work, hearing: Hearing) -> None:
    ticket, _ = await _ticket(work, hearing)
    await handling.resume_ticket(work, ticket)
    await _done(work, hearing, ticket, Verb.RESUME, everywhere=True)


async def _verify(work: Work, hearing: Hearing) -> None:
    ticket, _ = await _ticket(work, hearing)
    await handling.verify_ticket(work, ticket)
    await _done(work, hearing, ticket, Verb.VERIFY)


async def _send_back(work: Work, hearing: Hearing) -> None:
    ticket, reason = await _ticket(work, hearing)
    await handling.send_back_ticket(work, ticket, reason)
    await _done(work, hearing, ticket, Verb.SEND_BACK, everywhere=True)


async def _reopen(work: Work, hearing: Hearing) -> None:
    ticket, _ = await _ticket(work, hearing)
    await handling.reopen_ticket(work, ticket)
    await _done(work, hearing, ticket, Verb.REOPEN)


async def _reject(work: Work, hearing: Hearing) -> None:
    ticket, reason = await _ticket(work, hearing)
    await handling.reject_ticket(work, ticket, reason)
    await _done(work, hearing, ticket, Verb.REJECT)


async def _dismiss(work: Work, hearing: Hearing) -> None:
    ticket, _ = await _ticket(work, hearing)
    await handling.dismiss_ticket(work, ticket)
    await _done(work, hearing, ticket, Verb.DISMISS, everywhere=True)


async def _dispatch(work: Work, hearing: Hearing) -> None:
    ticket, _ = await _ticket(work, hearing)
    ticket = await confirmed(work, ticket, aloud=True)
    check_step(Verb.DISPATCH, ticket.state, number=ticket.number, now=work.now)
    if not await dispatch_to_room(work, ticket):
        raise NotFound(NobodyThere("工作群"))
    await _done(work, hearing, ticket, Verb.DISPATCH)


async def _retype(work: Work, hearing: Hearing) -> None:
    command = hearing.command
    if command is None:
        return
    case_type = work.house.case_types.named(command.rest)
    ticket = await which_ticket(work, hearing, Verb.RETYPE, command.numbers)
    await handling.retype_ticket(work, ticket, case_type)
    if ticket.state is State.CANDIDATE:
        again = await q.ticket_by_id(work.tx, ticket.id)
        await confirm_ticket(work, again or ticket)
    await reply(work, hearing, Done(ticket.number, f"改成{case_type.name}"), ticket_id=ticket.id)


async def _merge(work: Work, hearing: Hearing) -> None:
    command = hearing.command
    if command is None:
        return
    if not command.numbers:
        raise InvalidInput(NeedsTwo())
    into = await access_ticket(work, command.numbers[-1], Verb.MERGE)
    if len(command.numbers) > 1:
        ticket = await access_ticket(work, command.numbers[0], Verb.MERGE)
    else:
        others = [t for t in await candidates(work, hearing, Verb.MERGE) if t.id != into.id]
        if len(others) != 1:
            raise InvalidInput(NeedsTwo())
        ticket = others[0]
    await handling.merge_ticket(work, ticket, into)
    await reply(work, hearing, Done(ticket.number, f"并入 {into.number}"), ticket_id=into.id)


async def _query(work: Work, hearing: Hearing) -> None:
    command = hearing.command
    if command is not None and (command.numbers or hearing.spoken.quoted is not None):
        ticket = await which_ticket(work, hearing, Verb.QUERY, command.numbers)
        await reply(work, hearing, await card(work, ticket), ticket_id=ticket.id)
        return
    paths = [post.path for post in hearing.actor.posts]
    found = await q.open_tickets_below(work.tx, paths, limit=100)
    lines = tuple(ticket_line(work, ticket) for ticket in found[:10])
    await reply(work, hearing, TicketList(lines, max(len(found) - 10, 0)))


async def card(work: Work, ticket: TicketView) -> TicketCard:
    """Put together all that is known of a ticket, for staff; the evidence are the resident's very words."""
    reports = [one for one in await words_on(work, [ticket]) if one.kind == "report"]
    events = await history(work.tx, ticket.id)
    evidence = ticket.understood.get("evidence") or []
    return TicketCard(
        number=ticket.number,
        type_name=work.house.case_types.name(ticket.case_type),
        state_name=STATE_NAMES[ticket.state],
        urgency_name=URGENCY_NAMES[ticket.urgency],
        node=ticket.node_name,
        place=place_words(ticket.understood),
        words=short(ticket.summary, 80),
        evidence=tuple(dict.fromkeys(str(one["text"]) for one in evidence))[:6],
        mouths=len({one.contact_id for one in reports}),
        holder=ticket.holder_name,
        due=ticket.due_at,
        outcome=ticket.outcome,
        lines=tuple((e.at, event_line(e.verb, e.by, e.note)) for e in events),
        now=work.now,
    )


def event_line(verb: str, by: str | None, note: str) -> str:
    """Say one line of history in the field's own words."""
    names = {str(verb): name for verb, name in VERB_NAMES.items()}
    names |= {"file": "受理", "join": "又有人反映", "progress": "补充", "thanks": "致谢"}
    names |= {"answer": "补充地点", "picture": "补充照片"}
    if verb == Verb.VERIFY and not by:
        return "答复居民"
    who = f"（{by}）" if by else ""
    return f"{names.get(verb, verb)}{who}{f'：{short(note, 30)}' if note else ''}"


def ticket_line(work: Work, ticket: TicketView) -> TicketLine:
    """Say one ticket in a line."""
    return TicketLine(
        number=ticket.number,
        type_name=work.house.case_types.name(ticket.case_type),
        state_name=STATE_NAMES[ticket.state],
        node=ticket.node_name,
        holder=ticket.holder_name,
        due=ticket.due_at,
        overdue=ticket.due_at is not None and ticket.due_at < work.now,
        now=work.now,
    )


async def _done(work: Work, hearing: Hearing, ticket: TicketView, verb: Verb, *, everywhere: bool = False) -> None:
    """Tell staff that a step was carried out, unless the room has just heard it anyway."""
    heard = hearing.room is not None and hearing.room.id == ticket.room_id and not everywhere
    if not heard:
        await reply(work, hearing, Done(ticket.number, VERB_NAMES[verb]), ticket_id=ticket.id)


_COMMANDS: dict[Verb, Callable[[Work, Hearing], Awaitable[None]]] = {
    Verb.CLAIM: _claim,
    Verb.RESOLVE: _resolve,
    Verb.RETURN: _return,
    Verb.TRANSFER: _transfer,
    Verb.HOLD: _hold,
    Verb.RESUME: _resume,
    Verb.VERIFY: _verify,
    Verb.SEND_BACK: _send_back,
    Verb.REOPEN: _reopen,
    Verb.REJECT: _reject,
    Verb.DISMISS: _dismiss,
    Verb.DISPATCH: _dispatch,
    Verb.RETYPE: _retype,
    Verb.MERGE: _merge,
    Verb.QUERY: _query,
}


async def handle_help(work: Work, hearing: Hearing) -> Handled | None:
    """Say what can be typed, to staff who ask for it."""
    if hearing.text.strip() not in {"帮助", "怎么用", "help"} or not hearing.is_staff:
        return None
    await reply(work, hearing, HowTo())
    return Handled(Kind.COMMAND)
