"""Text from outside, made fit to be kept: whatever people or gateways send."""

import re

from rules.privacy import mask

MAX_TEXT = 200_000  # characters; beyond it a message is a file by another name
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def storable(text: str) -> str:
    """Replace what no database takes (NUL, lone surrogates) by U+FFFD, one for one, and bound the length."""
    return _UNFIT.sub("\ufffd", text[:MAX_TEXT])


def speakable(text: str) -> str:
    """Drop control and direction characters, so that nothing quoted can turn a sentence of ours around."""
    return _INVISIBLE.sub("", storable(text))


def short(text: str, length: int = 40) -> str:
    """Return the text on one line, cut to a length in characters, for quoting it.

    Private numbers are masked before it is cut: half a phone number isn't recognised any more.
    """
    line = mask(" ".join(speakable(text).split()))
    return line if len(line) <= length else line[: length - 1] + "…"
