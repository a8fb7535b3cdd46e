"""Which floor is meant, and when the words of a floor name none: 臭到七楼, 去负二, 海水里一层油, 17楼的按键."""

import re

from nlp.places.measures import LIST
from nlp.places.numbers import Numeral

_LOOK_BACK = 8  # characters before a number that tell what it is
HIGHEST = 70
# How far something reached or where one went isn't where the trouble is; where a lift comes to is.
_REACHING = re.compile(
    r"(?:[飘熏漏传响臭吵闻蹿窜敲憋爬]|(?:味道?|烟|声音?)[儿也都]?|按[^,，。\n]{0,3})到$|[黑爬]上$|(?<![梯剃𨋢])上到$"
    r"|(?:^|[\s,，。!！?？我])上$"
)
_BUTTON = re.compile(r"的?那?个?(?:按[键钮]|键(?!盘)|点点|按[了都也]?(?:不[亮动]|[去到]))")  # 17楼的按键
# 苍蝇一层, 叶子上一层亮粉, 瓜子壳撒一楼: how much there is of it.
_PILED = re.compile(r"$|[,，。!！?？\s]")
_SURFACE = re.compile(r"(?:[路水地表上里桌台湖海河墙镜]面|[^楼早晚]上|[^楼栋元夜家这那屋]里)$")
_SPILT = re.compile(r"[撒洒粘吐尿拉屙滴]了?$")
# A lift stands between or at floors said without measure word: 卡在四跟五中间, 停在18不动.
_STANDING = re.compile(r"(?:[卡停困吊悬]在?|[梯剃𨋢]一?(?P<come>到))$")
_LIFT = ("梯", "剃", "𨋢")
_BETWEEN = re.compile(r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:楼|层)?(?:之?中间|之间|当中)")
_STILL = re.compile(r"(?:就|再也|一直)?(?:不动|动不了|动不得|没动)")
_BELOW_BARE = re.compile(r"[楼层]|(?![分责面数债])")
_VITAMIN = ("维生素", "维", "驾照", "驾", "照", "证", "签证", "考", "vc", "vb")
_GOING_DOWN = re.compile(r"(?:去了?|按了?|(?<![楼地底])下)$")


def is_no_floor(text: str, number: Numeral, end: int, measure: str, *, leans: bool) -> bool:
    """Whether the words around a number before 楼 or 层, which ends at `end`, name no floor of the trouble."""
    before = text[max(0, number.start - _LOOK_BACK) : number.start]
    if number.size > HIGHEST or _REACHING.search(before) or (before.endswith("到") and text.startswith("才", end)):
        return True
    if _BUTTON.match(text, end):
        return True
    if number.words != "一" or leans or not before.strip():
        return False
    piled = _PILED.match(text, end) is not None
    if "层" in measure:
        return piled or text.startswith("都", end) or _SURFACE.search(before) is not None
    return piled and _SPILT.search(before) is not None


def is_once(text: str, number: Numeral, end: int) -> bool:
    """Whether the 一 of 一到六楼就抖 says that it happens each time; `end` is where the floor's words end."""
    if number.words != "一" or not text.startswith("到", number.end):
        return False
    return text.startswith(("就", "便", "总"), end) or text.endswith(_LIFT, 0, number.start)


def stands_at(text: str, number: Numeral) -> bool:
    """Whether a bare number is the floor that a lift stands at."""
    if not 0 < number.size <= HIGHEST:
        return False
    standing = _STANDING.search(text[max(0, number.start - _LOOK_BACK) : number.start])
    if standing is None:
        return False
    if standing["come"]:
        return text.startswith("就", number.end)
    joint = LIST.match(text, number.end)
    return _STILL.match(text, number.end) is not None or (
        joint is not None and _BETWEEN.match(text, joint.end()) is not None
    )


def below_ground(text: str, number: Numeral) -> int | None:
    """Where the words of a floor below ground end; None where 负, 地下, B or - means none, or one only goes there."""
    start, end = number.start, number.end
    suffix = text[end : end + 1]
    if not 0 < number.size < 7 or _GOING_DOWN.search(text[max(0, start - 2) : start]):
        return None
    words = text[start:end]
    if words[0] in "-地" and suffix not in ("层", "楼", "f"):
        return None
    if words[0] == "b" and (text[max(0, start - 3) : start].endswith(_VITAMIN) or text.startswith(_VITAMIN, end)):
        return None
    if words[0] == "负" and _BELOW_BARE.match(text, end) is None:
        return None
    return end + (suffix in ("层", "楼") and suffix != "")
