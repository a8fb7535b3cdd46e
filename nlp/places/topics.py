"""What the name of a room says about where it is: 桂语里3栋邻里群 is building 3 of 桂语里."""

import re

from nlp.normalize import fold
from nlp.place import proposals
from nlp.places.span import Names, Place, place_of

# Where the estate's name ends: at a building, a part of the estate, or what tells whose group it is.
_NAME_ENDS = re.compile(
    r"[a-z]?[0-9]{1,3}(?:号楼?|栋|幢|座|#)|[一二三四五六七八九十]{1,3}(?:号楼|栋|幢|座|期|组团|区)|[a-z][区座栋]|[（(·\s]|小区"
    r"|业主|邻里|邻居|住户|居民|租客|租户|街坊|老友|大家庭|便民|互助|交流|通知|商户|宿舍|家属|安置|青年|房东|村民|群"
)
_NO_NAME = re.compile(r"街道|网格|胡同|骑楼|夜市|商业?街|[路街巷弄村屯镇乡]$|学校|园区")
_CHINESE = re.compile(r"[一-龥]{2,8}$")


def place_of_topic(topic: str) -> Place:
    """The place that a room's name tells; where it is bound to a node of the org tree, that node knows better."""
    folded = fold(topic)
    end = _NAME_ENDS.search(folded)
    estate = _CHINESE.match(topic[: end.start()] if end is not None else "")
    if estate is not None and _NO_NAME.search(estate[0]):
        estate = None
    found = place_of(proposals(topic).parts)
    return Place(estate[0] if estate else found.estate, building=found.building, unit=found.unit)


def names_of_topics(topics: list[str]) -> Names:
    """The estates that the names of some rooms tell."""
    return Names(estates=frozenset(estate for topic in topics if (estate := place_of_topic(topic).estate)))
