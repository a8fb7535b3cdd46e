"""What staff type: a verb word, perhaps a ticket's number, and the rest; in either order, sloppy as people type."""

import re
from dataclasses import dataclass

from rules.numbers import find_numbers, without_numbers
from rules.roles import Verb

# Longest first: 不予受理 before 受理, 核查通过 before 核查. Each word means one verb.
WORDS: dict[str, Verb] = {
    "我接单了": Verb.CLAIM, "我接单": Verb.CLAIM, "接单": Verb.CLAIM, "抢单": Verb.CLAIM, "我来接": Verb.CLAIM,
    "已办结": Verb.RESOLVE, "办结": Verb.RESOLVE, "完结": Verb.RESOLVE,
    "退单": Verb.RETURN,
    "转派给": Verb.TRANSFER, "转派": Verb.TRANSFER, "转给": Verb.TRANSFER,
    "挂起": Verb.HOLD, "暂缓": Verb.HOLD,
    "恢复办理": Verb.RESUME, "恢复": Verb.RESUME, "继续办": Verb.RESUME,
    "核查通过": Verb.VERIFY, "核查": Verb.VERIFY,
    "退回": Verb.SEND_BACK, "打回": Verb.SEND_BACK,
    "重新办理": Verb.REOPEN, "重办": Verb.REOPEN, "返工": Verb.REOPEN,
    "不予受理": Verb.REJECT, "不受理": Verb.REJECT,
    "不是诉求": Verb.DISMISS, "非诉求": Verb.DISMISS, "误报": Verb.DISMISS,
    "改类": Verb.RETYPE, "改成": Verb.RETYPE,
    "并入": Verb.MERGE, "合并到": Verb.MERGE, "并到": Verb.MERGE,
    "派单": Verb.DISPATCH,
    "查询": Verb.QUERY, "查单": Verb.QUERY,
    "绑定": Verb.BIND,
}  # fmt: skip

_MENTION = re.compile(r"^(?:@\S{1,40}[\s\u2005]+)+")
_NUMBER = r"(?P<number>\d{4}\s*[-－—–~]\s*\d{1,4})"
_VERB = "|".join(sorted(map(re.escape, WORDS), key=len, reverse=True))
_GLUED = "转派给|转派|改类"  # what follows may be written close to them: 转派物业
_FORM = re.compile(
    rf"^(?:{_NUMBER}[\s,，:：]*)?(?:(?P<verb>{_VERB})(?P<rest>(?:[\s,，:：。.!！了吧]|\d|$)[\s\S]*)"
    rf"|(?P<glued>{_GLUED})(?P<object>\S[\s\S]*))$"
)
_LONGEST = 500  # characters: nobody types a longer command


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was typed: numbers in order, and the words behind them."""

    verb: Verb
    numbers: tuple[str, ...]
    rest: str


def read_command(text: str) -> Command | None:
    """Read a command, or return None where the words are no command.

    A verb word counts only at the beginning (after mentions and a number) and when it stands by itself: 接单 is one,
    接单子的师傅 isn't.
    """
    if not text or len(text) > _LONGEST:
        return None
    line = _MENTION.sub("", text.strip())
    found = _FORM.match(line)
    if found is None:
        return None
    numbers = find_numbers(line)
    verb = found["verb"] or found["glued"]
    if verb == "恢复" and not numbers:
        return None  # 「恢复了」 is what people say of water and power
    rest = found["rest"] if found["verb"] else found["object"]
    rest = without_numbers(rest)
    rest = rest.lstrip(" \t\n,，:：。.!！了吧").rstrip(" \t\n,，:：。.!！")
    return Command(WORDS[verb], tuple(numbers), rest)


_NOTICE = re.compile(
    r"^(?P<word>通知结果|通知|确认|取消|停止|补发|重发|已到|已贴|贴好了|待贴)(?P<rest>[\s:：]*[\s\S]*)$"
)


@dataclass(frozen=True, slots=True)
class DirectWord:
    """A word of the notice dialogue or of by-hand mode, in a direct chat: which, its number, and the rest."""

    word: str
    number: int | None
    rest: str


def read_direct(text: str) -> DirectWord | None:
    """Read a word of the notice dialogue; `rest` keeps its lines, for the audience and the text."""
    found = _NOTICE.match(text.strip()) if text else None
    if found is None:
        return None
    rest = found["rest"].lstrip(" \t:：")
    word = found["word"]
    if word == "通知":
        return DirectWord(word, None, rest)
    number = re.match(r"#?(\d{1,9})\s*$", rest.strip())
    if rest.strip() and number is None:
        return None
    return DirectWord("已贴" if word == "贴好了" else word, int(number[1]) if number else None, rest)
