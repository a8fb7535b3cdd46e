"""What risk words and tones mark: the highest colour and the strongest emotion among the words found."""

from collections.abc import Iterable

from nlp.decision import Emotion
from nlp.lexicon import Lexicon

_COLOURS = ("red", "orange", "yellow")
_EMOTIONS = (Emotion.ANGRY, Emotion.AFRAID, Emotion.ANNOYED)


def emotion(lexicon: Lexicon, words: Iterable[str]) -> Emotion:
    """Return the strongest emotion that the words mark."""
    found = {lexicon.marks["emotion"].get(word) for word in words}
    return next((one for one in _EMOTIONS if one in found), Emotion.CALM)


def colour(lexicon: Lexicon, words: Iterable[str]) -> str | None:
    """Return the highest colour that the words call for."""
    found = {lexicon.marks["colour"].get(word) for word in words}
    return next((one for one in _COLOURS if one in found), None)
