"""What a run in the simulator amounts to: the database's figures against what people in it really said and saw."""

from collections import Counter
from dataclasses import asdict, dataclass

from bot.scene import ACCOUNT, SimulatedScene
from storage.queries.audit import totals
from storage.queries.figures import kept_messages, planned
from storage.queries.notices import count_notices
from storage.queries.tickets import count_by_state


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of a run; `seconds` is how long it took by the clock on the wall.

    `sent_twice` counts what arrived more often than it was to be sent; `lost` counts what was due and didn't arrive,
    and what somebody said and isn't in the database.
    """

    rooms: int
    messages: int
    reports: int
    tickets: dict[str, int]
    notices: int
    deliveries: int
    sent_twice: int
    lost: int
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Tell whether everything happened exactly once."""
        return not self.sent_twice and not self.lost

    def as_json(self) -> dict[str, object]:
        """Return the figures for programs."""
        return asdict(self)


async def tally(scene: SimulatedScene, seconds: float) -> Tally:
    """Count what there is at this moment of the scene's clock."""
    async with scene.app.database.read() as tx:
        counted = await totals(tx)
        tickets = await count_by_state(tx)
        notices, deliveries = await count_notices(tx)
        due = await planned(tx, ACCOUNT, scene.clock())
        kept = await kept_messages(tx, ACCOUNT)
    wanted = Counter((one.place, one.file_name or one.text) for one in due)
    came = Counter(
        (one.to.room_id or one.to.person_id or "", one.content.file.name if one.content.file else one.content.text)
        for one in scene.simulator.arrived
    )
    unheard = scene.simulator.said - kept
    return Tally(
        rooms=counted["rooms"],
        messages=counted["messages"],
        reports=counted["reports"],
        tickets=dict(sorted(tickets.items())),
        notices=notices,
        deliveries=deliveries,
        sent_twice=(came - wanted).total(),
        lost=(wanted - came).total() + len(unheard),
        seconds=round(seconds, 2),
    )
