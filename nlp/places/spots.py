"""Spots: the words for a place inside or around an estate, from `lexicon/places.toml`."""

import re
from collections.abc import Iterator

from nlp.places.compose import beside, composed
from nlp.places.span import Names, Span, Taken
from nlp.places.words import HOME, NEIGHBOUR, PLACE, THING, PlaceWords, place_words

# Behind a thing these make it a place; those that name another spot than the thing itself stay part of it.
_POSITION = re.compile(
    r"(?P<kept>(?:大?门)[口前外后]|口(?!罩|子|水|味)|[东西南北]侧|拐角|平台)"
    r"|(?P<side>[后背前](?:面(?!板)|头|侧|后)|背后|前)"
    r"|里(?!程)|入面|内(?!存)|底下|旁|顶(?!楼)|跟前|对面|中间|处(?!理)|那[边儿里块头旁]|那(?=[\s,，]|$)|这[边儿里块]|边(?!框)|[头前后外]"
    r"|上(?!来|去|了|不|个|次|周|月|班|锁|漆|海|上|下|面板|[0-9一二三四五六七八九十]|楼)"
    r"|下(?!来|去|了|水|不|个|次|周|午|单|雨|楼)"
)
_BEHIND_PLACE = re.compile(r"(?<=[池塘湖河江海])边(?!框)|门[口前外]|[东西南北]侧|背后|后头")
# 花店前 is another place than the shop; 消防栓前面 is where the hydrant is.
_INSTITUTIONS = frozenset("店馆厂校院园楼场站铺房学")
# Gates, numbered lanes and places by their shape, whatever stands before: 北门口, 二巷口, 坡口, 村头, 塘边, 崖下.
_GATE = re.compile(
    r"(?:[东西南北](?:[东西南北]|大|小|侧|边)?|[前后侧正大小偏边]|[0-9一二三四五六]号)"
    r"门(?:岗亭|外|(?:口|那[边儿]的?)?(?:路口|车棚|广场)|口)?"
    r"(?!票|市|铃|诊|槛|牙|禁|锁|窗|板|把|坏|卫|神|服|面|[推拉关锁合]不)"
    r"|(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})巷口"
)
_SHAPE = re.compile(
    r"[楼巷弄街村坡桥沟洞岔库站货卸道渡校厂店厅廊闸河港院场园胡堂庙]口(?!味|水|号|罩|子|碑|径)"
    r"|[桥村巷坝渡坡]头|[河湖海塘沟田池坟渠井墙江溪涌坝]边"
    r"|[桥墙坡崖架檐]下(?!来|去|面的|水|雨|午)|[桥坡坝堤]上(?!来|去|午)"
)
# X馆门口, X摊门口 and the like, whatever X is, unless it belongs to the sentence.
_KINDS = "馆店房室摊厂园校院所区棚局站吧铺行场舍栈"
_DOOR_OF = re.compile(rf"(?P<name>[一-龥]{{1,2}}[{_KINDS}])门[口前外]")
# X室里, X棚旁边 and a line of nothing but such a word.
_INSIDE_OF = re.compile(
    r"(?:(?<![一-龥])|(?<=[在到往进从]))(?P<name>[一-龥]{1,2}[馆店房室摊厂园棚亭廊池沟塘窖圈厅库站铺])"
    r"(?=里(?!程|面没)|内|旁边?|外[面头边]|后[面头]|前[面头]|那[边里块儿])"
)
_ALONE = re.compile(r"(?:(?<=\n)|(?<=^))(?P<name>[一-龥]{1,2}[馆店房室摊厂园棚亭廊池沟塘窖圈厅库站铺])(?=\n|$)")
_SENTENCE = frozenset(
    "的了在从到往去过把被让给对向和与是有没这那我你他她它们咱俺就都也还又再很家堵停放摆堆坐站蹲倒扔拉搬谁哪着掉娃邻于为会儿时些个只一两"
)
_NOT_AFTER = {
    "广场": "舞",
    "车库": "门",
    "人行道": "板",
    "楼倒": "垃圾",
    "鱼塘": "似",
    "车道": "线",
    "窗外": "的",
    "水管": "里",
    "楼上": "楼下",
    "后山": "墙",
    "楼梯": "灯",
    "客厅": "跟",
}
_NOT_BEFORE = {
    "门口": ("扔", "贴", "从", "送到", "放到", "在门", "到"),
    "楼下": ("往", "跟", "楼上", "上和", "到", "在我"),
    "马路": ("过",),
    "药店": ("农",),
    "围墙": ("把",),
    "喷泉": ("跟",),
    "顶楼": ("去",),
    "会所": ("承诺的", "说好的"),
    "门外": ("扇", "扔在"),
    "楼梯": ("走", "爬", "跑"),
    "厕所": ("上", "跑", "蹲", "拉"),
    "窗外": ("盗", "从", "到"),
    "大厅": ("政务", "办事"),
    "平台": ("哪个", "网络", "投诉"),
    "对门": ("河",),
    "楼上": ("查查", "从", "跟", "和"),
    "隔壁": ("线到", "砸到", "漏到", "流到", "传到", "吵到", "响到", "跑到", "砸了"),
}
# 顶楼天台 is the roof, but 门口绿化带 the door.
_ROUGHLY = ("楼下", "顶楼", "边", "会所", "楼上", "楼顶", "侧", "屋后", "楼后")
_IN_ONE_BREATH = ("", "的", "那条", "那个", "里", "上的")
# 楼上的说得对 speaks to who wrote above.
_NEIGHBOURS = ("楼上", "楼下", "隔壁", "对门", "对面", "隔篱")
_POSTER = re.compile(r"的?(?:说|讲|正解|朋友|老哥|兄弟|姐妹|意思|\+1)|的$|$")
_TO_POSTER = re.compile(r"的?(?:是|对)?[,，。.]")
_GOING = ("进", "上", "入", "出", "推", "进了", "起进", "回")
_INTO = ("扫进", "倒进", "扔进", "掉进", "推进", "停进", "塞进", "灌进")
_IS_BLOCKED = re.compile(r"被|[也全都给让]{0,2}[堵挡塞封]")
_MINE = ("我", "我家", "咱家", "俺家", "自家", "屋里", "家里")
_WATER = re.compile(r"[水漏滴渗潮霉淹]")
_BLOCKED = ("挡住", "堵住", "堵在", "堵了", "我家", "堵着", "挡着")
# Who is stuck in a lift, or what is part of it, speaks of the lift itself.
_LIFTS = ("电梯", "货梯", "升降机", "电剃")
_STUCK = ("困在", "卡在", "关在", "锁在", "闷在", "困", "在我")
_LIFT_PART = re.compile(
    r"[头面]?(?:的|那[块个]|还)?(?:灯|按[键钮]|面板|木板|风扇|空调|卡|关|困|积水|积了|直?晃|广告|写着|没信号|漆?黑|显示|对讲|有人(?:没|吗|在|拍|喊|敲|[\s!！。]|$)|有?一?股?糊)"
)

