"""Which measure word after a number makes it a building, a unit, a floor or a room, and which words forbid it.

Every pattern is tried at one position with `match`, holds no unbounded repetition and so costs a constant.
"""

import re

# Longer forms first. 号楼道 and 栋楼顶 give their 楼 back: it begins the spot. Voice input hears 单元 as 单员.
MEASURE = re.compile(
    r"\s?(?:"
    r"(?P<building>号楼栋|号楼(?![道梯顶])|号(?=楼[道梯顶])|号[栋幢座]|(?:#|号)楼|#|楼栋|栋(?:楼(?=[0-9一二三四五六东西]))?|幢|座)"
    r"|(?P<unit>单(?:[元园圆源原]|员(?!工))|号?门洞)"
    r"|(?P<room>号房间?|号室|室|房间?)"
    r"|(?P<floor>层(?:楼(?![道梯顶板]))?|楼(?:层|(?![栋盘])))"
    r"|(?P<number>号)|(?P<lane>支?弄)|(?P<row>排)|(?P<gate>门儿?(?![口前外禁铃锁洞厅儿]))|(?P<household>户)"
    r")"
)

# 三栋楼 counts, but 三栋楼道, 三栋楼头 and 三栋房檐 are parts of the third.
_HOUSES = (
    r"(?:的|小|大|老|新|旧|高|危|自建|多层|独)?"
    r"(?:别墅|楼房|房(?![檐顶后前山])|楼(?![上下道梯顶门前后栋长底层口头角檐])|建筑|违建|洋房|写字楼|厂房|住宅|公寓|大厦)"
)

# What follows the measure word and tells that it only counts (三栋楼, 一层灰, 3楼都闻到, 3室2厅, 三排座位).
COUNTED: dict[str, re.Pattern[str]] = {
    "building": re.compile(rf"{_HOUSES}|[一二三四五六七八九十0-9]栋的|电梯[井机]房|线|多(?!层)"),
    "unit": re.compile(r"楼房"),
    "floor": re.compile(
        r"都[能会要可]{0,2}[闻听看见感吵熏震呛臭知想有盖起建]|楼?高|高|厚|薄|油|灰|水(?!管|表|箱|井)|土|皮|冰|白|黑|黄|绿|红|亮?粉|蓝|紫|泥|雪|霜|纱|玻璃|布|纸|漆|毛|虫|膜|楼$|阁|半价|彩|壳"
        r"|意思|窗户纸|关系|一[层站停颤思抖顿喘歇卡晃响跳哼蹦挪户]|衣|被[子褥套]|口罩|鞋|层|的你|保险|小楼|的小楼|别墅"
    ),
    "room": re.compile(r"[一二两三四0-9]{1,2}[厅卫厨]|租|价|贷|产|东|源|屋|型|补"),
}
# Only behind 座: 5座车, but 8栋车位 and 8座车棚 are where something is.
SEATED = re.compile(
    r"桥|山|塔|庙|城|雕|亭|坟|岛|大山|位|椅|的?(?:车(?![棚库位道场])|轿)|商务|面包|suv|小车|机|金|充电桩|车位"
)

RANGE = re.compile(r"\s?[楼层]?\s?(?:[到至~-]|一直到|和|跟|与)\s?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})[楼层]")
LIST = re.compile(r"\s?(?:[、,，和跟与同到至/~-]|以及|还有)\s?(?=[0-9]{1,3}|[一二三四五六七八九十]{1,3})")
