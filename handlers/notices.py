"""The notice dialogue in a direct chat: 通知 <范围>, then text or picture, a preview with the count, 确认."""

from collections.abc import Awaitable, Callable

from actions import notices
from actions.notices import Draft
from actions.outbox import say, say_to_person
from actions.work import Work
from handlers.candidates import is_yes_or_no
from handlers.commands import DirectWord
from handlers.hearing import Handled, Hearing
from handlers.ticket_commands import reply
from nlp.decision import Kind
from rules.errors import NotFound, RuleViolation
from rules.notice import NoticeState
from rules.pacing import Pace
from rules.privacy import count_private
from rules.roles import Verb
from rules.sayings import (
    NoDraft,
    NoticeBegun,
    NoticeCancelled,
    NoticePreview,
    NoticeResent,
    NoticeResult,
    NoticeSending,
    NoticeStopped,
    NotYours,
)
from rules.talk import Form
from rules.text import speakable
from storage.queries import attachments
from storage.queries import notices as q
from storage.queries.notices import NoticeView
from storage.queries.rooms import contacts_by_ids

SHOWN = 4  # how many rooms a preview names
_PARTS = (Form.IMAGE, Form.FILE, Form.VIDEO)


async def handle_notice(work: Work, hearing: Hearing) -> Handled | None:
    """Carry on the dialogue; whatever a leader with an open draft sends becomes its text or a part of it."""
    if hearing.room is not None:
        return None
    word = hearing.direct if hearing.direct and hearing.direct.word in _WORDS else None
    if not hearing.actor.may_somewhere(Verb.PUBLISH):
        if word is None or word.word != "通知":
            return None
        await reply(work, hearing, NotYours())
        return Handled(Kind.CHATTER)
    try:
        if word is not None:
            await _WORDS[word.word](work, hearing, word)
            return Handled(Kind.COMMAND)
        draft = await notices.current_draft(work)
        if draft is None or hearing.command is not None or is_yes_or_no(hearing.text) or hearing.spoken.quoted:
            return None
        await _add(work, hearing, draft, hearing.text)
    except RuleViolation as refusal:
        await reply(work, hearing, refusal.saying)
    return Handled(Kind.COMMAND)


async def _begin(work: Work, hearing: Hearing, word: DirectWord) -> None:
    audience, _, text = word.rest.partition("\n")
    draft = await notices.begin_notice(work, audience, "")
    has_parts = any(said.form in _PARTS for said in hearing.spoken.messages)
    if text.strip() or has_parts:
        await _add(work, hearing, draft, text.strip())
    else:
        some = tuple(room.topic for room in draft.rooms[:SHOWN])
        await reply(work, hearing, NoticeBegun(len(draft.rooms), some))


async def _add(work: Work, hearing: Hearing, draft: Draft, text: str) -> None:
    """Give the draft its text and parts, and show what would be sent."""
    if text:
        await q.set_text(work.tx, draft.notice.id, speakable(text))
    for said in hearing.spoken.messages:
        if said.form in _PARTS:
            name = said.file_name or ("图片.jpg" if said.form is Form.IMAGE else "文件")
            attachment_id, path = await attachments.want(work.tx, said.id, name, work.now)
            await q.add_part(work.tx, draft.notice.id, name=name, path=path, attachment_id=attachment_id)
    await reply(work, hearing, preview(await notices.load_draft(work, draft.notice.id)))


def preview(draft: Draft) -> NoticePreview:
    """Say what would be sent, and to whom."""
    return NoticePreview(
        text=draft.notice.text,
        parts=len(draft.parts),
        rooms=len(draft.rooms),
        some=tuple(room.topic for room in draft.rooms[:SHOWN]),
        masked=count_private(draft.notice.text),
        minutes=draft.minutes(Pace()),
    )


async def _confirm(work: Work, hearing: Hearing, _: DirectWord) -> None:
    draft = await _draft(work)
    rooms = await notices.publish_notice(work, draft)
    await reply(work, hearing, NoticeSending(draft.notice.id, rooms, draft.minutes(Pace())))


async def _cancel(work: Work, hearing: Hearing, _: DirectWord) -> None:
    await notices.cancel_draft(work, (await _draft(work)).notice)
    await reply(work, hearing, NoticeCancelled())


async def _draft(work: Work) -> Draft:
    draft = await notices.current_draft(work)
    if draft is None:
        raise NotFound(NoDraft())
    return draft


async def _stop(work: Work, hearing: Hearing, word: DirectWord) -> None:
    notice = await notices.access_notice(work, word.number)
    taken_back = await notices.stop_notice(work, notice)
    sent = sum(1 for one in await q.results(work.tx, notice.id) if one.state == "sent")
    await reply(work, hearing, NoticeStopped(notice.id, sent, taken_back))


async def _result(work: Work, hearing: Hearing, word: DirectWord) -> None:
    await reply(work, hearing, await result(work, await notices.access_notice(work, word.number)))


async def _resend_failed(work: Work, hearing: Hearing, word: DirectWord) -> None:
    notice = await notices.access_notice(work, word.number)
    count = await notices.resend_notice(work, notice, ["failed"])
    await reply(work, hearing, NoticeResent(notice.id, count))


async def _resend_unconfirmed(work: Work, hearing: Hearing, word: DirectWord) -> None:
    notice = await notices.access_notice(work, word.number)
    count = await notices.resend_notice(work, notice, ["unconfirmed"])
    await reply(work, hearing, NoticeResent(notice.id, count))


async def _arrived(work: Work, hearing: Hearing, word: DirectWord) -> None:
    notice = await notices.access_notice(work, word.number)
    await notices.confirm_arrived(work, notice)
    await reply(work, hearing, await result(work, notice))


async def result(work: Work, notice: NoticeView) -> NoticeResult:
    """Say how a notice went, room by room where it didn't."""
    found = await q.results(work.tx, notice.id)
    by_state = {state: sum(1 for one in found if one.state == state) for state in ("sent", "cancelled")}
    return NoticeResult(
        notice_id=notice.id,
        rooms=len(found),
        sent=by_state["sent"],
        waiting=sum(1 for one in found if one.state in ("waiting", "held", "sending", "by_hand")),
        cancelled=by_state["cancelled"],
        troubles=tuple((one.topic, one.state, one.trouble) for one in found if one.state in ("failed", "unconfirmed")),
    )


async def report_finished(work: Work) -> int:
    """Tell the senders of notices that have just gone out how they went; returns how many."""

    told = 0
    for notice in await q.finished(work.tx):
        if not await q.move_notice(work.tx, notice.id, [NoticeState.SENDING], NoticeState.DONE, done_at=work.now):
            continue  # another worker tells it
        told += 1
        writer = notice.contact_id and (await contacts_by_ids(work.tx, [notice.contact_id])).get(notice.contact_id)
        if writer:
            await say(work, writer, await result(work, notice))
        else:
            await say_to_person(work, notice.sender_id, await result(work, notice))
    return told


_WORDS: dict[str, Callable[[Work, Hearing, DirectWord], Awaitable[None]]] = {
    "通知": _begin,
    "确认": _confirm,
    "取消": _cancel,
    "停止": _stop,
    "通知结果": _result,
    "补发": _resend_failed,
    "重发": _resend_unconfirmed,
    "已到": _arrived,
}
