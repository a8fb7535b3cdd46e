"""The resident's word on an answer: 1, 2, thanks, 还是没好; and their word that it's fixed before anybody said so."""

import re
from datetime import timedelta

from actions.answers import rate_ticket, reopen_by_resident, settle_by_reporter
from actions.tickets import note_word
from actions.work import Work
from handlers.hearing import Handled, Hearing, quoted_ticket, words_on
from handlers.incidents import leaning_on
from handlers.report import as_report
from nlp.decision import Kind
from rules.tickets import OPEN, State
from storage.queries.tickets import TicketView

_GOOD = re.compile(r"^(1|１|①|一|满意|很满意|非常满意|好评|👍+|满意\s*1|1\s*满意)[了的!！。.~\s]*$")
_BAD = re.compile(
    r"^(2|２|②|二|2\s*不满意)[了的!！。.~\s]*$|^(很|非常|太)?不满意|^差评|"
    r"(还是?|根本|压根|又|仍然?|依旧|照样)(没有?|不|未)?(修好|弄好|解决|好|行|亮|通|漏|坏|堵|停|响|臭|吵|一样|老样子)|"
    r"没(修好|解决|弄好|处理好|换好|好)"
)
_THANKS = re.compile(r"谢|辛苦|感谢|点赞|给力|真快|好快|👍|🙏|🌹|(修|弄|换|处理|解决)好了")
_ASKS = re.compile(r"[?？吗么]|没|不")
_FIXED = re.compile(
    r"(修好|弄好|好|通|亮|换|恢复|解决|处理好?|清走|拖走|搞定|搞好|来水|来电|不漏|不响|不堵)了|(已经|现在|终于).{0,6}(好|正常)"
)
REOPEN_BY_WORDS = timedelta(hours=72)


async def handle_rating(work: Work, hearing: Hearing) -> Handled | None:
    """Take what the reporter of an answered ticket says of it as their rating."""
    if not hearing.tickets or hearing.room is None:
        return None
    text = hearing.text.strip()
    thanks = hearing.decision.kind is Kind.THANKS
    praise = len(text) <= 40 and bool(_THANKS.search(text)) and not _ASKS.search(text)
    good, bad = bool(_GOOD.match(text)), len(text) <= 40 and bool(_BAD.search(text))
    if not (thanks or praise or good or bad):
        return None
    mine = await _reported_by(work, hearing)
    leaning = await leaning_on(work, hearing, hearing.tickets) if thanks else None
    if thanks and not hearing.is_staff and await _is_of_others(work, hearing, mine, leaning):
        return await _thanks_of_others(work, hearing, leaning)
    if not mine:
        return None
    ticket = await _meant(work, hearing, mine, leaning)
    if _is_own_work(work, ticket) or (bad and _is_of_another(hearing, ticket)):
        return None
    if ticket.state is State.ANSWERED:
        await note_word(work, ticket, as_report(hearing), "thanks" if not bad else "progress")
        await rate_ticket(work, ticket, hearing.room, satisfied=not bad, words=text)
        return Handled(Kind.THANKS if (thanks or praise) and not bad else _kind(hearing, bad=bad))
    if ticket.state is State.CLOSED:
        recent = ticket.closed_at is not None and work.now - ticket.closed_at <= REOPEN_BY_WORDS
        if bad and recent and not good:
            await note_word(work, ticket, as_report(hearing), "progress")
            await reopen_by_resident(work, ticket, hearing.room, text)
            return Handled(Kind.PROGRESS)
    return await _keep_thanks(work, hearing, ticket, bad=bad) if thanks else None


async def _keep_thanks(work: Work, hearing: Hearing, ticket: TicketView, *, bad: bool) -> Handled:
    """Put the reporter's thanks on their ticket, also on one that is over; who says that it's fixed settles it."""
    await note_word(work, ticket, as_report(hearing), "thanks")
    text = hearing.text.strip()
    if hearing.room is not None and ticket.state in OPEN and _FIXED.search(text) and not bad:
        await settle_by_reporter(work, ticket, hearing.room, text)
    return Handled(Kind.THANKS)


def _is_own_work(work: Work, ticket: TicketView) -> bool:
    """Tell whether somebody would rate what they did themselves, where the type asks for another pair of eyes."""
    case_type = work.house.case_types.by_code.get(ticket.case_type)
    wants_another = case_type is not None and case_type.verify
    return wants_another and work.by.person_id is not None and work.by.person_id == ticket.holder_id


def _is_of_another(hearing: Hearing, ticket: TicketView) -> bool:
    """Tell whether 「充电桩又坏了」 reports a trouble of another type; 「还是没解决」 never does."""
    said, found = hearing.decision, _BAD.search(hearing.text.strip())
    return (
        said.kind is Kind.REPORT
        and hearing.spoken.quoted is None
        and found is not None
        and found[0].startswith("又")
        and ticket.case_type not in (said.case_type, said.second)
    )


def _kind(hearing: Hearing, *, bad: bool) -> Kind | None:
    if bad and hearing.decision.kind in (Kind.CHATTER, Kind.REPORT):
        return Kind.PROGRESS
    return None


async def _reported_by(work: Work, hearing: Hearing) -> list[TicketView]:
    words = await words_on(work, hearing.tickets)
    mine = {one.ticket_id for one in words if one.contact_id == hearing.contact.id and one.kind == "report"}
    return [ticket for ticket in hearing.tickets if ticket.id in mine]


async def _meant(work: Work, hearing: Hearing, mine: list[TicketView], leaning: TicketView | None) -> TicketView:
    """Return the one quoted, else the last answered, else what the words lean on, else of their type, else the last."""
    quoted = await quoted_ticket(work, hearing)
    if found := [ticket for ticket in mine if ticket.id == quoted]:
        return found[0]
    if answered := [ticket for ticket in mine if ticket.state is State.ANSWERED]:
        return max(answered, key=lambda ticket: ticket.answered_at or ticket.reported_at)
    if leaning is not None and (found := [ticket for ticket in mine if ticket.id == leaning.id]):
        return found[0]
    return ([ticket for ticket in mine if ticket.case_type == hearing.decision.case_type] or mine)[-1]


async def _is_of_others(work: Work, hearing: Hearing, mine: list[TicketView], leaning: TicketView | None) -> bool:
    """Whether thanks are for what others reported: nobody asked the speaker for a word, and these lean elsewhere."""
    if not mine:
        return True
    asked = any(ticket.state is State.ANSWERED for ticket in mine) or await quoted_ticket(work, hearing) is not None
    return not asked and leaning is not None and leaning.id not in {ticket.id for ticket in mine}


async def _thanks_of_others(work: Work, hearing: Hearing, leaning: TicketView | None) -> Handled:
    """Keep the thanks of somebody who didn't report: it closes nothing."""
    alike = [t for t in hearing.tickets if t.case_type == hearing.decision.case_type] or list(hearing.tickets)
    await note_word(work, leaning or alike[-1], as_report(hearing), "thanks")
    return Handled(Kind.THANKS)
