"""One step of a ticket: the conditional move, its line in the history and its entry in the audit log."""

from actions.work import Work
from rules.deadlines import Urgency, due
from rules.errors import WrongState
from rules.roles import Verb
from rules.sayings import CantStep, NeedsReason
from rules.tickets import STATE_NAMES, Move, State, check_step
from storage.queries import audit
from storage.queries import tickets as q
from storage.queries.tickets import TicketView

VERB_NAMES: dict[Verb | Move, str] = {
    Verb.CONFIRM: "确认", Verb.DISMISS: "不是诉求", Verb.DISPATCH: "派单", Verb.CLAIM: "接单", Verb.RETURN: "退单",
    Verb.TRANSFER: "转派", Verb.HOLD: "挂起", Verb.RESUME: "恢复", Verb.RESOLVE: "办结", Verb.VERIFY: "核查",
    Verb.SEND_BACK: "退回", Verb.REOPEN: "重办", Verb.REJECT: "不予受理", Verb.MERGE: "并入", Verb.RETYPE: "改类",
    Verb.QUERY: "查询", Verb.BIND: "绑定", Verb.PUBLISH: "通知", Move.RATE: "回访", Move.EXPIRE: "无回访结案",
}  # fmt: skip


async def move(
    work: Work, ticket: TicketView, verb: Verb | Move, *, note: str = "", target: State | None = None, **values: object
) -> State:
    """Carry out one step of the table, if nobody else was faster, and return the new state.

    Reopening keeps the first clock's history: every line carries the clock it started.

    Raises:
        WrongState: the table has no such step from here, or the ticket has moved meanwhile.
        InvalidInput: the step needs a reason and has none.

    """
    step = check_step(verb, ticket.state, number=ticket.number, closed_at=ticket.closed_at, now=work.now)
    if step.needs_reason and not note.strip():
        raise WrongState(NeedsReason(VERB_NAMES[verb]))
    new = target or step.target
    clock, due_at = due(new, Urgency(str(values.get("urgency", ticket.urgency))), work.now)
    moved = await q.move_ticket(work.tx, ticket.id, ticket.state, new, clock=clock, due_at=due_at, **values)
    if not moved:
        current = await q.ticket_by_id(work.tx, ticket.id)
        raise WrongState(CantStep(ticket.number, STATE_NAMES[current.state if current else ticket.state]))
    await note_event(work, ticket.id, verb, source=ticket.state, target=new, note=note, clock=clock, due_at=due_at)
    return new


async def note_event(
    work: Work, ticket_id: int, verb: Verb | Move | str, *, source: State | None, target: State, note: str = "",
    **values: object,
) -> None:  # fmt: skip
    """Write one line of history and one audit entry in the actor's name."""
    work.touch(ticket_id)
    person_id, contact_id = work.by.person_id, work.by.contact_id
    await q.add_event(
        work.tx,
        ticket_id=ticket_id,
        at=work.now,
        verb=str(verb),
        source=source,
        target=target,
        note=note,
        person_id=person_id,
        contact_id=contact_id,
        **values,
    )
    await audit.add_audit(
        work.tx,
        at=work.now,
        person_id=person_id,
        contact_id=contact_id,
        action=f"ticket.{verb}",
        target=f"ticket:{ticket_id}",
    )
