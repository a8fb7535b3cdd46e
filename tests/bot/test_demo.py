"""The demo: its stories are as told, its figures agree with each other, and anybody may type."""

import json
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from bot.cli import cli
from bot.commands.demo import demo_scene, load_stories
from bot.commands.demo_prompt import DemoPrompt, read_length
from bot.commands.simulate import TranscriptPrinter
from bot.gateways.simulator import Fault
from bot.story import Spoken, play
from bot.tally import tally

FIELDS = {
    "rooms", "messages", "reports", "tickets", "notices", "deliveries", "sent_twice", "lost", "seconds",
}  # fmt: skip


async def test_the_stories_of_the_demo_go_as_they_are_told() -> None:
    stories = load_stories()
    async with demo_scene(stories) as scene:
        for name, story in stories:
            scene.call_rooms(story)
            assert [f"{name}: {one}" for one in await play(scene, story)] == []


def test_the_headless_demo_ends_with_figures_that_agree() -> None:
    code = "from bot.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "demo", "--headless"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    figures = json.loads(done.stdout.splitlines()[-1])

    assert done.returncode == 0
    assert set(figures) == FIELDS
    assert figures["rooms"] == 37
    assert (figures["sent_twice"], figures["lost"]) == (0, 0)
    assert (figures["notices"], figures["deliveries"]) == (1, 12)
    said = sum(max(one.text.count("[图片]") + bool(one.text.replace("[图片]", "").strip()), 1) for one in all_lines())
    assert figures["messages"] == said
    assert 0 < sum(figures["tickets"].values()) <= figures["reports"] <= figures["messages"]


def all_lines() -> list[Spoken]:
    return [spoken for _, story in load_stories() for spoken in story]


async def test_the_figures_show_what_was_sent_twice_and_what_was_lost() -> None:
    stories = load_stories()
    async with demo_scene(stories) as scene:
        prompt = DemoPrompt(scene, Console(file=StringIO()), TranscriptPrinter(Console(file=StringIO())))
        scene.simulator.fail_next("from:room-GY-A1-1", Fault.DROP)
        await prompt.take("李阿姨@桂语里1栋群: 有人在吗")
        heard_not = await tally(scene, 0)
        scene.simulator.fail_next("wx-wang", Fault.LOST)
        await prompt.take("王书记@私聊: 通知 桂语里1栋")
        arrived_not = await tally(scene, 0)
        await prompt.take("王书记@私聊: 取消")
        scene.simulator.arrived += scene.simulator.arrived[-1:]
        twice = await tally(scene, 0)

    assert (heard_not.lost, heard_not.sent_twice) == (1, 0)
    assert (arrived_not.lost, arrived_not.sent_twice) == (2, 0)
    assert (twice.sent_twice, twice.is_clean) == (1, False)


async def test_anybody_may_type() -> None:
    stories = load_stories()
    shown = StringIO()
    console = Console(file=shown, width=200)
    async with demo_scene(stories) as scene:
        prompt = DemoPrompt(scene, console, TranscriptPrinter(console))
        before = scene.clock()
        for line in ("什么", "@@", "/群", "/人", "/帮助", "/什么", "/时间 很久", "李阿姨@月球群: 喂", "", "/工单"):
            assert await prompt.take(line)
        await prompt.take("李阿姨@20栋群: 楼下垃圾桶满了没人清，臭得很")
        await prompt.take("/工单")
        await prompt.take("/时间 +2h")
        passed = scene.clock() - before
        left = await prompt.take("/退出")

    assert not left
    assert passed >= timedelta(hours=2)
    text = shown.getvalue()
    answers = (
        "请写成「谁@哪个群",
        "桂语一网格工作群",
        "王书记",
        "没有 /什么 这个命令",
        "要过多久",
        "没有「月球群」这个群",
    )
    assert [words for words in answers if words not in text] == []
    assert "没有没办完的工单" in text
    assert "0511-001" in text


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("+2h", timedelta(hours=2)),
        ("30m", timedelta(minutes=30)),
        ("+ 3天", timedelta(days=3)),
        ("15分钟", timedelta(minutes=15)),
        ("1小时", timedelta(hours=1)),
        ("", None),
        ("+h", None),
        ("-2h", None),
        ("99999d", None),
    ],
)
def test_lengths_of_time_as_people_type_them(words: str, length: timedelta | None) -> None:
    assert read_length(words) == length


def story(folder: Path, text: str) -> str:
    path = folder / "a.story"
    path.write_text(text, "utf-8")
    return str(path)


def test_simulate_tells_where_a_story_goes_otherwise(tmp_path: Path) -> None:
    quiet = story(tmp_path, "12:00 老赵@1栋群: 早上好\n      bot@1栋群: 早\n")

    result = CliRunner().invoke(cli, ["simulate", quiet, "--json"])

    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (told["lines"], told["expected"]) == (1, 1)
    assert told["differences"] == [{"line": 2, "expected": "1栋群: 早", "came": None}]
    assert f"{quiet}: line 2: expected '1栋群: 早', but nothing came" in result.stderr


def test_simulate_prints_the_transcript(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["simulate", story(tmp_path, "12:00 老赵@1栋群: 早上好\n")])

    assert result.exit_code == 0
    assert "12:00 老赵@1栋群  早上好" in result.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "nobody says anything"),
        ("早上好\n", ":1: expected `HH:MM who@room: words`"),
        ("25:00 a@1栋群: b\n", ":1: 25:00 is no time of a day"),
        ("12:00 a@1栋群: b\n11:00 a@1栋群: c\n", ":2: the time is before the line above"),
        ("  bot@1栋群: x\n", ":1: the bot speaks before anybody"),
        ("12:00 a@月球群: b\n", ":1: no room of the district is called '月球群'"),
    ],
)
def test_a_story_that_cant_be_read_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    result = CliRunner().invoke(cli, ["simulate", story(tmp_path, text)])

    assert result.exit_code == 2
    assert told in result.stderr


def test_a_story_that_isnt_there_is_told() -> None:
    result = CliRunner().invoke(cli, ["simulate", "none.story"])

    assert result.exit_code == 2
    assert "none.story: can't be read" in result.stderr
