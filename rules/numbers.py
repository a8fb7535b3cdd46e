"""Ticket numbers: short and sayable, the day and a serial in the subdistrict, such as `0511-001`."""

import re
from datetime import datetime, tzinfo

_NUMBER = re.compile(r"(?<!\d)(\d{4})\s*[-－—–~]\s*(\d{1,4})(?!\d)")


def day_of(at: datetime, zone: tzinfo) -> str:
    """Return the local day as in a ticket number, `MMDD`."""
    return at.astimezone(zone).strftime("%m%d")


def format_number(day: str, serial: int) -> str:
    """Return `MMDD-NNN`; from the thousandth on it simply grows."""
    return f"{day}-{serial:03d}"


def find_numbers(text: str) -> list[str]:
    """Return the ticket numbers that a text names, in order, in normal form."""
    return [format_number(day, int(serial)) for day, serial in _NUMBER.findall(text[:2000]) if "0101" <= day <= "1231"]
