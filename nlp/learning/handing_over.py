"""From a proposal to a lexicon folder and back: a unified diff of `local.toml`, accepted and undone by a person."""

import difflib
import hashlib
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from nlp.classify import Understanding
from nlp.learning.changes import Line
from nlp.lexicon import shown_form
from nlp.register import LOCAL
from nlp.toml_lines import TomlFile, is_table
from rules.errors import ConfigError, HuiyinError

HISTORY = "history"
UNDONE = ".undone"
_HEAD = "# A district's own words: added to what is learned. Lines come from `huiyin learn`; edit them as you like.\n"
_STATE = re.compile(r"^# lexicon ([0-9a-f]{16})$", re.MULTILINE)
_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@")


class CantApply(HuiyinError):
    """A diff doesn't fit what stands in the folder now; nothing was changed."""


def state_of(folder: Path) -> str:
    """A mark of everything that the listener reads in a folder: it changes with every edit."""
    mark = hashlib.sha256()
    for path in sorted([*folder.glob("*.toml"), *folder.glob("common/*.toml"), *folder.glob("types/*.toml")]):
        mark.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        mark.update(hashlib.sha256(path.read_bytes()).digest())
    return mark.hexdigest()[:16]


def as_diff(folder: Path, lines: Sequence[Line], about: Sequence[str]) -> str:
    """The proposal as a unified diff of `local.toml`; `about` stands before it. Empty where nothing would change."""
    before = _read(folder)
    after = _with(before, folder, lines) if lines else before
    diff = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{LOCAL}", f"b/{LOCAL}"
    )
    told = "".join(diff)
    head = "".join(f"# {line}\n" for line in (*about, f"lexicon {state_of(folder)}"))
    return head + told if told else ""


def _read(folder: Path) -> str:
    path = folder / LOCAL
    return path.read_text("utf-8") if path.exists() else ""


def _with(before: str, folder: Path, lines: Sequence[Line]) -> str:
    """The file with these changes: a word that stands there has its line replaced, others are added at the end."""
    kept = _present(folder) if before else {}
    text = (before or _HEAD).splitlines()
    if "[keywords]" not in text:
        text += ["", "[keywords]"]
    end = text.index("[keywords]") + 1
    while end < len(text) and not text[end].startswith("["):
        end += 1
    while not text[end - 1].strip():
        end -= 1
    added = []
    for line in sorted(lines, key=lambda line: line.word):
        word = shown_form(line.word)
        told = _entry(word, line, kept.get(word, {}))
        places = [at for at, row in enumerate(text) if row.startswith(f'"{word}" =')]
        if places:
            text[places[0]] = told
        else:
            added.append(told)
    text[end:end] = added
    return "\n".join(text) + "\n"


def _present(folder: Path) -> Mapping[str, dict[str, float]]:
    """What the file adds by now; strict checks are the loader's."""
    file = TomlFile(folder / LOCAL)
    found: dict[str, dict[str, float]] = {}
    table = file.table.get("keywords", {})
    for word in table if is_table(table) else {}:
        parts = file.text(file.sub(file.table, "keywords"), word).split()
        found[word] = {output: float(by) for output, by in zip(parts[::2], parts[1::2], strict=True)}
    return found


def _entry(word: str, line: Line, kept: Mapping[str, float]) -> str:
    adds = {output: round(kept.get(output, 0.0) + line.adds.get(output, 0.0), 2) for output in {**kept, **line.adds}}
    spoken = " ".join(f"{output} {by:.2f}" for output, by in adds.items() if by)
    why = f"{'new' if line.is_new else 'known'}; {line.agree} of {line.examples} examples are {line.label}"
    return f'"{word}" = "{spoken}"  # {why}'


