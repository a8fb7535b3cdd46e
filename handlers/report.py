"""A new report: the same trouble as one that is known joins it, else it is filed, or asked about."""

from actions.tickets import Report, file_ticket, join_ticket
from actions.work import Work
from handlers.hearing import Handled, Hearing
from handlers.incidents import same_incident
from handlers.ticket_commands import reply
from nlp.decision import Action, Decision, Kind
from nlp.place import Place, find_place
from rules.deadlines import Urgency
from rules.org import RoomKind
from rules.sayings import SayItInTheRoom


async def handle_report(work: Work, hearing: Hearing) -> Handled | None:
    """File what is a report; below the type's `auto` threshold the leader is asked first."""
    if hearing.decision.kind is not Kind.REPORT:
        return None
    if hearing.room is None:
        if not hearing.is_staff:
            await reply(work, hearing, SayItInTheRoom())
        return Handled()
    if hearing.room.kind in (RoomKind.DISPATCH, RoomKind.STAFF):
        return Handled()  # staff among themselves speak of troubles all day
    report = as_report(hearing)
    match = await same_incident(work, hearing, report)
    if match is not None:
        await join_ticket(work, match.ticket, report, match.why)
    else:
        await file_ticket(work, report, candidate=hearing.decision.action is not Action.AUTO)
    return Handled()


def as_report(hearing: Hearing) -> Report:
    """Put together what is filed: the words, and all that was understood of them."""
    decision, room = hearing.decision, hearing.room
    if room is None:
        raise ValueError("only what is said in a room can be put on a ticket")
    place = find_place(hearing.text) if decision.kind is Kind.REPORT else Place()
    return Report(
        utterance_id=hearing.spoken.id,
        room=room,
        contact=hearing.contact,
        text=hearing.text or "[图片]",
        at=hearing.spoken.first_at,
        case_type=decision.case_type or "enquiry",
        score=decision.score,
        urgency=Urgency(decision.urgency or Urgency.NORMAL),
        place=place_words(place),
        understood=understood(decision, place) | {"place_words": place_words(place)},
    )


def understood(decision: Decision, place: Place) -> dict[str, object]:
    """Return what is kept with an utterance or ticket: the evidence for the leader, the place, the urgency."""
    return {
        "second": decision.second,
        "urgency": decision.urgency,
        "evidence": [
            {"text": e.text, "start": e.start, "end": e.end, "weight": round(e.weight, 3)} for e in decision.evidence
        ],
        "place": place.as_dict() if place else None,
    }


def place_words(place: Place) -> str:
    """Say a place the way people do: 翠湖里 20号楼 3单元 107室 门口."""
    floor = place.floor
    said = f"地下{floor[1:]}层" if floor and floor.startswith("-") else f"{floor}楼" if floor else ""
    building = place.building
    if building:
        building = f"{building}号楼" if building.isdigit() else f"{building}栋"
    parts = (
        place.estate,
        place.road,
        building,
        f"{place.unit}单元" if place.unit else "",
        said,
        f"{place.room}室" if place.room else "",
        place.spot,
    )
    return "".join(part for part in parts if part)
