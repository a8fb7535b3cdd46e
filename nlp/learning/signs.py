"""Utterances as rows of numbers: the very signs that the decision adds up, so that what is learned is what runs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from nlp.lexicon import Lexicon
from nlp.normalize import INVISIBLE, REPLACEMENT
from nlp.reading import Reader, counted, framed
from nlp.register import CONTEXT, LENGTHS, length_name

SPOKEN = 0.5  # how far a feature that a person wrote is trusted before anything is learned, against a keyword's 1
LONGEST = 4  # characters of a learned keyword, with its line ends
_UNFIT = frozenset(f"""'"\\^$ \t{INVISIBLE}{REPLACEMENT}""")
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严金魏姜谢邹苏潘范彭郎鲁马方袁柳唐薛雷贺罗毕安常傅齐顾孟黄萧"
    "尹姚邵汪毛戴宋庞熊纪项祝董梁杜贾江郭梅林钟徐邱骆高夏蔡田胡丁邓洪崔龚程陆段侯武刘龙叶司白蒲卓乔阎谭廖曾覃莫阿"
)
_PERSON = re.compile(
    rf"[老小阿大][{_SURNAMES}]|[{_SURNAMES}](?:姐|哥|叔|姨|婶|伯|爷|奶|妈|工|总|队|导|嫂|家|阿姨|师傅|书记|主任|大爷|大妈|老师)"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One text with what the listener knows about it; `open_same` and `recent_same` are decided once the type is."""

    text: str
    staff: bool = False
    opened: bool = False
    open_same: bool = False
    recent: bool = False
    recent_same: bool = False
    moment: str | None = None


def grams(text: str) -> set[str]:
    """All substrings of up to four characters that may become keywords, anchored ones too."""
    read, _ = framed(text)
    found = {
        read[start : start + length]
        for length in range(1, LONGEST + 1)
        for start in range(len(read) - length + 1)
        if "\n" not in read[start + 1 : start + length - 1]
    }
    return {gram for gram in found if gram.strip("\n") and _UNFIT.isdisjoint(gram)}


def names_somebody(gram: str) -> bool:
    """Whether a substring looks like how people are called (老周, 王姐): such a keyword isn't learned."""
    return bool(_PERSON.search(gram))


class Signs:
    """Lays texts out as a sparse matrix: features of the lexicon, context, then keywords."""

    def __init__(self, lexicon: Lexicon, keywords: Sequence[str]) -> None:
        self._lexicon = lexicon
        self._reader = Reader(lexicon)
        self.features = sorted(lexicon.effects)
        self.context = ("length.0", *(f"length.{length}" for length in LENGTHS), *CONTEXT)
        self.keywords = list(keywords)
        names = (*self.features, *self.context, *self.keywords)
        self._place = {name: place for place, name in enumerate(names)}
        self._gram = {gram: len(self.features) + len(self.context) + n for n, gram in enumerate(keywords)}
        self.width = len(names)

    def scale(self, place: int) -> float:
        """How a column was scaled: a learned coefficient times this is the weight that ships."""
        return SPOKEN if place < len(self.features) else 1.0

    def matrix(self, rows: Iterable[Row]) -> sparse.csr_matrix:
        """One line for each row."""
        at, places, values = [0], [], []
        for row in rows:
            line = self._line(row)
            places += sorted(line)
            values += [line[place] for place in sorted(line)]
            at.append(len(places))
        shape = (len(at) - 1, self.width)
        return sparse.csr_matrix((np.array(values), np.array(places), np.array(at)), shape=shape)

    def _line(self, row: Row) -> dict[int, float]:
        read, quoted = framed(row.text)
        found = self._reader.find(read)
        line: dict[int, float] = {}
        letters = list(counted(read))
        words = {self._reader.words[match[2]] for match in found}
        for word in (*(word for word in words if len(word) > 1), *letters):
            for feature, weight in self._lexicon.words.get(word, {}).items():
                place = self._place[feature]
                line[place] = line.get(place, 0.0) + SPOKEN * weight
        for hit in self._reader.hits(read, found):
            place = self._place[hit.pattern.feature]
            line[place] = line.get(place, 0.0) + SPOKEN * hit.pattern.weight
        context = {"staff": row.staff, "quoted": quoted, "open.any": row.opened, "open.same": row.open_same}
        context |= {"recent.any": row.recent, "recent.same": row.recent_same}
        named = [name for name, holds in context.items() if holds] + ([row.moment] if row.moment else [])
        for name in (length_name(len(row.text)), *named):
            line[self._place[name]] = 1.0
        for gram in (*(gram for gram in grams(row.text) if len(gram) > 1), *letters):
            if gram in self._gram:
                line[self._gram[gram]] = line.get(self._gram[gram], 0.0) + 1.0
        return line
