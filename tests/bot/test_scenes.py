"""What stories can't say: faults of WeChat, connections lost, by-hand mode, and what the log holds."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from actions.work import House
from bot.app import App, Manner
from bot.case_types import load_case_types
from bot.clock import StoryClock
from bot.gateways.manual import ManualGateway
from bot.gateways.simulator import Fault, Simulator
from bot.scene import ACCOUNT, QUICK, ZONE, SimulatedScene, open_district, simulated_scene
from bot.story import DIRECT, Spoken, play, read_story
from handlers.texts import voice
from nlp.classify import Understanding
from storage.engine import Database
from storage.models import OutboxItem, Room
from tests.talk import BEGIN, NOISE

STORIES = sorted((Path(__file__).parent.parent / "stories").glob("*.story"))


@pytest.fixture
async def scene(database_url: str, tmp_path: Path) -> AsyncIterator[SimulatedScene]:
    async with simulated_scene(database_url, tmp_path, BEGIN) as scene:
        yield scene


class Dialogue:
    """Says things in a scene and returns what the bot says to each."""

    def __init__(self, scene: SimulatedScene) -> None:
        self.scene = scene

    async def say(self, who: str, where: str, text: str, minutes: float = 2) -> list[str]:
        before = len(self.scene.said())
        await self.scene.speak(Spoken(0, self.scene.clock(), who, where, text, None))
        await self.scene.pass_time(self.scene.clock() + timedelta(minutes=minutes))
        return [f"{line.where}: {line.text}" for line in self.scene.said()[before:]]


async def test_a_notice_where_three_rooms_refuse_and_one_asks_to_wait(scene: SimulatedScene) -> None:
    talk, world = Dialogue(scene), scene.simulator
    world.fail_next("room-GY-A1-1", Fault.REFUSE)
    world.fail_next("room-GY-A1-2", Fault.KICK)
    world.fail_next("room-GY-A1-3", Fault.LOST)
    world.fail_next("room-GY-A1-5", Fault.THROTTLE)
    await talk.say("王书记", DIRECT, "通知 一网格\n周三停水，请提前接水。")
    said = await talk.say("王书记", DIRECT, "确认", minutes=5)
    result = said[-1]
    assert "共 5 个群，已发到 2 个" in result
    assert "· 桂语里1栋群：没发成（群主限制了发言）" in result
    assert "· 桂语里2栋群：没发成（账号已不在群里）" in result
    assert "· 桂语里3栋群：不确定是否送达" in result
    assert sorted(line for line in said if "周三停水" in line) == [
        "桂语里20栋群: 周三停水，请提前接水。",
        "桂语里5栋群: 周三停水，请提前接水。",
    ]
    again = await talk.say("王书记", DIRECT, "补发", minutes=5)
    assert [line for line in again if "周三停水" in line] == ["桂语里1栋群: 周三停水，请提前接水。"]
    assert "没发成（账号已不在群里）" in again[-1]
    arrived = await talk.say("王书记", DIRECT, "已到")
    assert "已发到 4 个" in arrived[0]
    assert "不确定" not in arrived[0]


async def test_the_stop_button(database_url: str, tmp_path: Path) -> None:
    async with simulated_scene(database_url, tmp_path, BEGIN) as scene:
        talk = Dialogue(scene)
        await talk.say("赵督查", DIRECT, "通知 全部")
        await talk.say("王书记", DIRECT, "通知 一网格\n周三停水")
        scene.simulator.fail_next("room-GY-A1-1", Fault.THROTTLE, Fault.THROTTLE)
        await talk.say("王书记", DIRECT, "确认", minutes=0.1)
        said = await talk.say("王书记", DIRECT, "停止", minutes=10)
        assert "停了：已发到" in said[0]
        assert "撤下 1 条" in said[0]
        assert not [line for line in said if line.endswith("群: 周三停水")]


async def test_leaders_hear_of_a_gap_of_ten_minutes_and_not_of_a_short_one(scene: SimulatedScene) -> None:
    line = scene.app.lines[0]
    for minutes, told in ((1, 0), (10, 1)):
        before = len(scene.said())
        scene.simulator.cut()
        while line.connected.is_set():  # noqa: ASYNC110 - the end of a connection sets no event
            await asyncio.sleep(0.01)
        scene.clock.advance(timedelta(minutes=minutes))
        async with asyncio.timeout(60):
            await line.connected.wait()
        await scene.pass_time(scene.clock() + timedelta(minutes=2))
        gap = [one for one in scene.said()[before:] if "微信掉线" in one.text]
        assert sum(one.where == "张单元长" for one in gap) == told
        assert len({one.where for one in gap}) == len(gap)


async def test_an_answer_waits_for_the_connection_and_is_sent_once(scene: SimulatedScene) -> None:
    scene.simulator.fail_next("room-GY-A1-2", Fault.DISCONNECT)
    scene.simulator.say("room-GY-A1-2", "resident-a", NOISE, name="阿强")
    await scene.simulator.taken()
    await scene.app.lines[0].kept()
    scene.clock.advance(timedelta(minutes=1))
    await scene.app.inbox.handle([ACCOUNT])
    line = scene.app.lines[0]
    talking = asyncio.create_task(line.talk())
    async with asyncio.timeout(60):
        while not scene.said():
            scene.clock.advance(timedelta(seconds=1))
            line.speak.set()
            await asyncio.sleep(0.05)
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    await scene.pass_time(scene.clock() + timedelta(minutes=5))
    assert [one.text.count("已受理") for one in scene.said()] == [1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_name_word_or_id_of_anybody_is_logged(database_url: str, tmp_path: Path) -> None:
    path = next(one for one in STORIES if one.stem == "not-good")
    story = read_story(path.read_text("utf-8"), path.name, ZONE)
    with capture_logs() as logged:
        async with simulated_scene(database_url, tmp_path, story[0].at) as scene:
            scene.simulator.fail_next("room-GY-A1-5", Fault.REFUSE, Fault.LOST, Fault.THROTTLE)
            await play(scene, story)
    assert logged
    words = "\n".join(str(entry) for entry in logged)
    assert not re.search(r"刘婶|张单元长|王书记|resident|wx-|飞线|处理好了|满意|0511", words), words


async def test_by_hand_mode(database_url: str, tmp_path: Path) -> None:
    """One account is worked by hand; a leader asks what there is to paste over the other one."""
    database = await open_district(database_url)
    await _move_room_to_hand(database)
    clock, shown = StoryClock(BEGIN), list[str]()
    main = Simulator(ACCOUNT, clock=clock)
    hand = ManualGateway("hand", clock=clock, show=lambda _, content: shown.append(content.text))
    app = App(
        database=database,
        house=House(load_case_types(), ZONE, voice),
        understanding=Understanding.load(),
        gateways=[(ACCOUNT, main), ("hand", hand)],
        manner=Manner(folder=tmp_path, pace=QUICK),
        clock=clock,
    )
    await app.begin()
    tasks = [asyncio.create_task(job()) for line in app.lines for job in (line.listen, line.keep)]
    for line in app.lines:
        await line.connected.wait()

    async def pass_minutes() -> list[str]:
        before = len(main.arrived)
        for _ in range(12):
            await main.taken()
            await asyncio.sleep(0)
            await app.settle()
            clock.advance(timedelta(seconds=10))
        return [one.content.text for one in main.arrived[before:]]

    hand.hear("room-GY-A1-2", "someone", "阿强", NOISE)
    await asyncio.sleep(0.05)
    await pass_minutes()
    assert len(shown) == 1
    assert "已受理 0511-001" in shown[0]
    main.say(None, "wx-zhang", "待贴", name="张单元长")
    (to_paste,) = await pass_minutes()
    assert "请贴到「桂语里2栋群」" in to_paste
    assert shown[0] in to_paste
    number = re.search(r"已贴 (\d+)", to_paste)
    assert number is not None
    main.say(None, "wx-chen", f"已贴 {number[1]}", name="陈楼长")  # not of this grid
    assert await pass_minutes() == [f"没有等着贴的 {number[1]} 号。"]
    main.say(None, "wx-zhang", f"已贴 {number[1]}", name="张单元长")
    assert await pass_minutes() == [f"{number[1]} 勾掉了，都贴完了。"]
    main.say(None, "wx-zhang", "待贴", name="张单元长")
    assert await pass_minutes() == ["现在没有要贴的。"]
    async with database.read() as tx:
        assert set((await tx.execute(select(OutboxItem.state))).scalars()) == {"sent"}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await app.end()
    await database.close()


async def _move_room_to_hand(database: Database) -> None:
    async with database.write() as tx:
        await tx.execute(update(Room).where(Room.external_id == "room-GY-A1-2").values(account="hand"))
