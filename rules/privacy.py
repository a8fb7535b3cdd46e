"""The privacy gate: what leaves for a group carries no phone, identity or bank card number."""

import re

# Digits that people group by spaces or dashes still are a number.
_GAP = r"[ \-－]?"
_MOBILE = re.compile(rf"(?<!\d)(?:\+?86{_GAP})?(1[3-9]\d){_GAP}(\d{{4}}){_GAP}(\d{{4}})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(\d{6})(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}([\dXx])(?![\dXx])")
_CARD = re.compile(rf"(?<!\d)(\d{{4}})(?:{_GAP}\d{{4}}){{2,3}}{_GAP}(\d{{1,4}})(?!\d)")


def mask(text: str) -> str:
    """Return the text with mobile, identity and bank card numbers masked; ticket numbers and times stay."""
    text = _IDENTITY.sub(lambda m: f"{m[1][:3]}***********{m[2]}", text)
    text = _CARD.sub(lambda m: f"{m[1]} **** {m[2]}" if _luhn(m[0]) else m[0], text)
    return _MOBILE.sub(lambda m: f"{m[1]}****{m[3]}", text)


def count_private(text: str) -> int:
    """Count the private numbers in a text, for whoever is about to publish it."""
    cards = sum(1 for m in _CARD.finditer(text) if _luhn(m[0]))
    return len(_IDENTITY.findall(text)) + cards + len(_MOBILE.findall(text))


def _luhn(number: str) -> bool:
    """Tell a bank card from any other long number by its check digit (ISO/IEC 7812)."""
    digits = [int(c) for c in number if c.isdigit()]
    if not 15 <= len(digits) <= 19:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
