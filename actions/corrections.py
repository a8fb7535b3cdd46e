"""Keeping what leaders say of the bot's understanding: labelled examples from which `huiyin learn` proposes changes."""

from actions.work import Work
from storage.queries import tickets as q
from storage.queries.tickets import TicketView

NO_REPORT = "-"  # the right answer where nobody should have been asked at all


async def keep_example(work: Work, ticket: TicketView, right: str) -> None:
    """Keep the words that opened a ticket with their right case type, or `-`: 否 and 改类 correct, 是 confirms."""
    first = (await q.reports_of(work.tx, [ticket.id]))[0]
    await q.add_correction(
        work.tx,
        utterance_id=first.utterance_id,
        person_id=work.by.person_id,
        at=work.now,
        text=first.text,
        was=ticket.case_type,
        now=right,
    )
