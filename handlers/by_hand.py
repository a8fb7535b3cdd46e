"""By-hand mode, in a direct chat: 「待贴」 shows the next text to paste, 「已贴 12」 ticks one off."""

from actions.by_hand import next_to_paste, tick_off
from actions.work import Work
from handlers.hearing import Handled, Hearing
from handlers.ticket_commands import reply
from nlp.decision import Kind
from rules.errors import RuleViolation
from rules.sayings import TickedOff


async def handle_by_hand(work: Work, hearing: Hearing) -> Handled | None:
    """Show, or tick off, what somebody of the staff has to paste into rooms while an account is lost."""
    word = hearing.direct
    if word is None or word.word not in ("待贴", "已贴") or not hearing.is_staff:
        return None
    try:
        if word.word == "已贴":
            if word.number is None:
                return None
            left = await tick_off(work, word.number)
            await reply(work, hearing, TickedOff(word.number, left))
            if not left:
                return Handled(Kind.COMMAND)
        await reply(work, hearing, await next_to_paste(work))
    except RuleViolation as refusal:
        await reply(work, hearing, refusal.saying)
    return Handled(Kind.COMMAND)
