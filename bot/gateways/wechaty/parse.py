"""From the puppet's payloads to what was said: forms, quotes, mentions, limits."""

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from bot.gateways.wechaty.wire import MessagePayload
from rules.talk import Form, Mention

AT_END: Final = "\u2005"  # what WeChat puts behind an @name

# The puppet's own numbers, not those of Python's generated stubs.
TEXT, IMAGE, LOCATION, MINI_PROGRAM, RECALLED, LINK = 7, 6, 8, 9, 13, 14
_FORMS: Final = {
    1: Form.FILE,
    2: Form.VOICE,
    4: Form.RECORD,
    5: Form.STICKER,
    IMAGE: Form.IMAGE,
    TEXT: Form.TEXT,
    LOCATION: Form.LOCATION,
    MINI_PROGRAM: Form.LINK,
    RECALLED: Form.RECALL,
    LINK: Form.LINK,
    15: Form.VIDEO,
}

_LIMITED: Final = re.compile(r"操作(?:过于|太)频繁")
_LIMITED_MOST: Final = 40  # characters; the notice is one sentence
_QUOTE_LINE: Final = re.compile(r"」[ \t]*\n(?:- ?){5,}[ \t]*\n")
_REFER: Final = "<refermsg>"


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a message, apart from those it quotes."""

    text: str
    quoted_id: str | None = None
    quoted_text: str | None = None


def form(payload: MessagePayload) -> Form:
    """The form in which it was said; what has no words for us is OTHER."""
    return _FORMS.get(payload.type, Form.OTHER)


def said(payload: MessagePayload) -> Said:
    """The words of a message: of a text its own and the quoted ones, of a chat record its title and lines."""
    match form(payload):
        case Form.TEXT:
            return _refer(payload.text) or _quote(payload.text) or Said(payload.text)
        case Form.RECORD:
            return Said("\n".join(filter(None, (_tag(payload.text, "title"), _tag(payload.text, "des")))))
        case Form.RECALL:
            return Said("", quoted_id=payload.text or None)
        case _:
            return Said("")


def is_limit_notice(payload: MessagePayload, account: str) -> bool:
    """Whether this is WeChat itself saying that we act too often, and not somebody using its words.

    The notice comes from nobody, from the room, or in our own name; a resident's text message never counts.
    """
    if len(payload.text) > _LIMITED_MOST or not _LIMITED.search(payload.text):
        return False
    return payload.type != TEXT or payload.talker_id in {"", payload.room_id, account, "weixin", "system"}


def names_us(text: str, our_name: str) -> bool:
    """Whether a text has our @name in it, for puppets that don't tell who was named."""
    at, end = text.find("@" + our_name), len(our_name) + 1
    while our_name and at >= 0:
        if at + end == len(text) or text[at + end] in (AT_END, " ", "\n"):
            return True
        at = text.find("@" + our_name, at + 1)
    return False


def with_mentions(text: str, mentions: tuple[Mention, ...], shown: dict[str, str]) -> str:
    """The text with an @name that WeChat recognises for each person: where it says @name already, else in front.

    `shown` is the name each is shown by in the room, by id, where the gateway knows a better one than the mention's.
    """
    missing = []
    for mention in mentions:
        name = clean_name(shown.get(mention.person_id) or mention.name)
        at, end = text.find("@" + mention.name), len(mention.name) + 1
        if mention.name and at >= 0:
            rest = text[at + end :]
            text = text[:at] + "@" + name + AT_END + (rest[1:] if rest[:1] in {AT_END, " "} else rest)
        elif name:
            missing.append(f"@{name}{AT_END}")
    return "".join(missing) + text


def clean_name(name: str) -> str:
    """A name that can stand behind an @: without what would end it early or break the line."""
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in name).split())


def _quote(text: str) -> Said | None:
    """「name：quoted」, a line of dashes, then the words: how puppets write a quoting message."""
    if not text.startswith("「"):
        return None
    lines = list(_QUOTE_LINE.finditer(text))
    if not lines:
        return None
    last = lines[-1]  # the quoted message may quote in its turn
    quoted = text[1 : last.start()]
    name, colon, words = quoted.partition("：")
    return Said(text[last.end() :], quoted_text=words if colon and "\n" not in name else quoted)


def _refer(text: str) -> Said | None:
    """The XML that some puppets pass on as it is; it tells the quoted message's id."""
    start = text.find(_REFER)
    end = text.find(f"</{_REFER[1:]}", start)
    if start < 0 or end < 0 or not text.lstrip().startswith("<"):
        return None
    quoted = text[start:end]
    words = _tag(text[:start] + text[end:], "title")
    return Said(words, _tag(quoted, "svrid") or None, _tag(quoted, "content") or None)


def _tag(xml: str, name: str) -> str:
    start = xml.find(f"<{name}>")
    end = xml.find(f"</{name}>", start)
    if start < 0 or end < 0:
        return ""
    inner = xml[start + len(name) + 2 : end].strip()
    if inner.startswith("<![CDATA[") and inner.endswith("]]>"):
        return inner[9:-3]
    return html.unescape(inner)
