"""How much two texts are about the same thing: TF-IDF over characters and character pairs, without a segmenter."""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable

from nlp.normalize import fold

_RUN = re.compile(r"[一-鿿㐀-䶿]+|[a-z0-9]+")
_QUOTED = re.compile(r"「([^」\n]{0,500})」\s?\n(?:- ){5,40}-?\s?\n?")
_NOTHING = re.compile(r"@[^\s@]{1,24}(?=[\s\u2005]|$)|\[[^\[\]\s]{1,8}\]|https?://[!-~]{1,300}")
# Characters that say nothing about the thing meant.
_EMPTY = frozenset(
    "的了是我你他她它们在有没不也都就还又再这那个一二三很太好啊呢吧吗嘛呀哦哈哎唉嗯咋什么怎谁哪来去上下里到和跟把被让给"
    "人家么得要会能说看过着天年月点次些两几多少大小今昨明早晚刚才请谢感真已经可以为啥之为但而且啦嘞咧咯嘎呗噻哒俺咱阿"
)
_LONGEST = 2_000  # characters of a text that are compared


def split_quote(text: str) -> tuple[str | None, str]:
    """The text that an answer quotes, without its speaker, and the answer itself."""
    match = _QUOTED.search(text)
    if match is None:
        return None, text
    _, _, said = match[1].rpartition("：") if "：" in match[1] else ("", "", match[1])
    return said, text[: match.start()] + text[match.end() :]


def terms(text: str) -> frozenset[str]:
    """What a text is compared by: its pairs of characters, single ones that mean something, words in Latin letters."""
    found: set[str] = set()
    for match in _RUN.finditer(_NOTHING.sub(" ", fold(text[:_LONGEST]))):
        run = match[0]
        if run[0] < "㐀":
            found.add(run)
            continue
        found.update(character for character in run if character not in _EMPTY)
        pairs = itertools.pairwise(run)
        found.update(one + two for one, two in pairs if one not in _EMPTY or two not in _EMPTY)
    return frozenset(found)


class Rarity:
    """How much each term tells, from how few of the given texts hold it."""

    def __init__(self, documents: Iterable[frozenset[str]]) -> None:
        counts: Counter[str] = Counter()
        self._size = 1
        for document in documents:
            counts.update(document)
            self._size += 1
        self._counts = counts

    def weight(self, term: str) -> float:
        """The term's inverse document frequency; a pair weighs twice what a single character does."""
        rarity = math.log((1 + self._size) / (0.5 + self._counts[term]))
        return rarity * (1.0 if len(term) > 1 else 0.5)

    def norm(self, document: frozenset[str]) -> float:
        """The length of a text as a vector."""
        return math.sqrt(sum(self.weight(term) ** 2 for term in document))

    def cosine(self, one: frozenset[str], other: frozenset[str]) -> float:
        """From 0 (nothing in common) to 1 (the same terms)."""
        common = sum(self.weight(term) ** 2 for term in one & other)
        return common / (self.norm(one) * self.norm(other)) if common else 0.0
