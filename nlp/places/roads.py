"""Roads with house number or junction, as said: 云栖路18号, 云栖路与长林街交叉口."""

import re
from collections.abc import Iterator

from nlp.places.span import Names, Span
from nlp.places.words import PlaceWords, place_words

_KIND = re.compile(r"大道|大街|胡同|环路|[路街巷]")
_NUMBER = re.compile(r"\s?(?:[0-9]{1,5}|[零一二三四五六七八九十百]{1,5})(?:号|弄)(?![楼栋幢座线]|门(?!口)|公交)")
_NUMBERED_LANE = re.compile(
    r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2}|(?<![一-龥])[东西南北])巷(?:[0-9]{1,3})(?:号|(?![0-9]))"
)
_JUNCTION = re.compile(r"\s?(?P<word>和|与|跟|同|、|/)?\s?")
_ANY_NAME = re.compile("(?:(?![的了在我你他她是有这那])[一-龥]){1,5}")
_CORNER = re.compile(r"的?\s?(?:十字路口|交叉路?口|交[界汇]处?口?|丁字路口|路口|拐角处?|转角处?|口(?!罩|味|水|袋|碑))")
# 路灯, 巷子 and the like, where the road is only part of a word; 一大半路, where it is counted.
_COMPOUND = re.compile(r"路[灯登程线过由障况费演牌数肩面封]|街[坊舞灯]|巷[子仔口道战]")
_PIECE = re.compile(
    r"[一两半0-9二三四五六七八九十](?:大半|根|排|个|截|盏)|起来|面|今天|昨天|[东西南北]头|通组"
    # named by what it lies beside: 隔篱巷, 楼后胡同; or by a number as its neighbours are: 五号巷
    r"|隔[篱壁离]|对[面门过]|旁边|[楼屋房院门店厂村校][前后旁]|[一二三四五六七八九十]{1,2}号巷"
)
# 鸭子绕路, 袋子满街, 砖头落街: something goes or lies there, whatever stands before; 灶房水路 is a pipe.
_DONE = re.compile(r"(?:[绕挡]路|[满落]街|[房厨厕灶室间]水路)$")
_ALL_OVER = re.compile(r"[\s,，。!！?？]|$")
_AT = frozenset("在到去往来从住")
# 去银行路上, 送货路上: on the way; said so also of what somebody claims to have happened there.
_ON_THE_WAY = frozenset("去回来送赶讲说")
# Characters that elsewhere end a name, inside words that roads are named by (和平路, 向阳路, 太湖路).
_NAMING = re.compile(
    "太[平湖阳行原和白子古]|上[海饶]|前[进程锋]|先[锋烈]|外[滩环]|下[关沙]|得[胜月]|经[纬开]|问津|能源|向[阳荣]|和[平谐睦顺兴]"
    "|为民|会[展稽]|开[发元封创拓明]|听[涛雨松]|跑马|同心|里仁|有恒"
)
# 滨江那条路 says which one; 对面那条路, 学校那条路 and 上学那条路 name another spot or what it is used for.
_THAT_ROAD = re.compile(r"(?:^|(?<=[\s,，。!！?？在]))(?P<name>[一-龥]{2,3})那条路")
_SPOT_ENDS = frozenset("口门边面头上下里外内后前旁侧处东西南北家区学班车送过走去来位我你他们的")
_SPOT_BEGINS = frozenset("沿出去往靠临上下接送走过")
_WHOLE = re.compile(r"整条(?P<name>[一-龥]{2,4}?)[路街巷](?!灯|口|边|上)")
_LONGEST = 4  # characters of a name before 路, where no list of names tells


def roads(folded: str, names: Names) -> Iterator[Span]:
    """The roads named in a folded text, none inside another."""
    words = place_words()
    done = 0
    for match in _NUMBERED_LANE.finditer(folded):
        yield Span("road", match[0], match.start(), match.end())
        done = match.end()
    told = _told(folded, words)
    for match in _KIND.finditer(folded, done):
        if match.start() < done:
            continue
        start = _known(folded, done, match, names)
        if start is None:
            start = told.get(match.start())
        if start is None or start < done:
            start = _name_start(folded, done, match.start(), words)
            if start is None or not _is_road(folded, start, match, words):
                continue
        done = _extent(folded, match.end(), words)
        yield Span("road", folded[start:done], start, done)


def _told(folded: str, words: PlaceWords) -> dict[int, int]:
    """Where roads begin whose name is told by what stands around it, by the place of their 路."""
    told: dict[int, int] = {}
    for match in _THAT_ROAD.finditer(folded):
        name = match["name"]
        hits = (words.spot_at(folded, place) for place in range(match.start(), match.end("name") - 1))
        spot = name[-1] in _SPOT_ENDS or name[0] in _SPOT_BEGINS or any(hit and len(hit[0]) > 1 for hit in hits)
        if not spot:
            told[match.end() - 1] = match.start()
    for match in _WHOLE.finditer(folded):
        name = folded[match.start("name") : match.end()]
        if name not in words.not_roads and not name.endswith(words.not_road_ends) and "的" not in name:
            told[match.end() - 1] = match.start("name")
    return told


def _known(folded: str, done: int, match: re.Match[str], names: Names) -> int | None:
    """Where a name of the org tree begins, however long."""
    if names.roads:
        for start in range(max(done, match.end() - 8), match.start()):
            if folded[start : match.end()] in names.roads:
                return start
    return None


def _name_start(folded: str, done: int, end: int, words: PlaceWords) -> int | None:
    start = end
    while start > max(done, end - _LONGEST - 1) and _in_name(folded, start - 1, words):
        start -= 1
    return start if 2 <= end - start <= _LONGEST else None  # longer: a sentence


def _in_name(folded: str, place: int, words: PlaceWords) -> bool:
    character = folded[place]
    if "一" <= character <= "龥" and character not in words.never_in_road:
        return True
    return _NAMING.match(folded, place) is not None and not (place and folded[place - 1] in "路街巷")


def _is_road(folded: str, start: int, match: re.Match[str], words: PlaceWords) -> bool:
    name, end = folded[start : match.end()], match.end()
    if name in words.not_roads or name.endswith(words.not_road_ends) or name[-2] == "门":
        return False
    before = folded[start - 1] if start else ""
    if name.endswith("路") and folded.startswith("上", end) and (before in _ON_THE_WAY or name[0] in _ON_THE_WAY):
        return False
    if name.endswith("一街") and before not in _AT and _ALL_OVER.match(folded, end):
        return False  # 泥浆一街
    return not (_COMPOUND.match(folded, match.start()) or _PIECE.match(name) or _DONE.search(name))


def _extent(folded: str, end: int, words: PlaceWords) -> int:
    """Where the road's words end: after its house number, or after the other road of a junction."""
    behind = _NUMBER.match(folded, end) or _CORNER.match(folded, end)
    if behind is not None:
        return behind.end()
    joint = _JUNCTION.match(folded, end)
    begin = joint.end() if joint is not None else end
    joined = joint is not None and joint["word"] is not None
    other = _KIND.search(folded, begin + (1 if joined else 2), begin + 6)
    if other is None or not _other_name(folded, begin, other.start(), words, joined=joined):
        return end
    corner = _CORNER.match(folded, other.end())
    return end if corner is None else corner.end()


def _other_name(folded: str, start: int, end: int, words: PlaceWords, *, joined: bool) -> bool:
    """Whether the other road of a junction has a name; where 和 joins it, any that isn't a sentence (坡下街)."""
    if joined:
        return _ANY_NAME.fullmatch(folded, start, end) is not None
    return all(_in_name(folded, place, words) for place in range(start, end))
