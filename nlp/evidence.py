"""The very words that spoke for a decision, put together for a person to read."""

from operator import itemgetter

from nlp.decision import Evidence
from nlp.reading import Hit

MOST = 6  # pieces of evidence for one decision, the heaviest
_weight = itemgetter(2)
LEAST = 0.3  # log-odds below which a word isn't worth showing


def gather(text: str, spans: list[tuple[int, int, float]], hits: list[Hit]) -> tuple[Evidence, ...]:
    """Evidence in the order of the text, from words that weigh at least `LEAST`.

    Places in `spans` and `hits` count the frame before the text. Words that overlap are one piece of
    evidence: their letters were written once. Object and fault of a pattern share its weight.
    """
    pieces = list(spans)
    for hit in hits:
        pieces += [(*hit.object, hit.pattern.weight / 2), (*hit.fault, hit.pattern.weight / 2)]
    merged: list[tuple[int, int, float]] = []
    last = 0
    for begin, stop, weight in sorted(pieces):
        start, end = max(begin - 1, 0), min(stop - 1, len(text))
        if start < last:
            first, _, before = merged[-1]
            last = max(last, end)
            merged[-1] = (first, last, before + weight)
        elif start < end:
            last = end
            merged.append((start, end, weight))
    if len(merged) > MOST:
        merged = sorted(sorted(merged, key=_weight, reverse=True)[:MOST])
    shown = [_trimmed(text, *piece) for piece in merged]
    return tuple([one for one in shown if one.text])


def _trimmed(text: str, start: int, end: int, weight: float) -> Evidence:
    """Without blanks and line ends around: an anchored word matched those too."""
    words = text[start:end]
    if words[0].isspace() or words[-1].isspace():
        start += len(words) - len(words.lstrip())
        words = words.strip()
    return Evidence(words, start, start + len(words), round(weight, 2))
