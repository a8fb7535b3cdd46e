"""What is proposed, as plain data: changed words, and figures before and after."""

from dataclasses import asdict, dataclass

from nlp.lexicon import Effect


@dataclass(frozen=True, slots=True)
class Line:
    """One change: a word, what is added to its weights, whether the lexicon had it, and how many examples have it."""

    word: str
    adds: dict[str, float]
    is_new: bool
    examples: int
    label: str
    agree: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Decisions on labelled texts: how many are right, and how the others are wrong. `texts` is all of them."""

    texts: int
    reports: int
    right: int
    false_reports: int  # no report, but taken for one
    missed: int  # a report, but not taken for one
    mistyped: int  # a report, but of another type

    @property
    def f1(self) -> float:
        """F1 of report or not."""
        found = self.reports - self.missed
        return 2 * found / (2 * found + self.missed + self.false_reports) if self.reports else 1.0

    @property
    def type_accuracy(self) -> float:
        """The share of found reports that have the right type."""
        found = self.reports - self.missed
        return (found - self.mistyped) / found if found else 1.0

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return {**asdict(self), "f1": round(self.f1, 4), "type_accuracy": round(self.type_accuracy, 4)}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed, with figures before and after on left-out examples and left-out rooms of the corpus."""

    lines: tuple[Line, ...]
    examples: tuple[Figures, Figures]
    corpus: tuple[Figures, Figures]

    @property
    def changes(self) -> dict[str, Effect]:
        """What it adds to the lexicon."""
        return {line.word: line.adds for line in self.lines}

    def costs(self) -> float:
        """How much the corpus loses, as the larger drop of F1 and type accuracy; below zero where it gains."""
        before, after = self.corpus
        return round(max(before.f1 - after.f1, before.type_accuracy - after.type_accuracy), 4)

    def gains(self) -> int:
        """How many more of the left-out examples come out right."""
        return self.examples[1].right - self.examples[0].right

    def harm(self, tolerance: float) -> str:
        """Why it shouldn't be accepted; empty where it may be."""
        if self.costs() > tolerance:
            return f"the corpus would lose {self.costs():.4f} of F1 or type accuracy, more than {tolerance:g}"
        if self.gains() < 0:
            return f"{-self.gains()} more of the examples left out would be wrong"
        return ""