def accept(folder: Path, diff: str) -> Path:
    """Apply a diff to a folder and keep it in `history/`; returns where it is kept.

    Lines that a person has struck out of the diff are left out. Raises CantApply where the folder has changed since
    the diff was made, ConfigError where the lexicon couldn't be read afterwards; then nothing was changed.
    """
    mark = _STATE.search(diff)
    if mark is None or f"+++ b/{LOCAL}" not in diff:
        raise CantApply("this is no proposal of `huiyin learn`: it lacks its first lines")
    if mark[1] != state_of(folder):
        raise CantApply(f"{folder} has changed since this was proposed; propose anew")
    before = _read(folder)
    after = apply(before, diff)
    if after == before:
        raise CantApply("no change is left in it: nothing to accept")
    _check(folder, after)
    kept = folder / HISTORY
    kept.mkdir(exist_ok=True)
    last = max((int(path.name[:3]) for path in kept.glob("[0-9][0-9][0-9].diff*")), default=0)
    path = kept / f"{last + 1:03}.diff"
    made = "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{LOCAL}", f"b/{LOCAL}"
        )
    )
    path.write_text(made, "utf-8")  # first the way back, then the change
    _write(folder / LOCAL, after)
    return path


def undo(folder: Path) -> Path:
    """Take the change that was accepted last back; returns its diff. Raises CantApply where there is none, or the
    lines have been edited since."""
    found = sorted((folder / HISTORY).glob("[0-9][0-9][0-9].diff"))
    if not found:
        raise CantApply(f"{folder / HISTORY}: nothing has been accepted that isn't undone")
    before = _read(folder)
    after = apply(before, turned(found[-1].read_text("utf-8")))
    _check(folder, after)
    _write(folder / LOCAL, after)
    return found[-1].rename(found[-1].with_name(found[-1].name + UNDONE))


def apply(text: str, diff: str) -> str:
    """Apply the hunks of a unified diff; line numbers count, the counts of lines don't, so it may be shortened.

    Raises CantApply at the first line that isn't what the diff expects.
    """
    old = text.splitlines()
    new: list[str] = []
    at, inside = 0, False
    for line in diff.splitlines():
        hunk = _HUNK.match(line)
        if hunk:
            start = max(int(hunk[1]) - 1, 0)
            new += old[at:start]
            at, inside = start, True
        elif inside and line[:1] == "+":
            new.append(line[1:])
        elif inside and line[:1] in {" ", "-", ""}:
            if at >= len(old) or old[at] != line[1:]:
                there = old[at] if at < len(old) else "the end"
                raise CantApply(f"{LOCAL}:{at + 1}: the diff expects {line[1:]!r}, but found {there!r}")
            new += [old[at]] if line[:1] != "-" else []
            at += 1
    return "".join(f"{line}\n" for line in new + old[at:])


def turned(diff: str) -> str:
    """The diff that undoes a diff."""
    swapped = {"+": "-", "-": "+"}
    lines = []
    for line in diff.splitlines():
        if match := re.match(r"^@@ -(\S+) \+(\S+) @@", line):
            lines.append(f"@@ -{match[2]} +{match[1]} @@")
        elif not line.startswith(("---", "+++")):
            lines.append(swapped.get(line[:1], line[:1]) + line[1:])
    return "\n".join(lines)


def _check(folder: Path, text: str) -> None:
    """Read the lexicon as it would be, elsewhere."""
    with tempfile.TemporaryDirectory(prefix="huiyin-lexicon-") as name:
        there = Path(name) / "lexicon"
        shutil.copytree(folder, there, ignore=shutil.ignore_patterns(HISTORY))
        _put(there / LOCAL, text)
        try:
            Understanding.load(there)
        except ConfigError as error:
            raise ConfigError(str(error).replace(str(there), str(folder))) from error


def _write(path: Path, text: str) -> None:
    """Replace a file whole: the running bot must never read half of it."""
    if not text:
        _put(path, text)
        return
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def _put(path: Path, text: str) -> None:
    """Write a file; one without a line isn't kept."""
    if text:
        path.write_text(text, "utf-8")
    else:
        path.unlink(missing_ok=True)
