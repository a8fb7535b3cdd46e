"""When 12号 is a house or an entrance, A5 a building, and a bare number of three or four digits a door."""

import re

from nlp.places.numbers import Numeral

_KIN = r"(?:大?[爷妈姨婶伯叔姑嫂]|阿姨|老?太太|老头|奶奶|爷爷|婆婆?)"
# After 号: what makes it the number of a house or entrance rather than a day of the month.
_HOUSE_NUMBER = re.compile(
    r"门口|门[前洞栋]|楼|旁|那(?![天晚次回个时])|家|天井|里[面头]?|后[间门头面院]|前[门头面院]|对[面门过]|隔壁|底[楼下]|边[上头]|[老阿]|大[爷妈]|爷|奶"
    r"|门?加[梯装]|[0-9]{3,4}(?![0-9])|[一二三四五六七1-9](?:单元|[楼层室])|院(?!墙)|客堂|灶|亭子间|晒台|阳台|门禁|下水|化粪"
    rf"|[一-龥]{_KIN}(?![^,，。\n]?[来到去])"
)
_LIVING_AT = ("在", "住", "弄", "住在", "我们", "我家", "咱", "阿拉", "隔壁", "对面", "对过")
_NOT_A_HOUSE = ("月", "-", "/", ".", "本", "微信", "型", "信", "账", "编", "工", "单", "学", "尾", "离", "距")
_LARGE_GATE = "大门"  # behind 14号 a house's; 3号大门 may be the estate's, which has no ten of them

# Buildings of works and new estates are named by letter and number alone, at the beginning of a clause; E4 elsewhere
# may be what a display shows. B1 to B4 are floors below ground unless what follows is never down there.
_CLAUSE = "\n,，。!！?？ "
_OURS = ("在", "住", "我们", "咱们", "咱", "从")
_BLOCK = re.compile(r"[a-h][1-9][0-9]?")
_ABOVE_GROUND = r"洗漱间|寝室?|宿舍|晾|晒|阳台|天台|[楼屋]顶"
_BLOCK_PART = re.compile(
    rf"(?:[、/和跟与][a-h]?[1-9][0-9]?){{0,4}}(?:{_ABOVE_GROUND}|[货客]梯|电[梯剃]|坐电梯|门|背后|[前后][面头门]|旁|侧|单?车棚|单车|走廊|过道|大堂|厕所|水房|外墙|下水"
    r"|停[水电]|没[水电网]|往|又(?!报|闪|显|跳|来))"
)
_ABOVE = re.compile(_ABOVE_GROUND)

# After a bare number of three or four digits: what keeps it from being a door.
_NOT_A_DOOR = re.compile(
    rf"[0-9.:%‰a-z-]|,(?=[0-9])|(?!张{_KIN})[元块人路年月户度个多次分斤平米万千百只条张瓦克毫厘升秒吨辆点家级号集名套位步岁股]"
    r"|天(?!花|台|天)|小时|公交|是我?公交"
)
_DOOR_CONTEXT = ("楼上", "楼下", "隔壁", "对门", "对面", "我家", "我们", "我", "隔篱", "隔籬")
_DOOR_FOLLOWED = re.compile(
    r"你?们?家|\s你们家|(?:[和跟与]|还是)(?=[0-9]{3,4})|[那这][户家]|住户|业主|户主|邻居|租[户客]|门口|那[个位]|阳台|的(?:邻居|业主|租)|漏水|房门"
    r"|楼[板上下]"
)
_DOOR_SUBJECT = re.compile(
    rf"[是又在那拆装天昨今漏半晚一][^,，。和、\s]|把(?![椅伞锁刀钥剪扫])|[一-龥]?{_KIN}|婆媳|夫妻|两口|母[女子]|父[女子]|老[两头太]|一家"
)
_CALLS = frozenset({110, 112, 114, 119, 120, 122, 911})  # numbers that one dials


def is_house(text: str, number: Numeral, end: int, *, on_road: bool) -> bool:
    """Whether a number before 号, which ends at `end`, is that of a house or entrance."""
    before = text[max(0, number.start - 2) : number.start]
    if number.size == 0 or before.endswith(_NOT_A_HOUSE) or number.words.startswith("0"):
        return False
    if before.endswith(_LIVING_AT) and (end == len(text) or text[end] in ",，。 \n"):
        return True
    gate = number.size >= 10 and text.startswith(_LARGE_GATE, end)
    return gate or on_road or _HOUSE_NUMBER.match(text, end) is not None


def is_block(text: str, start: int, end: int) -> bool:
    """Whether a letter with its number names a building: E5货梯, C6门口, B3洗漱间."""
    begins = start == 0 or text[start - 1] in _CLAUSE or text.endswith(_OURS, max(0, start - 2), start)
    if not begins or not _BLOCK.fullmatch(text, start, end):
        return False
    below = text[start] == "b" and end - start == 2 and text[start + 1] in "1234"
    return (_ABOVE if below else _BLOCK_PART).match(text, end) is not None


def is_door(text: str, number: Numeral, *, leans: bool) -> bool:
    """Whether a number of three or four digits stands where a door would: 20号楼107, 隔壁1206, 107门口."""
    start, end = number.start, number.end
    if not (100 <= number.size < 10_000) or number.words[0] == "0" or number.value[0].isalpha():
        return False
    if _NOT_A_DOOR.match(text, end):
        return False
    if leans:
        return True
    if not 0 < number.size % 100 <= 30 or not number.words.isascii():
        return False
    begins = (start == 0 or text[start - 1] in "\n,，。 ") and number.size not in _CALLS
    if begins and (_DOOR_SUBJECT.match(text, end) or _is_aside(text, number)):
        return True
    return text[max(0, start - 2) : start].endswith(_DOOR_CONTEXT) or _DOOR_FOLLOWED.match(text, end) is not None


def _is_aside(text: str, number: Numeral) -> bool:
    """心口疼,302,一个人: a door thrown in between commas."""
    return number.start > 0 and text[number.start - 1] in ",，" and text.startswith((",", "，"), number.end)
