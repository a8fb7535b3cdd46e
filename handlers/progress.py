"""Words about an open ticket: more facts, +1, asking after it, and the place that was asked for."""

import re
from datetime import timedelta

from actions.outbox import say
from actions.tickets import add_place, note_word
from actions.work import Work
from handlers.hearing import Handled, Hearing, quoted_ticket, words_on
from handlers.incidents import leaning_on
from handlers.report import as_report, place_words
from nlp.decision import Kind
from nlp.place import find_place
from rules.org import RoomKind
from rules.sayings import PlaceNoted, Progress
from rules.talk import Mention
from rules.tickets import FINAL, STATE_NAMES, State
from storage.queries import outbox as outbox_q
from storage.queries.tickets import TicketView

_ASKS = re.compile(
    r"(还没|怎么还|什么时候|啥时候|多久|几点|到底|有没有人(来|管|修|处理|看|弄)|谁(来|去)?(管|负责|修)|进度|到哪(一步)?了|有(结果|消息|回音)|修(了|好)没|好了(没|吗))"
)
SHORT = 16  # characters of a question such as 还没好吗, 到底什么时候来人
SAID_AGAIN_AFTER = timedelta(minutes=30)
PLACE_HOLDS = timedelta(hours=2)  # how long the question for a place waits for its answer


async def handle_missing_place(work: Work, hearing: Hearing) -> Handled | None:
    """Attach the answer to the bot's question where it is."""
    if hearing.room is None or not hearing.tickets or len(hearing.text) > 40:
        return None
    reports = hearing.decision.case_type if hearing.decision.kind is Kind.REPORT else None
    for ticket in reversed(hearing.tickets):
        if ticket.reporter_id != hearing.contact.id or ticket.state in FINAL:
            continue
        if ticket.understood.get("place_words") or reports not in (None, ticket.case_type):
            continue  # it has one; or they speak of another trouble
        asked = await outbox_q.last_said(work.tx, f"place:{ticket.id}:")
        place = find_place(hearing.text)
        if asked is not None and work.now - asked <= PLACE_HOLDS and place:
            words = place_words(place)
            await note_word(work, ticket, as_report(hearing), "answer")
            await add_place(work, ticket, place.as_dict(), words)
            await say(work, hearing.room, PlaceNoted(ticket.number, words), ticket_id=ticket.id)
            return Handled(Kind.PROGRESS)
    return None


async def handle_progress(work: Work, hearing: Hearing) -> Handled | None:
    """Put a word about an open ticket on it; whoever asks after it hears how it stands, once in a while."""
    if hearing.room is None or not hearing.tickets or hearing.room.kind is not RoomKind.RESIDENTS:
        return None
    quoted = await quoted_ticket(work, hearing)
    asks = bool(_ASKS.search(hearing.text))
    if hearing.decision.kind is Kind.REPORT or hearing.is_staff:
        return None
    if hearing.decision.kind is not Kind.PROGRESS and quoted is None and not (asks and await _is_theirs(work, hearing)):
        return None
    alive = [ticket for ticket in hearing.tickets if ticket.state not in FINAL]
    ticket = next((t for t in alive if t.id == quoted), None) or await leaning_on(work, hearing, alive)
    if ticket is None:
        return None
    await note_word(work, ticket, as_report(hearing), "progress")
    if asks and ticket.state is not State.CANDIDATE:
        await _tell(work, hearing, ticket)
    return Handled(Kind.PROGRESS)


async def _is_theirs(work: Work, hearing: Hearing) -> bool:
    """Tell whether a short question comes from somebody who waits for an answer here: it's about that, hours later."""
    if len(hearing.text) > SHORT:
        return False
    alive = {ticket.id for ticket in hearing.tickets if ticket.state not in FINAL}
    words = await words_on(work, hearing.tickets)
    return any(one.contact_id == hearing.contact.id and one.ticket_id in alive for one in words)


async def _tell(work: Work, hearing: Hearing, ticket: TicketView) -> None:
    topic = f"progress:{ticket.id}:{hearing.spoken.room_id}:"
    last = await outbox_q.last_said(work.tx, topic)
    if hearing.room is None or (last is not None and work.now - last < SAID_AGAIN_AFTER):
        return
    saying = Progress(
        number=ticket.number,
        type_name=work.house.case_types.name(ticket.case_type),
        state_name=STATE_NAMES[ticket.state],
        holder=ticket.holder_name,
        due=ticket.promised_at if ticket.state is not State.ANSWERED else None,
        now=work.now,
        hold_until=ticket.hold_until if ticket.state is State.ON_HOLD else None,
    )
    mention = Mention(hearing.contact.external_id, hearing.contact.name)
    await say(work, hearing.room, saying, mentions=[mention], ticket_id=ticket.id, topic=topic)
