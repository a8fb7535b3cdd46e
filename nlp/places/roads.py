"""Roads with house number or junction, as said: 云栖路18号, 云栖路与长林街交叉口."""

import re
from collections.abc import Iterator

from nlp.places.span import Names, Span
from nlp.places.words import PlaceWords, place_words

_KIND = re.compile(r"大道|大街|胡同|环路|[路街巷]")
_NUMBER = re.compile(r"\s?(?:[0-9]{1,5}|[零一二三四五六七八九十百]{1,5})(?:号|弄)(?![楼栋幢座线]|门(?!口)|公交)")
_NUMBERED_LANE = re.compile(
    r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2}|(?<![一-龥])[东南西北])巷(?:[0-9]{1,3})(?:号|(?![0-9]))"
)
_JUNCTION = re.compile(r"\s?(?:和|与|跟|同|、|/)?\s?")
_CORNER = re.compile(r"的?\s?(?:十字路口|交叉路?口|交[界汇]处?口?|丁字路口|路口|拐角处?|转角处?|口(?!罩|味|水|袋|碑))")
# 路灯, 巷子 and the like, where the road is only part of a word; 一大半路, where it is counted.
_COMPOUND = re.compile(r"路[灯登程线过由障况费演牌数肩面封]|街[坊舞灯]|巷[子口道战]")
_PIECE = re.compile(r"[一两半0-9二三四五六七八九十](?:大半|根|排|个|截|盏)|起来|面|今天|昨天|[东西南北]头|通组")
_LONGEST = 4  # characters of a name before 路, where no list of names tells


def roads(folded: str, names: Names) -> Iterator[Span]:
    """The roads named in a folded text, none inside another."""
    words = place_words()
    done = 0
    for match in _NUMBERED_LANE.finditer(folded):
        yield Span("road", match[0], match.start(), match.end())
        done = match.end()
    for match in _KIND.finditer(folded, done):
        if match.start() < done:
            continue
        start = _known(folded, done, match, names)
        if start is None:
            start = _name_start(folded, done, match.start(), words)
            if start is None or not _is_road(folded, start, match, words):
                continue
        done = _extent(folded, match.end(), words)
        yield Span("road", folded[start:done], start, done)


def _known(folded: str, done: int, match: re.Match[str], names: Names) -> int | None:
    """Where a name of the org tree begins, however long."""
    if names.roads:
        for start in range(max(done, match.end() - 8), match.start()):
            if folded[start : match.end()] in names.roads:
                return start
    return None


def _name_start(folded: str, done: int, end: int, words: PlaceWords) -> int | None:
    start = end
    while start > max(done, end - _LONGEST - 1) and _in_name(folded[start - 1], words):
        start -= 1
    return start if 2 <= end - start <= _LONGEST else None  # longer: a sentence


def _in_name(character: str, words: PlaceWords) -> bool:
    return "一" <= character <= "龥" and character not in words.never_in_road


def _is_road(folded: str, start: int, match: re.Match[str], words: PlaceWords) -> bool:
    name = folded[start : match.end()]
    if name in words.not_roads or name.endswith(words.not_road_ends) or name[-2] == "门":
        return False
    return not _COMPOUND.match(folded, match.start()) and not _PIECE.match(name)


def _extent(folded: str, end: int, words: PlaceWords) -> int:
    """Where the road's words end: after its house number, or after the other road of a junction."""
    behind = _NUMBER.match(folded, end) or _CORNER.match(folded, end)
    if behind is not None:
        return behind.end()
    joint = _JUNCTION.match(folded, end)
    begin = joint.end() if joint is not None else end
    other = _KIND.search(folded, begin + 2, begin + 6)
    if other is None or not all(_in_name(character, words) for character in folded[begin : other.start()]):
        return end
    corner = _CORNER.match(folded, other.end())
    return end if corner is None else corner.end()
