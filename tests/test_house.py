"""The house rules that no linter knows: words, sizes, and who may import what."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
PACKAGES = ("actions", "bot", "console", "handlers", "nlp", "rules", "storage")
MODULES = sorted(path for package in PACKAGES for path in (HOUSE / package).rglob("*.py"))
LONGEST = 300
# Catalogues are read by looking one entry up, and a migration is never read again.
CATALOGUES = ("handlers/texts.py", "rules/sayings.py", "storage/migrations/versions/")

# The folder or module that may import a library; nobody else in the house may.
ONLY = {
    "aiosqlite": "storage/",
    "alembic": "storage/",
    "apscheduler": "bot/scheduler.py",
    "asyncpg": "storage/",
    "daachorse": "nlp/matcher.py",
    "jieba": "nlp/segment.py",
    "opencc": "nlp/normalize.py",
    "sqlalchemy": "storage/",
    "wechaty": "bot/gateways/wechaty/",
    "wechaty_grpc": "bot/gateways/wechaty/",
    "wechaty_puppet": "bot/gateways/wechaty/",
    "wechaty_puppet_service": "bot/gateways/wechaty/",
}

# Words that the glossary lists under "not", and where they name something else: Wechaty's own names, click's groups.
SYNONYMS = {
    *("announcement", "broadcast", "category", "categories", "chat", "chats", "chatroom", "complaint", "feedback"),
    *("group", "groups", "issue", "issues", "satisfaction", "supervise", "urge", "user", "users"),
}
FOREIGN_NAMES = ("bot/gateways/wechaty/", "nlp/")

REGISTRIES = ("pypi", "pythonhosted", "registry.npmjs", "registry.yarnpkg", "deb.debian", "crates", "npmmirror")


def name_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in MODULES:
        yield name_of(path), ast.parse(path.read_text(encoding="utf-8"))


def tracked() -> list[Path]:
    if not (HOUSE / ".git").exists():
        pytest.skip("not a clone: git can't tell which files are tracked")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    return [HOUSE / name for name in listed.split("\0") if name and (HOUSE / name).is_file()]


def constants(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(value))):
                yield name, value


def words_of_the_code() -> set[str]:
    """The values of every StrEnum and the names of all tables."""
    words: set[str] = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                is_enum = any("StrEnum" in ast.unparse(base) for base in node.bases)
                words |= {value for name, value in constants(node) if is_enum or name == "__tablename__"}
    return words


def test_every_state_verb_role_and_table_is_in_the_glossary() -> None:
    listed = set(re.findall(r"`([a-z_]+)`", (HOUSE / "docs" / "glossary.md").read_text(encoding="utf-8")))
    words = words_of_the_code()
    assert {"filed", "claim", "unit_leader", "outbox"} <= words  # the reader of the code reads it
    assert sorted(words - listed) == []


def named(tree: ast.Module) -> Iterator[str]:
    """Everything that a module itself gives a name to."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def task_groups(tree: ast.Module) -> set[str]:
    """The names given to asyncio's task groups, which are no rooms."""
    items = [item for node in ast.walk(tree) if isinstance(node, ast.AsyncWith) for item in node.items]
    opened = [item for item in items if ast.unparse(item.context_expr).endswith("TaskGroup()")]
    return {item.optional_vars.id for item in opened if isinstance(item.optional_vars, ast.Name)}


def test_one_concept_has_one_word() -> None:
    wrong = [
        f"{module}: {name}"
        for module, tree in trees()
        if not module.startswith(FOREIGN_NAMES)
        for name in set(named(tree)) - task_groups(tree)
        if not (module.startswith("bot/commands/") and name.endswith("_group"))
        and SYNONYMS & {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
    ]
    assert wrong == []


def test_the_glossary_names_the_words_that_are_not_used() -> None:
    text = (HOUSE / "docs" / "glossary.md").read_text(encoding="utf-8")
    told = {word for words in re.findall(r"\(not: ([^)]+)\)", text) for word in words.split(", ")}
    plural = {"categories", "chats", "groups", "issues", "users"}
    assert sorted(SYNONYMS - plural - {"chatroom"} - told) == []


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    too_long = {name: lines for name, lines in lengths.items() if lines > LONGEST and not name.startswith(CATALOGUES)}
    assert too_long == {}


def imported(tree: ast.Module) -> Iterator[str]:
    """The top names of what a module imports, also by `import_module("...")`."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.split(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.split(".")[0]
            case ast.Call(func=func, args=[ast.Constant(value=str(module)), *_]):
                if ast.unparse(func).endswith(("import_module", "__import__")):
                    yield module.split(".")[0]


def test_a_library_has_one_door() -> None:
    wrong = [
        f"{module} imports {library}: only {ONLY[library]} may"
        for module, tree in trees()
        for library in imported(tree)
        if library in ONLY and not module.startswith(ONLY[library])
    ]
    assert wrong == []


def test_no_tracked_file_names_a_registry() -> None:
    hosts = re.compile("|".join(rf"\b{re.escape(name)}\.(?:org|io|com)\b" for name in REGISTRIES))
    found = [
        f"{name_of(path)}: {match.group()}"
        for path in tracked()
        if (match := hosts.search(path.read_text(encoding="utf-8", errors="replace")))
    ]
    assert found == []


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    groups = {**project["dependency-groups"], "run": project["project"]["dependencies"]}
    groups["run"] = groups["run"] + project["project"]["optional-dependencies"]["learn"]
    missing = [
        f"{wish}: run `make lock`"
        for group, wishes in groups.items()
        for wish in wishes
        if not re.search(
            rf"^{re.match(r'[A-Za-z0-9_-]+', wish)[0]}==".lower(),  # type: ignore[index]
            (HOUSE / "requirements" / f"{group}.txt").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    ]
    assert missing == []


@pytest.mark.parametrize("name", ["help", "setup", "demo", "test", "lint", "types", "contracts", "check", "bench"])
def test_make_help_tells_of_every_target(name: str) -> None:
    told = subprocess.run(["make", "help"], cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    assert re.search(rf"^  make {name} +\S", told, re.MULTILINE)
