"""A leader's plain answer to an open ticket: 「我马上派人去」 takes it, 「换好了」 finishes it, a quote offers it."""

import re
from datetime import timedelta

from actions import handling
from actions.answers import add_pictures
from actions.outbox import say
from actions.work import Work
from handlers.candidates import offer_topic
from handlers.hearing import Handled, Hearing, quoted_ticket
from handlers.ticket_commands import pictures_with
from handlers.which import candidates
from nlp.similarity import terms
from rules.errors import RuleViolation
from rules.org import RoomKind
from rules.roles import Verb
from rules.sayings import ClaimOffered
from rules.talk import Form, Mention
from rules.tickets import UNCLAIMED, State
from storage.queries.tickets import TicketView, open_tickets_below

_PROMISE = re.compile(
    r"(我|咱们?|我们)?(马上|这就|现在就|立刻|立马|稍后|一会儿?|等下|今天|下午|上午|晚点)?(就)?(派|安排|叫|喊|找|联系|通知|带|请)"
    r"(了|好了|人|个|师傅|物业|维修|电工|保洁|工人|他们|一下|电梯|公司|[^，。,.!！?？]{0,8}(去|来|过来|过去|处理|更换|维修|换|修|看))"
    r"|(我|咱们?|我们)(马上|这就|现在|立刻|立马|来|去|过去|正在|已经)[^，。,.!！?？]{0,8}(去|来|看|处理|办|跟进|到|联系|报)"
    r"|(师傅|维修|工人|物业|电梯公司|人)[^，。,.!！?？]{0,8}(马上|已经|这就|正在|在)[^，。,.!！?？]{0,6}(到|来|去|过去|路上|赶)"
    r"|(马上|这就)(处理|过去|到|来|办|去看|看看|解决)"
)
_DONE = re.compile(
    r"(修|换|弄|搞|处理|清理|清|装|补|疏通|解决|搬|拖|关|接|挪|协调|维修|更换|安装)(好|完|完毕|干净|通|走|上|掉)?了"
    r"|(已|已经)[^，。,.!！?？]{0,10}(好|完|毕|完成|恢复|解决|到位|正常|更换|修复|清理|处理)"
    r"|(恢复|正常|好|通水|来电|来水|搞定|完工|到位)了|完成$|修复$"
)
_NOT_YET = re.compile(r"[?？吗么]|没|还不|未|等|如果|要是|明天|下周|准备|打算|怎么|谁|哪")
PICTURE_FOLLOWS = timedelta(minutes=2)  # after 办结; later it belongs to something else
_BARE = re.compile(r"[\W_]|已经|都|给|大家|各位|邻居|业主|们|那个|刚刚?|现在|终于")
SAYS_NO_MORE = 5  # characters: 修好了, 已经处理好了
LONGEST = 120  # characters: a plain answer is short; what is longer is an announcement


async def handle_plain_answer(work: Work, hearing: Hearing) -> Handled | None:
    """Take a plain answer of entitled staff as the step that it plainly says, where only one ticket can be meant."""
    room = hearing.room
    text = hearing.text.strip()
    if room is None or room.kind is not RoomKind.RESIDENTS or not hearing.tickets or not hearing.is_staff:
        return None
    if not text or len(text) > LONGEST or not work.by.may(Verb.CLAIM, room.path):
        return None
    quoted = await quoted_ticket(work, hearing)
    try:
        if _DONE.search(text) and not _NOT_YET.search(text):
            ticket = _one(await candidates(work, hearing, Verb.RESOLVE), work, quoted, own=True)
            if ticket is not None and (quoted is not None or _speaks_of(hearing, ticket)):
                await handling.resolve_ticket(work, ticket, text, await pictures_with(work, hearing))
                return Handled()
        if _PROMISE.search(text):
            ticket = _one(await candidates(work, hearing, Verb.CLAIM), work, quoted, own=False)
            if ticket is not None:
                await handling.claim_ticket(work, ticket)
                return Handled()
        if quoted is not None:
            await _offer(work, hearing, quoted)
    except RuleViolation:
        return None  # what wasn't asked of us needs no refusal
    return None


def _speaks_of(hearing: Hearing, ticket: TicketView) -> bool:
    """Tell whether 「…好了」 is said of this ticket: bare, with a photo, or with a word that its report has too."""
    bare = len(_BARE.sub("", hearing.text)) <= SAYS_NO_MORE
    shown = any(said.form is Form.IMAGE for said in hearing.spoken.messages)
    return bare or shown or any(len(term) > 1 for term in terms(hearing.text) & terms(ticket.summary))


async def handle_late_picture(work: Work, hearing: Hearing) -> Handled | None:
    """Take a picture that follows 办结 as belonging to it: people type first and then look for the photo."""
    pictures = [said for said in hearing.spoken.messages if said.form is Form.IMAGE]
    if not pictures or hearing.text.strip() or not hearing.is_staff:
        return None
    paths = [post.path for post in hearing.actor.posts]
    tickets = hearing.tickets or await open_tickets_below(work.tx, paths, limit=200)
    just_done = [
        ticket
        for ticket in tickets
        if ticket.holder_id == work.by.person_id
        and ticket.state in (State.RESOLVED, State.ANSWERED)
        and ticket.resolved_at is not None
        and timedelta(0) <= hearing.spoken.first_at - ticket.resolved_at <= PICTURE_FOLLOWS
    ]
    if len(just_done) != 1:
        return None
    await add_pictures(work, just_done[0], pictures)
    return Handled()


def _one(found: list[TicketView], work: Work, quoted: int | None, *, own: bool) -> TicketView | None:
    """Return the only ticket that can be meant: the quoted one, the speaker's own, or the only one there is."""
    if quoted is not None:
        return next((ticket for ticket in found if ticket.id == quoted), None)
    mine = [t for t in found if t.holder_id == work.by.person_id and t.state is State.IN_PROGRESS]
    surely = [t for t in found if t.state is not State.CANDIDATE] or found
    pool = mine if own and mine else surely
    return pool[0] if len(pool) == 1 else None


async def _offer(work: Work, hearing: Hearing, ticket_id: int) -> None:
    ticket = next((t for t in hearing.tickets if t.id == ticket_id and t.state in UNCLAIMED), None)
    if ticket is None or hearing.room is None:
        return
    saying = ClaimOffered(ticket.number, work.house.case_types.name(ticket.case_type))
    mention = Mention(hearing.contact.external_id, hearing.contact.name)
    topic = offer_topic(ticket.id, hearing.contact.id)
    await say(work, hearing.room, saying, mentions=[mention], ticket_id=ticket.id, topic=topic)
