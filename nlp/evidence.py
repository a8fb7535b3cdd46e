"""The very words that spoke for a decision, put together for a person to read."""

from nlp.decision import Evidence
from nlp.reading import Hit

MOST = 6  # pieces of evidence for one decision, the heaviest
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
    for begin, stop, weight in sorted(pieces):
        start, end = max(begin - 1, 0), min(stop - 1, len(text))
        if merged and start < merged[-1][1]:
            first, last, before = merged[-1]
            merged[-1] = (first, max(last, end), before + weight)
        elif start < end:
            merged.append((start, end, weight))
    heaviest = sorted(merged, key=lambda piece: -piece[2])[:MOST]
    shown = (_trimmed(text, *piece) for piece in sorted(heaviest))
    return tuple(one for one in shown if one.text)


def _trimmed(text: str, start: int, end: int, weight: float) -> Evidence:
    """Without blanks and line ends around: an anchored word matched those too."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Evidence(text[start:end], start, end, round(weight, 2))
