"""Which measure word after a number makes it a building, a unit, a floor or a room, and which words forbid it.

Every pattern is tried at one position with `match`, holds no unbounded repetition and so costs a constant.
"""

import re

# Longer forms first. 号楼道 and 栋楼顶 give their 楼 back: it begins the spot.
MEASURE = re.compile(
    r"\s?(?:"
    r"(?P<building>号楼栋|号楼(?![道梯顶])|号(?=楼[道梯顶])|号[栋幢座]|(?:#|号)楼|#|楼栋|栋(?:楼(?=[0-9一二三四五六东西]))?|幢|座)"
    r"|(?P<unit>单元|号门洞)"
    r"|(?P<room>号房间?|号室|室|房间?)"
    r"|(?P<floor>层(?:楼(?![道梯顶板]))?|楼(?:层|(?![栋盘])))"
    r"|(?P<number>号)|(?P<lane>支?弄)|(?P<row>排)|(?P<gate>门(?![口前外禁铃锁洞厅]))|(?P<household>户)"
    r")"
)

_HOUSES = (
    r"(?:的|小|大|老|新|旧|高|危|自建|多层|独)?"
    r"(?:别墅|楼房|房|楼(?![上下道梯顶门前后栋长底层口])|建筑|违建|洋房|写字楼|厂房|住宅|公寓|大厦)"
)
_SEATS = r"桥|山|塔|庙|城|雕|亭|坟|岛|大山|位|椅|车|的?(?:车|轿)|商务|面包|suv|小车|机|金"

# What follows the measure word and tells that it only counts (三栋楼, 5座车, 一层灰, 3室2厅, 三排座位).
COUNTED: dict[str, re.Pattern[str]] = {
    "building": re.compile(rf"{_HOUSES}|{_SEATS}|[一二三四五六七八九十0-9]栋的|电梯[井机]房|充电桩|车位|线|多(?!层)"),
    "unit": re.compile(r"楼房"),
    "floor": re.compile(
        r"都|楼?高|高|厚|薄|油|灰|水(?!管|表|箱|井)|土|皮|冰|白|黑|黄|绿|红|泥|雪|霜|纱|玻璃|布|纸|漆|毛|虫|膜|楼$|阁|半价|彩|壳"
        r"|意思|窗户纸|关系|一层|衣|被[子褥套]|口罩|鞋|一站|层|的你|保险|小楼|的小楼|别墅"
    ),
    "room": re.compile(r"[一二两三四0-9]{1,2}[厅卫厨]|租|价|贷|产|东|源|屋|型|补"),
}

# After 号: what makes it the number of a house or entrance rather than a day of the month.
HOUSE_NUMBER = re.compile(
    r"门口|门[前洞栋]|楼|旁|那(?![天晚次回个时])|家|天井|里[面头]?|后[间门头面院]|前[门头面院]|对[面门过]|隔壁|底[楼下]|边[上头]|[老阿]|大[爷妈]|爷|奶"
    r"|加梯|[0-9]{3,4}(?![0-9])|[一二三四五六七1-9](?:单元|[楼层室])|院|客堂|灶|亭子间|晒台|阳台|门禁|下水|化粪"
)
LIVING_AT = ("在", "住", "弄", "住在", "我们", "我家", "咱", "到", "阿拉", "隔壁", "对面", "对过")
NOT_A_HOUSE = ("月", "-", "/", ".", "本", "微信", "型", "信", "账", "编", "工", "单", "学", "尾")

# After a bare number of three or four digits: what keeps it from being a door.
NOT_A_DOOR = re.compile(
    r"[0-9.:%‰a-z-]|,(?=[0-9])|[元块人路年月户度个多次分斤平米万千百只条张瓦克毫厘升秒吨辆点家级号集名套位步岁股]|天(?!花|台|天)|小时|公交|是我?公交"
)
DOOR_CONTEXT = ("楼上", "楼下", "隔壁", "对门", "对面", "我家", "我们", "我", "隔篱", "隔籬")
DOOR_FOLLOWED = re.compile(
    r"你?们?家|(?:[和跟与]|还是)(?=[0-9]{3,4})|[那这][户家]|住户|业主|户主|邻居|租[户客]|门口|那[个位]|阳台|的(?:邻居|业主|租)|漏水|房门"
)

DOOR_SUBJECT = re.compile(r"[是又在那拆装天昨今漏半晚一][^,，。和、\s]")

RANGE = re.compile(r"\s?[楼层]?\s?(?:[到至~-]|一直到|和|跟|与)\s?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})[楼层]")
LIST = re.compile(r"\s?(?:[、,，和跟与到至/~-]|以及|还有)\s?(?=[0-9]{1,3}|[一二三四五六七八九十]{1,3})")
# 飘到二楼: how far something reached isn't where the trouble is.
REACHING = ("飘到", "熏到", "爬到", "漏到", "传到", "响到", "臭到", "吵到", "闻到", "蹿到", "黑上", "爬上", "上到")
PILED = re.compile(r"$|[,，。!！?？\s]")
BELOW_BARE = re.compile(r"[楼层]|(?![分责面数债])")
VITAMIN = ("维生素", "维", "驾照", "驾", "照", "证", "签证", "考", "vc", "vb")
