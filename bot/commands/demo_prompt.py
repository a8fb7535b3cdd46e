"""The prompt of the demo: type as anybody, let time pass, look at the tickets."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console
from rich.table import Table
from typing_extensions import override

from bot.case_types import load_case_types
from bot.commands.simulate import TranscriptPrinter
from bot.scene import ZONE, District, SimulatedScene
from bot.story import DIRECT, Line, Spoken, read_speech
from rules.errors import ConfigError
from rules.text import short
from rules.tickets import STATE_NAMES
from storage.queries.tickets import open_tickets_below

BREATH = timedelta(minutes=1)  # how much time passes with each line: a speaker's burst is over by then
RESIDENTS = ("李阿姨", "老赵", "小美妈", "王阿婆", "大刘")

HELP = """[bold]怎么玩[/]
  李阿姨@20栋群: 路灯又不亮了        以居民的身份在群里说话（谁都行，名字随便起）
  张单元长@20栋群: 接单              以负责人的身份；名字和群可以按 Tab 补全
  王书记@私聊: 通知 全部              私聊机器人；然后发正文，看过预览回「确认」
  还是不亮                          不写谁在哪里，就接着上一位说
  /时间 +2h                        让时间过去（m 分钟，h 小时，d 天）
  /工单   /人   /群   /帮助   /退出
"""


async def talk(scene: SimulatedScene, console: Console, printer: TranscriptPrinter) -> None:
    """Let people type until they leave."""
    prompt = DemoPrompt(scene, console, printer)
    console.print(f"\n{HELP}")
    async for line in _lines(scene):
        if not await prompt.take(line.strip()):
            return


class DemoPrompt:
    """Takes one line after the other."""

    def __init__(self, scene: SimulatedScene, console: Console, printer: TranscriptPrinter) -> None:
        self._scene = scene
        self._console = console
        self._printer = printer
        self._shown = len(scene.said())
        self._last: tuple[str, str] | None = None

    async def take(self, line: str) -> bool:
        """Do what a line asks for; False where the person wants to leave."""
        word, _, rest = line.partition(" ")
        if word in ("/退出", "/quit", "/exit"):
            return False
        if word in ("/帮助", "/help", "/?"):
            self._console.print(HELP)
        elif word == "/时间":
            await self._pass_time(rest.strip())
        elif word == "/工单":
            await self._tickets()
        elif word == "/人":
            people = dict.fromkeys(row.name for row in self._scene.district.tables.people)
            self._console.print("、".join(people))
        elif word == "/群":
            self._console.print("、".join(row.topic for row in self._scene.district.tables.rooms))
        elif word.startswith("/"):
            self._console.print(f"没有 {word} 这个命令。/帮助 看怎么玩。", markup=False)
        elif line:
            await self._say(line)
        return True

    async def _say(self, line: str) -> None:
        now = self._scene.clock()
        spoken = read_speech(line, now)
        if spoken is None and self._last is not None:
            spoken = Spoken(0, now, *self._last, line, None)
        if spoken is None:
            self._console.print("请写成「谁@哪个群: 说什么」，比如「李阿姨@20栋群: 路灯又不亮了」。")
            return
        try:
            self._scene.district.room_id(spoken.where)
        except ConfigError:
            self._console.print(f"没有「{spoken.where}」这个群，/群 看有哪些。", markup=False)
            return
        self._last = (spoken.who, spoken.where)
        await self._printer.show(Line(now, spoken.who, spoken.where, spoken.text))
        await self._scene.speak(spoken)
        await self._until(BREATH)

    async def _pass_time(self, words: str) -> None:
        length = read_length(words)
        if length is None:
            self._console.print("要过多久？比如「/时间 +2h」「/时间 +30m」「/时间 +3d」。")
            return
        await self._until(length)
        self._console.print(f"现在是 {self._scene.clock().astimezone(ZONE):%Y-%m-%d %H:%M}。")

    async def _until(self, length: timedelta) -> None:
        await self._scene.pass_time(self._scene.clock() + length)
        said = self._scene.said()
        for line in said[self._shown :]:
            await self._printer.show(line)
        self._shown = len(said)

    async def _tickets(self) -> None:
        async with self._scene.app.database.read() as tx:
            tickets = await open_tickets_below(tx, ["/"], limit=50)
        if not tickets:
            self._console.print("没有没办完的工单。")
            return
        types = load_case_types()
        table = Table("编号", "类型", "地点", "状态", "经办", "说的话")
        for one in tickets:
            state = STATE_NAMES[one.state]
            words = short(one.summary, 24)
            table.add_row(one.number, types.name(one.case_type), one.node_name, state, one.holder_name or "", words)
        self._console.print(table)


_LENGTH = re.compile(r"^\+?\s*(\d{1,4})\s*(m|h|d|分钟?|小时|天)$", re.IGNORECASE)


def read_length(words: str) -> timedelta | None:
    """Read a length of time such as +2h, 30m, 3天; None where it is none."""
    found = _LENGTH.match(words)
    if found is None:
        return None
    minutes = {"m": 1, "分": 1, "h": 60, "小": 60, "d": 1440, "天": 1440}[found[2][0].lower()]
    return timedelta(minutes=minutes * int(found[1]))


class _Names(Completer):
    """Completes names, then rooms, then the commands of staff."""

    def __init__(self, district: District) -> None:
        self._people = list(dict.fromkeys([*RESIDENTS, *(row.name for row in district.tables.people)]))
        self._rooms = [DIRECT, *(row.topic for row in district.tables.rooms)]

    @override
    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what may come next."""
        text = document.text_before_cursor
        if text.startswith("/"):
            yield from _starting(text, ["/时间 +", "/工单", "/人", "/群", "/帮助", "/退出"], "")
        elif ":" in text or "：" in text:
            return
        elif "@" in text:
            where = text.partition("@")[2]
            yield from (Completion(f"{room}: ", -len(where), room) for room in self._rooms if where in room)
        else:
            yield from _starting(text, self._people, "@")


def _starting(text: str, words: Iterable[str], behind: str) -> Iterable[Completion]:
    return (Completion(word + behind, -len(text), word) for word in words if word.startswith(text))


async def _lines(scene: SimulatedScene) -> AsyncIterator[str]:
    """Yield what is typed: at a terminal with completion, else line by line; until it ends."""
    if not sys.stdin.isatty():
        while line := await asyncio.to_thread(sys.stdin.readline):
            yield line
        return
    session: PromptSession[str] = PromptSession(completer=_Names(scene.district), complete_while_typing=True)
    while True:
        try:
            with patch_stdout(raw=True):
                yield await session.prompt_async(f"{scene.clock().astimezone(ZONE):%H:%M} › ")
        except (EOFError, KeyboardInterrupt):
            return
