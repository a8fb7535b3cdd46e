"""Ticket numbers: short and sayable, the day and a serial in the subdistrict, such as `0511-001`."""

import re
from datetime import datetime, tzinfo

LONGEST = 2000  # characters that are looked at: whoever names a ticket does so early
_NUMBER = re.compile(r"(?<![\d\-－—–~])(\d{4})\s*[-－—–~]\s*(\d{1,4})(?![\d\-－—–~])")


def day_of(at: datetime, zone: tzinfo) -> str:
    """Return the local day as in a ticket number, `MMDD`."""
    return at.astimezone(zone).strftime("%m%d")


def format_number(day: str, serial: int) -> str:
    """Return `MMDD-NNN`; from the thousandth on it simply grows."""
    return f"{day}-{serial:03d}"


def find_numbers(text: str) -> list[str]:
    """Return the ticket numbers that a text names, in order, in normal form."""
    return [format_number(found[1], int(found[2])) for found in _NUMBER.finditer(text[:LONGEST]) if _is_day(found[1])]


def without_numbers(text: str) -> str:
    """Return the text with a space in the place of each ticket number; phone numbers and dates stay."""
    return _NUMBER.sub(lambda found: " " if _is_day(found[1]) else found[0], text[:LONGEST])


def _is_day(digits: str) -> bool:
    return "01" <= digits[:2] <= "12" and "01" <= digits[2:] <= "31"