# 跟游泳池似的, 成了你家储物间, 搭了个棚子: what something is like, becomes or is built isn't where it is.
_LIKENED = re.compile(
    r"(?:像|比|好似|好比|成了?|当成?|[搭盖砌建]了?|[设搞办装加开添](?=个))"
    r"(?:一?[个间座]|你们?家|自家|他们?家)?$"
)
# What a shop or a shed does or suffers, said of itself (健身房跑路, 车棚塌了).
_ITSELF = re.compile(
    r"(?<=[店馆房吧])(?:办(?:年|会员)?卡|办的|退[卡费款]|跑路|倒闭|关门|卷款|拉我办)|(?<=棚)的?棚?顶?[也都又]?(?:漏(?!电)|[塌掀飞]|砸穿|没电)"
    r"|(?<=墙)[被都]?(?:[泡冲撞]?[塌倒裂歪])|(?<=门洞)代表|(?<=平台)(?:说|客服|退|不退|扣)|(?<=公交站)改"
    r"|(?<=厕所)(?:[又也都]?[满堵坏]|从没|没人)"
)
_LIKE = re.compile(r"似的|一样|一般(?!般)")
_ASKED = re.compile(
    r"要不要(?:审批|报批|备案|登记|本人)|几点(?:上班|开门|下班)|[在去到]哪(?:里|儿|个窗口)?(?:能|可以)?(?:办|弄|登记|申请|备案|盖章|领|打疫苗)"
    r"|(?:怎么|咋)(?:办理|申请|登记|备案)|(?:居住证|通行证|社保|医保|公积金|疫苗)[^,，。\n]{0,12}[吗呢?？]"
)
_ENQUIRY = re.compile(r"(?:@[^\s@]{1,24}\s)?\s{0,24}(?:请问|咨询|想问)")

_SHORT = 3  # characters of a spot that keeps its 的, which belongs to it then
NOWHERE = -1  # what a thing is worth that is only a thing: its characters are no other spot
_Hit = tuple[int, int, int]  # worth, end, where to read on


def spots(text: str, folded: str, taken: Taken, names: Names) -> tuple[list[Span], list[tuple[int, int]]]:
    """The spots named in a text, from left to right, general words (楼下, 路边) behind the exact ones; then where words
    stand that only look like one (成了你家储物间).

    The first is nearly always the one meant.
    """
    words = place_words()
    judged = list(_found(folded, taken, names, words))
    found = _exact((one for one in judged if one[0] != NOWHERE), folded)
    ordered = sorted(found, key=lambda one: -min(THING, one[0]))
    spans = [Span("spot", plain_spot(text[start:end]), start, end) for _, start, end in ordered]
    return spans, [(start, end) for worth, start, end in judged if worth == NOWHERE]


def asks_authority(folded: str) -> bool:
    """Whether a text asks an authority something: 请问登记在楼下办还是街道 names no place of a trouble."""
    return bool(_ENQUIRY.match(folded) or _ASKED.search(folded))


def plain_spot(said: str) -> str:
    """A spot as it is kept: what voice input made of its words put right (楼到 is 楼道), 东门的车棚 without 的."""
    for heard, meant in place_words().heard_as.items():
        said = said.replace(heard, meant)
    return said.replace("的", "") if len(said) > _SHORT else said


