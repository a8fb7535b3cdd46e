"""`huiyin run` when things around it break: the gateway, the stream's manners, a second process."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from bot.scene import ZONE
from bot.story import Spoken
from rules.roles import Role
from storage.engine import Database
from storage.queries.audit import connections
from storage.queries.figures import kept_messages
from tests.bot.nodegateway import NodeGateway
from tests.bot.nodescene import node_scene
from tests.bot.process import ACCOUNT, Huiyin, announce_rooms, make_rooms, write_config

REPORT = "电梯坏了，老人下不了楼"


class Watch:
    """What a test waits for."""

    def __init__(self, database: Database, node: NodeGateway) -> None:
        self.database = database
        self.node = node

    async def kept(self) -> set[str]:
        async with self.database.read() as tx:
            return await kept_messages(tx, ACCOUNT)

    async def intervals(self) -> int:
        """In how many intervals the account has listened."""
        async with self.database.read() as tx:
            return len(await connections(tx, ACCOUNT))

    async def answered(self, room_id: str) -> bool:
        """Whether the bot has said in a room that it took a report, or that the trouble is known next door."""
        return any(one["conversation"] == room_id for one in await self.node.ask("sent"))


async def test_messages_are_handled_on_both_sides_of_a_gateway_that_was_killed(
    database: Database, database_url: str, own_node: NodeGateway, tmp_path: Path
) -> None:
    watch, node = Watch(database, own_node), own_node
    config = write_config(tmp_path, database_url, node)
    rooms = await make_rooms(database, node, 4)
    huiyin = Huiyin(config).start()
    try:
        await huiyin.until(lambda: _at_least(watch, 1), "the first connection")
        first = await node.ask("say", room=rooms[0], person="wx-li", text=REPORT)
        await huiyin.until(lambda: watch.answered(rooms[0]), "an answer")
        await node.ask("burst", count=300, rooms=rooms, prefix="闲聊")
        node.kill()
        await node.start()
        await announce_rooms(node, rooms)
        await huiyin.until(lambda: _at_least(watch, 2), "the second connection")
        second = await node.ask("say", room=rooms[2], person="wx-li", text=REPORT)
        await huiyin.until(lambda: watch.answered(rooms[2]), "an answer after the gap")
        assert {first, second} <= await watch.kept()
        assert huiyin.stop() == 0
    finally:
        huiyin.kill()
    async with database.read() as tx:
        intervals = await connections(tx, ACCOUNT)
    assert len(intervals) == 2
    assert all(ended is not None and ended >= began for began, ended, _ in intervals)
    assert all(reason for _, _, reason in intervals), "each says why it ended"
    (_, first_end, _), (second_begin, _, _) = intervals
    assert first_end is not None
    assert first_end <= second_begin


async def test_what_is_announced_twice_is_kept_once_and_answered_once(
    database: Database, database_url: str, node: NodeGateway, tmp_path: Path
) -> None:
    watch = Watch(database, node)
    rooms = await make_rooms(database, node, 2)
    huiyin = Huiyin(write_config(tmp_path, database_url, node)).start()
    try:
        await huiyin.until(lambda: _at_least(watch, 1), "the connection")
        said = await node.ask("say", room=rooms[0], person="wx-li", text=REPORT)
        await node.ask("repeat", message=said)
        await huiyin.until(lambda: watch.answered(rooms[0]), "an answer")
        await node.ask("repeat", message=said)
        last = await node.ask("say", room=rooms[1], person="wx-li", text=REPORT.replace("电梯", "大门"))
        await huiyin.until(lambda: _has(watch, last), "the message behind it")
        assert huiyin.stop() == 0
    finally:
        huiyin.kill()
    assert await watch.kept() == {said, last}
    answers = [one for one in await node.ask("sent") if one["conversation"] == rooms[0] and "已受理" in one["text"]]
    assert len(answers) == 1


async def test_a_second_process_waits_and_takes_over_when_the_first_is_killed(
    database: Database, database_url: str, node: NodeGateway, tmp_path: Path
) -> None:
    watch = Watch(database, node)
    config = write_config(tmp_path, database_url, node)
    rooms = await make_rooms(database, node, 2)
    first, second = Huiyin(config, "first").start(), Huiyin(config, "second")
    try:
        await first.until(lambda: _at_least(watch, 1), "the connection")
        second.start()
        await second.until(lambda: _says(second, "app.account_taken"), "the second sees that the account is taken")
        await asyncio.sleep(5)  # more than two leases: an idle process keeps its account
        await node.ask("say", room=rooms[0], person="wx-li", text=REPORT)
        await first.until(lambda: watch.answered(rooms[0]), "an answer by the first")
        assert await watch.intervals() == 1, "the second has kept away from the gateway"
        first.kill()
        await second.until(lambda: _at_least(watch, 2), "the second takes over")
        await node.ask("say", room=rooms[1], person="wx-li", text=REPORT)
        await second.until(lambda: watch.answered(rooms[1]), "an answer by the second")
        assert second.stop() == 0
    finally:
        first.kill()
        second.kill()


async def test_leaders_are_told_of_a_longer_gap(database_url: str, own_node: NodeGateway, tmp_path: Path) -> None:
    start = datetime(2026, 5, 12, 8, 0, tzinfo=ZONE)
    async with node_scene(database_url, own_node, tmp_path, start) as scene:
        await scene.speak(Spoken(1, start, "李阿姨", "20栋群", "大家早", None))
        own_node.kill()
        line = scene.app.lines[0]
        await _until_not(line.connected)
        scene.clock.set(start + timedelta(minutes=30))
        await own_node.start()
        await scene.begin()
        await asyncio.wait_for(line.connected.wait(), 60)
        await scene.pass_time(scene.clock() + timedelta(minutes=2))
        told = {one.where: one.text for one in scene.said()}
    leaders = {row.name for row in scene.district.tables.people if row.role is Role.UNIT_LEADER}
    assert leaders <= set(told)
    assert "08:" in told["张单元长"]
    assert not any(one.endswith("群") for one in told), "rooms aren't bothered with it"


async def _at_least(watch: Watch, intervals: int) -> bool:
    return await watch.intervals() >= intervals


async def _has(watch: Watch, message_id: str) -> bool:
    return message_id in await watch.kept()


async def _says(huiyin: Huiyin, words: str) -> bool:
    return words in huiyin.log


async def _until_not(event: asyncio.Event) -> None:
    """Wait until an event is cleared."""
    for _ in range(3000):
        if not event.is_set():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("still connected")
