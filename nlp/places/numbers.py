"""Numbers as they stand before a measure word: 3, 十二, 二十三, 一百零八, 俩, A9."""

import re
from dataclasses import dataclass

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_POWERS = {"十": 10, "百": 100, "千": 1000}

# At most 6 characters of either kind, so that a scan looks at every character a bounded number of times.
NUMBER = re.compile(
    r"(?P<below>负|地下|(?<![0-9a-z~至到-])-(?=[0-9])|(?<![a-z])b(?=[1-4](?![0-9a-z-])))?"
    r"(?P<letter>(?<![a-z])[a-z])?"
    r"(?P<figure>[0-9]{1,6}|[零〇一二三四五六七八九十百千两俩]{1,6})"
)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number in a text: `value` in digits, with the letter before it in capitals (A9).

    `below` for 负, 地下, B; `size` is the number without its letter.
    """

    value: str
    words: str
    start: int
    end: int
    below: bool = False
    size: int = 0


def value_of(figure: str) -> int | None:
    """What Chinese or Arabic figures mean; None where they are no number (十百).

    >>> value_of("二十三"), value_of("一百零八"), value_of("一二零一"), value_of("12")
    (23, 108, 1201, 12)
    """
    if figure.isascii():
        return int(figure)
    if not any(power in figure for power in _POWERS):
        return int("".join(str(_DIGITS[c]) for c in figure))
    total, digit, last = 0, None, 10_000
    for character in figure:
        power = _POWERS.get(character)
        if power is None:
            digit = _DIGITS[character]
            continue
        if power >= last:
            return None
        total += (1 if digit is None else digit) * power
        digit, last = None, power
    return total + (digit or 0)


def numerals(folded: str) -> list[Numeral]:
    """All numbers of a folded text, from left to right."""
    found = []
    for match in NUMBER.finditer(folded):
        figure = match["figure"]
        value = value_of(figure)
        if value is None:
            continue
        letter = (match["letter"] or "").upper()
        found.append(
            Numeral(
                f"{letter}{value}",
                figure,
                match.start(),
                match.end(),
                below=match["below"] is not None,
                size=value,
            )
        )
    return found
