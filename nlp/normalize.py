"""One spelling for matching: folded text has the same length as what was written, so positions stay true."""

import functools
import unicodedata

import opencc

INVISIBLE = "\u200b"  # every character that shows nothing folds to this one; `squeeze` leaves it out
REPLACEMENT = "\ufffd"  # for halves of a surrogate pair: the matcher, like any UTF-8, refuses them

_PLANES = 0x20000  # the basic plane and the one with emoji; the rare ideographs beyond stay as they are
_BLOCK = 64
_SURROGATES = range(0xD800, 0xE000)
_SHOWS_NOTHING = (
    (0x00AD, 0x00AE),  # soft hyphen
    (0x034F, 0x0350),
    (0x061C, 0x061D),  # Arabic letter mark
    (0x180B, 0x180F),
    (0x200B, 0x2010),  # zero-width space and joiners, left-to-right and right-to-left marks
    (0x202A, 0x202F),  # embeddings and overrides of direction
    (0x2060, 0x2070),  # word joiner, isolates
    (0xFE00, 0xFE10),  # variation selectors, as emoji keyboards add them
    (0xFEFF, 0xFF00),
)
# Where one traditional character has two simplified ones OpenCC keeps it; talk nearly always means this one.
_OVERRIDES = {"著": "着", "瞭": "了", "妳": "你", "牠": "它", "甦": "苏", "迴": "回"}


def _simplified(characters: str) -> str:
    """Traditional characters one by one to simplified ones; OpenCC would change length on phrases."""
    lines = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return "".join(new if len(new) == 1 else old for old, new in zip(characters, lines, strict=True))


@functools.cache
def folding() -> str:
    """The table for `str.translate`: the character at each code point is what that code point folds to.

    A string serves as the table because it answers an index in 30 ns and takes 0.5 MB; a dict takes 8 MB.
    Full-width and compatibility forms become plain (NFKC where that is one character), letters small,
    traditional characters simplified.
    """
    table = [chr(code) for code in range(_PLANES)]
    for first in range(0, _PLANES, _BLOCK):
        block = "".join(table[first : first + _BLOCK])
        if unicodedata.normalize("NFKC", block).lower() == block:
            continue  # as nearly all of them: that saves most of the time a start takes here
        for code, letter in enumerate(block, first):
            plain = unicodedata.normalize("NFKC", letter).lower()
            if len(plain) == 1:
                table[code] = plain
    table[_SURROGATES.start : _SURROGATES.stop] = REPLACEMENT * len(_SURROGATES)
    ideographs = slice(0x3400, 0xA000)
    table[ideographs] = _simplified("".join(table[ideographs]))
    for old, new in _OVERRIDES.items():
        table[ord(old)] = new
    for first, end in _SHOWS_NOTHING:
        table[first:end] = INVISIBLE * (end - first)
    return "".join(table)


def fold(text: str) -> str:
    """The text as it is matched, character by character: `fold(text)[i]` stands for `text[i]`.

    >>> fold("３號樓電梯又壞了 OK！")
    '3号楼电梯又坏了 ok!'
    """
    return text.translate(folding())


def squeeze(folded: str) -> tuple[str, list[int]]:
    """Folded text without what shows nothing, and for each character left its place in the folded text."""
    places = [place for place, character in enumerate(folded) if character != INVISIBLE]
    return folded.replace(INVISIBLE, ""), places
