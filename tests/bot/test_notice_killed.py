"""A notice to 50 rooms through the real gateway, and the bot killed in the middle of it, again and again."""

from collections import Counter
from pathlib import Path

from actions.notices import confirm_arrived, resend_notice
from actions.work import Work
from bot.build import build_house
from bot.clock import utc_now
from bot.config import load_settings
from bot.notices import Letter, NoticeDesk
from rules.roles import SYSTEM
from storage.engine import Database
from storage.queries import notices as q
from tests.bot.nodegateway import NodeGateway
from tests.bot.process import ACCOUNT, OFFICER, Huiyin, make_rooms, write_config

ROOMS = 50
TEXT = "明天上午 9 点到 11 点停水检修，请提前备水。"


class Story:
    """One notice, as whoever publishes it sees it: the database's word and what stands in the rooms."""

    def __init__(self, database: Database, node: NodeGateway, config: Path) -> None:
        self.database = database
        self.node = node
        self.settings = load_settings(config, {})
        self.house = build_house(self.settings)
        self.desk = NoticeDesk(self.settings, database, self.house)
        self.notice_id = 0

    async def publish(self) -> list[str]:
        """Publish the notice; returns the rooms in the order of the plan."""
        letter = Letter(OFFICER, "全部", TEXT)
        draft = await self.desk.send(letter, await self.desk.preview(letter))
        self.notice_id = draft.notice.id
        return [room.external_id for room in draft.rooms]

    async def states(self) -> dict[str, str]:
        """The state of each room's delivery, by the room's topic."""
        return {room.topic: room.state for room in (await self.desk.look(self.notice_id)).rooms}

    async def arrived(self) -> Counter[str]:
        """How often the notice stands in each room."""
        return Counter(one["conversation"] for one in await self.node.ask("sent") if one.get("text") == TEXT)

    async def settle_unconfirmed(self) -> int:
        """Do what a person does with what stayed unconfirmed: look into the room, and say whether it is there."""
        states = await self.states()
        there = await self.arrived()
        open_rooms = [topic for topic, state in states.items() if state == "unconfirmed"]
        found = [there[f"room-{topic.removesuffix('栋群')}"] for topic in open_rooms]
        assert len(set(found)) <= 1, "settled one kill at a time, so that one answer fits all"
        if found:
            async with self.database.write() as tx:
                notice = await q.notice_by_id(tx, self.notice_id)
                assert notice is not None
                work = Work(house=self.house, tx=tx, now=utc_now(), by=SYSTEM, cause="person", account=ACCOUNT)
                if found[0]:
                    await confirm_arrived(work, notice)
                else:
                    await resend_notice(work, notice, ["unconfirmed"])
        return len(found)


async def test_each_room_gets_a_notice_once_however_often_the_bot_is_killed(
    database: Database, database_url: str, node: NodeGateway, tmp_path: Path
) -> None:
    config = write_config(tmp_path, database_url, node)
    await make_rooms(database, node, ROOMS)
    story = Story(database, node, config)
    plan = await story.publish()
    refusing, throttled, hanging, stalling = [plan[3], plan[21], plan[44]], plan[12], plan[17], plan[30]
    for room in refusing:
        await node.ask("fault", conversation=room, mode="refuse", times=99)
    await node.ask("fault", conversation=throttled, mode="throttle", times=2)
    await node.ask("fault", conversation=hanging, mode="hang")  # it arrives, and nobody is told
    await node.ask("fault", conversation=stalling, mode="stall")  # it doesn't arrive, and nobody is told

    async def reached(count: int) -> bool:
        return (await story.arrived()).total() >= count

    async def arrived_in_hanging() -> bool:
        return (await story.arrived())[hanging] == 1

    async def stuck_in_stalling() -> bool:
        return (await story.states())[_topic(stalling)] == "sending"

    async def nothing_left_in_the_middle() -> bool:
        return "sending" not in (await story.states()).values()

    async def over() -> bool:
        return not set((await story.states()).values()) & {"waiting", "sending", "held"}

    settled = []
    huiyin = Huiyin(config).start()
    try:
        for what, due in (
            ("five rooms reached", lambda: reached(5)),
            ("a message that arrived without an answer", arrived_in_hanging),
            ("a message without an answer", stuck_in_stalling),
            ("40 rooms reached", lambda: reached(40)),
        ):
            await huiyin.until(due, what)
            huiyin.kill()
            stuck = {topic for topic, state in (await story.states()).items() if state == "sending"}
            await huiyin.start().until(nothing_left_in_the_middle, "the account is taken over")
            assert stuck == {topic for topic, state in (await story.states()).items() if state == "unconfirmed"}
            settled.append(await story.settle_unconfirmed())
        await huiyin.until(over, "nothing waits any more")
        results = {room.topic: room for room in (await story.desk.look(story.notice_id)).rooms}
        assert huiyin.stop() == 0
    finally:
        huiyin.kill()

    assert sum(settled) >= 2, "both kinds of kill in the middle of a message were seen"
    failed = {topic: room for topic, room in results.items() if room.state != "sent"}
    assert set(failed) == {_topic(room) for room in refusing}
    assert {room.state for room in failed.values()} == {"failed"}
    assert all(room.trouble for room in failed.values()), "each says why"
    assert await story.arrived() == Counter({room: 1 for room in plan if room not in refusing})
    order = [one["conversation"] for one in await node.ask("sent")]
    assert order.index(throttled) > plan.index(throttled), "what was throttled came later"


def _topic(room_id: str) -> str:
    return f"{room_id.removeprefix('room-')}栋群"
