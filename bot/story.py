"""Stories: chat transcripts that are test, demonstration and specification at once.

    # 20号楼井盖
    2026-05-11
    12:16 李阿姨@20栋群: 20号楼107门口井盖快塌了
          bot@20栋群: @李阿姨 @张单元长 已受理 0511-001（公共设施……
    12:17 张单元长@20栋群: 我马上派人去
    12:31 张单元长@20栋群: 换好了 [图片]
    13:58 李阿姨@20栋群 引「满意回 1」: 谢谢

A line begins with the time (HH:MM or HH:MM:SS) and says who speaks where; `私聊` is a direct chat with the bot. The
indented lines behind it are all that the bot says before the next line, in order, `……` standing for any words. A date
alone begins another day; `#` begins a comment.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Protocol

from typing_extensions import override

from rules.errors import ConfigError

DIRECT = "私聊"
AFTERWARDS = timedelta(minutes=5)  # how long a story goes on after its last line

_SPEECH = r"(?P<who>[^@\s]+)@(?P<where>[^\s:：]+)(?:\s*引「(?P<quote>[^」]*)」)?[:：]\s*(?P<text>.*)$"
_SAY = re.compile(rf"^(?P<time>\d{{1,2}}:\d{{2}}(?::\d{{2}})?)\s+{_SPEECH}")
_NOW = re.compile(rf"^{_SPEECH}")
_EXPECT = re.compile(r"^\s+bot@(?P<where>[^\s:：]+)[:：]\s?(?P<text>.*)$")
_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the bot should say; `……` in it stands for any words."""

    line: int
    where: str
    text: str

    def matches(self, said: "Line") -> bool:
        """Tell whether a message of the bot is this one."""
        pattern = ".*".join(re.escape(part) for part in re.split(r"……", self.text.replace("\\n", "\n")))
        return said.where == self.where and re.fullmatch(pattern, said.text, re.DOTALL) is not None


@dataclass(frozen=True, slots=True)
class Spoken:
    """What somebody says, and what the bot should say before the next line."""

    line: int
    at: datetime
    who: str
    where: str
    text: str
    quote: str | None
    expected: list[Expected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript: `who` is None for the bot."""

    at: datetime
    who: str | None
    where: str
    text: str


class Scene(Protocol):
    """A district with its bot, whatever WeChat is behind it."""

    async def speak(self, spoken: Spoken) -> None:
        """Let somebody say something now."""
        ...

    async def pass_time(self, until: datetime) -> None:
        """Let time pass, and the bot do all that falls due."""
        ...

    def said(self) -> Sequence[Line]:
        """Return all that the bot has said so far, in order."""
        ...


def read_story(text: str, name: str, zone: tzinfo) -> list[Spoken]:
    """Read a story.

    Raises:
        ConfigError: a line is none of a story's; names file and line.

    """
    story: list[Spoken] = []
    day = date(2026, 5, 11)
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.rstrip()
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if found := _DATE.match(line.strip()):
            day = date(int(found[1]), int(found[2]), int(found[3]))
        elif found := _EXPECT.match(line):
            if not story:
                raise ConfigError(f"{name}:{number}: the bot speaks before anybody; expected a line with a time first")
            story[-1].expected.append(Expected(number, found["where"], found["text"]))
        elif found := _SAY.match(line):
            at = datetime.combine(day, _time(found["time"], f"{name}:{number}"), zone)
            if story and at < story[-1].at:
                raise ConfigError(f"{name}:{number}: the time is before the line above; begin a new day by its date")
            text_said = found["text"].replace("\\n", "\n")
            story.append(Spoken(number, at, found["who"], found["where"], text_said, found["quote"]))
        else:
            raise ConfigError(f"{name}:{number}: expected `HH:MM who@room: words`, `  bot@room: words` or a date")
    if not story:
        raise ConfigError(f"{name}: nobody says anything in it")
    return story


def read_speech(text: str, at: datetime) -> Spoken | None:
    """Read one line that is said at this moment: `who@room: words`; None where it is no such line."""
    found = _NOW.match(text.strip())
    if found is None:
        return None
    return Spoken(0, at, found["who"], found["where"], found["text"].replace("\\n", "\n"), found["quote"])


def _time(words: str, where: str) -> time:
    try:
        hour, minute, *second = (int(part) for part in words.split(":"))
        return time(hour, minute, second[0] if second else 0)
    except ValueError:
        raise ConfigError(f"{where}: {words} is no time of a day") from None


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a story went otherwise: the line, what was expected (if anything) and what came (if anything)."""

    line: int
    expected: str | None
    came: str | None

    @override
    def __str__(self) -> str:
        """Say it in a line."""
        if self.expected is None:
            return f"line {self.line}: the bot also said {self.came!r}"
        if self.came is None:
            return f"line {self.line}: expected {self.expected!r}, but nothing came"
        return f"line {self.line}: expected {self.expected!r}, came {self.came!r}"


Show = Callable[[Line], Awaitable[None]]


async def play(scene: Scene, story: Sequence[Spoken], show: Show | None = None) -> list[Difference]:
    """Play a story in a scene and return where it went otherwise; `show` is told every line as it is said."""
    differences: list[Difference] = []
    shown = len(scene.said())
    for number, spoken in enumerate(story):
        await scene.pass_time(spoken.at)
        if number:
            shown = await _compare(scene, story[number - 1], shown, differences, show)
        if show:
            await show(Line(spoken.at, spoken.who, spoken.where, spoken.text))
        await scene.speak(spoken)
    await scene.pass_time(story[-1].at + AFTERWARDS)
    await _compare(scene, story[-1], shown, differences, show)
    return differences


async def _compare(scene: Scene, spoken: Spoken, shown: int, differences: list[Difference], show: Show | None) -> int:
    came = list(scene.said()[shown:])
    for line in came:
        if show:
            await show(line)
    expected = list(spoken.expected)
    for line in came:
        if expected and expected[0].matches(line):
            expected.pop(0)
        else:
            wanted = expected.pop(0) if expected else None
            text = f"{line.where}: {line.text}"
            differences.append(
                Difference(wanted.line if wanted else spoken.line, wanted.text if wanted else None, text)
            )
    differences += [Difference(missing.line, f"{missing.where}: {missing.text}", None) for missing in expected]
    return shown + len(came)