def _found(folded: str, taken: Taken, names: Names, words: PlaceWords) -> Iterator[tuple[int, int, int]]:
    """(worth, start, end) of each spot."""
    shapes, place = _shapes(folded), 0
    while place < len(folded):
        hit = _at(folded, place, words, names, shapes) if taken.free(place, place + 1) else None
        if hit is None or not taken.free(place, hit[1]):
            place += 1
            continue
        yield hit[0], place, hit[1]
        place = hit[2]


def _exact(found: Iterator[tuple[int, int, int]], folded: str) -> list[tuple[int, int, int]]:
    """Of places said in one breath (顶楼天台, 湖边那条巷子) only the last, which is the exact one."""
    kept: list[tuple[int, int, int]] = []
    for worth, start, end in found:
        behind_gate = start > 0 and folded[start - 1] == "门"
        joint = folded[kept[-1][2] : start] if kept and not behind_gate else "\n"
        if joint == "" and not folded.endswith(_ROUGHLY, kept[-1][1], kept[-1][2]):
            joint = "\n"
        if (worth == PLACE and joint in _IN_ONE_BREATH) or (worth == THING and joint == "的"):
            kept.pop()
        kept.append((worth, start, end))
    return kept


def _at(folded: str, place: int, words: PlaceWords, names: Names, shapes: dict[int, int]) -> _Hit | None:
    end = _named_end(folded, place, names) or shapes.get(place)
    if end is not None and end > 0:
        return PLACE, end, end
    hits = composed(folded, place, words)
    if not hits:
        end = -end if end is not None else _door_end(folded, place)
        return None if end is None else (PLACE, end, end)
    judged: _Hit | None = None
    for hit in hits:
        judged = _judged(folded, place, *hit)
        if judged is not None and judged[0] != NOWHERE:
            break
    return judged


def _judged(folded: str, place: int, end: int, worth: int, word: str) -> _Hit | None:
    """What a word or composed words from `place` to `end` are worth where they stand."""
    before = folded[max(0, place - 2) : place]
    if before.endswith(_NOT_BEFORE.get(word, ("\n\n",))):
        return NOWHERE, end, end
    if folded.startswith(_NOT_AFTER.get(word, "\n\n"), end):
        return None
    if _LIKENED.search(folded, max(0, place - 5), place) or _LIKE.match(folded, end) or _ITSELF.match(folded, end):
        return NOWHERE, end, end
    if word.endswith("井") and folded.startswith("盖", end):
        return NOWHERE, end, end + 1  # 污水井盖 is the thing that is broken
    if word in _NEIGHBOURS and (_POSTER.match(folded, end) or (place == 0 and _TO_POSTER.match(folded, end))):
        return None
    if worth == THING:
        return _thing(folded, place, end, before)
    if worth == HOME:
        water = _WATER.search(folded, max(0, place - 20), end + 20)
        worth = PLACE if water or before.endswith(_MINE) else NEIGHBOUR
    behind = _BEHIND_PLACE.match(folded, end) if worth == PLACE else None
    end = end if behind is None else behind.end()
    return worth, end, end


def _named_end(folded: str, place: int, names: Names) -> int | None:
    """Where a name of the org tree ends that begins at `place`."""
    if names.spots:
        for end in range(min(place + 8, len(folded)), place + 1, -1):
            if folded[place:end] in names.spots:
                return end
    return None


def _shapes(folded: str) -> dict[int, int]:
    """Where a gate or a place by its shape begins, and where it ends; negative where a listed word comes first."""
    found = {match.start(): -match.end() for match in _SHAPE.finditer(folded)}
    found |= {match.start(): match.end() for match in _GATE.finditer(folded)}
    return found | dict(beside(folded))


def _door_end(folded: str, place: int) -> int | None:
    """Where a place ends that no list knows, told by the kind of its last character and by what stands behind it."""
    for pattern in (_DOOR_OF, _INSIDE_OF, _ALONE):
        unknown = pattern.match(folded, place)
        if unknown is not None and not _SENTENCE & set(unknown["name"]):
            return unknown.end()
    return None


def _thing(folded: str, place: int, end: int, before: str) -> _Hit:
    """电梯 in 电梯里有人抽烟 and 推进电梯, not in 电梯坏了."""
    lift = folded[place:end] in _LIFTS
    position = _POSITION.match(folded, end)
    if position is None:
        going = before.endswith(_GOING) and not _LIFT_PART.match(folded, end)
        there = (going if lift else before.endswith(_INTO)) or (
            folded[end - 1] == "门" and (before.endswith(_BLOCKED) or _IS_BLOCKED.match(folded, end))
        )
        return (THING if there else NOWHERE), end, end
    if lift and (before.endswith(_STUCK) or _LIFT_PART.match(folded, position.end())):
        return NOWHERE, end, end
    last = folded[end - 1]
    kept = position["kept"] or (position["side"] and last in _INSTITUTIONS) or (last == "门" and position[0] == "前")
    return THING, position.end() if kept else end, position.end()
