"""How `huiyin learn` tells what it found, for people and as JSON."""

from typing import TYPE_CHECKING

from nlp.learning.changes import Figures, Line, Proposal
from nlp.lexicon import shown_form

if TYPE_CHECKING:  # the module itself needs the packages for learning
    from nlp.learning.drift import Drift, Shares


def as_json(made: Proposal, drifted: "Drift | None", offered: list[str], harm: str) -> dict[str, object]:
    """One object: changes, figures, drift, and chatter offered for labelling."""
    return {
        "changes": [
            {
                "word": shown_form(line.word),
                "adds": line.adds,
                "new": line.is_new,
                "guard": is_guard(line),
                "examples": line.examples,
                "label": line.label,
                "agree": line.agree,
            }
            for line in made.lines
        ],
        "examples": {"before": made.examples[0].as_dict(), "after": made.examples[1].as_dict()},
        "corpus": {"before": made.corpus[0].as_dict(), "after": made.corpus[1].as_dict()},
        "refused": harm or None,
        "drift": drifted
        and {
            "lately": drifted.lately.as_dict(),
            "before": drifted.before.as_dict(),
            "terms": [{"word": term.word, "texts": term.texts} for term in drifted.terms],
        },
        "offered": offered,
    }


def is_guard(line: Line) -> bool:
    """Whether a change sets false reports apart: it only speaks against a report."""
    return line.label == "-" and line.adds.get("report", 0.0) < 0


def as_text(made: Proposal, drifted: "Drift | None", count: int, harm: str) -> str:
    """The report."""
    lines = [f"{count} examples, {len(made.lines)} changes"]
    sections = (
        ("new words", [line for line in made.lines if line.is_new and not is_guard(line)]),
        ("known words", [line for line in made.lines if not line.is_new and not is_guard(line)]),
        ("guards against false reports", [line for line in made.lines if is_guard(line)]),
    )
    for name, part in sections:
        if part:
            lines += ["", f"{name}:", *(_change(line) for line in part)]
    lines += ["", "                     texts  right  false  missed  mistyped     F1   type"]
    for name, pair in (("examples left out", made.examples), ("corpus left out", made.corpus)):
        lines += [f"{name + ', ' + when:25} {_row(one)}" for when, one in zip(("before", "after"), pair, strict=True)]
    if drifted is not None:
        lines += ["", *_drift(drifted)]
    if harm:
        lines += ["", f"refused: {harm}"]
    return "\n".join(lines)


def _change(line: Line) -> str:
    adds = "  ".join(f"{output} {by:+.2f}" for output, by in line.adds.items())
    return f"  {shown_form(line.word)}: {adds}   ({line.agree} of {line.examples} examples are {line.label})"


def _row(one: Figures) -> str:
    return (
        f"{one.texts:5} {one.right:6} {one.false_reports:6} {one.missed:7} {one.mistyped:9}"
        f" {one.f1:6.3f} {one.type_accuracy:6.3f}"
    )


def _drift(drifted: "Drift") -> list[str]:
    lately, before = drifted.lately, drifted.before
    rows = (
        ("drift", "lately", "before"),
        ("utterances", str(lately.utterances), str(before.utterances)),
        ("reports", str(lately.reports), str(before.reports)),
        ("close to the threshold", _percent(lately.low_margin), _percent(before.low_margin)),
        ("reports asked about", _percent(lately.asked), _percent(before.asked)),
        ("corrected", _percent(lately.corrected), _percent(before.corrected)),
    )
    lines = [f"{name:25} {now:>10} {then:>10}" for name, now, then in rows]
    codes = sorted({*drifted.lately.corrected_by_type, *drifted.before.corrected_by_type})
    lines += [f"  {code:23} {_of(drifted.lately, code):>10} {_of(drifted.before, code):>10}" for code in codes]
    if drifted.terms:
        lines.append("new in reports: " + "  ".join(f"{term.word} {term.texts}" for term in drifted.terms))
    return lines


def _of(one: "Shares", code: str) -> str:
    wrong, spoken = one.corrected_by_type.get(code, (0, 0))
    return f"{wrong} of {spoken}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
