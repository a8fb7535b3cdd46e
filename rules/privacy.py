"""The privacy gate: what leaves for a group carries no phone, identity or bank card number."""

import re

# Digits that people group by spaces, dots or dashes still are a number; \d takes full-width digits, too.
_GAP = r"[ \-－—–.·_\u3000]?"
_SPACED = r"[ \-－—–.·_\u3000]"
_MOBILE = re.compile(
    rf"(?<!\d)(?:[+＋]?[8８][6６]{_GAP})?((?:[1１][3-9３-９]\d))"
    rf"(?:{_GAP}\d{{4}}{_GAP}|{_SPACED}\d{{3}}{_SPACED}\d|(?:{_SPACED}\d\d){{2}}{_SPACED}?)(\d{{4}}|\d\d{_SPACED}\d\d)(?!\d)"
)
_IDENTITY = re.compile(
    rf"(?<!\d)(\d{{3}})\d{{3}}{_GAP}(?:19|20|１９|２０)\d{{2}}{_GAP}[01０１]\d{_GAP}?[0-3０-３]\d{_GAP}\d{{3}}([\dXxＸｘ])(?![\dXx])"
)
_CARD = re.compile(rf"(?<!\d)(\d{{4}})(?:{_GAP}\d{{4}}){{2,3}}{_GAP}(\d{{1,4}})(?!\d)")


def mask(text: str) -> str:
    """Return the text with mobile, identity and bank card numbers masked; ticket numbers and times stay."""
    text = _IDENTITY.sub(lambda m: f"{m[1]}**************{m[2]}", text)
    text = _CARD.sub(lambda m: f"{m[1]} **** {m[2]}" if _luhn(m[0]) else m[0], text)
    return _MOBILE.sub(lambda m: f"{m[1]}****{''.join(c for c in m[2] if c.isdigit())}", text)


def count_private(text: str) -> int:
    """Count the private numbers in a text, for whoever is about to publish it."""
    text, identities = _IDENTITY.subn("", text)
    cards = sum(1 for m in _CARD.finditer(text) if _luhn(m[0]))
    return identities + cards + len(_MOBILE.findall(text))


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
