"""Processes of the embedded servers: who is alive, under which user they run, one starter at a time."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534
# A socket address holds about 107 bytes; PostgreSQL adds a file name of its own.
LONGEST_SOCKET_FOLDER = 80


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file; the system releases it when the holder dies, however it dies."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def is_alive(pid: int) -> bool:
    """True for a running process; a zombie is dead, only not yet buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return _answers_signal(pid) if not Path("/proc/self/stat").exists() else False
    return state != "Z"


def _answers_signal(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def owner() -> tuple[int, int]:
    """User and group of the servers: PostgreSQL refuses to run as root, so root gives the rights away."""
    return (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def private_folder(path: Path) -> Path:
    """Create a folder that only the servers' user (and root) may enter.

    RuntimeError if somebody else has put something there before us, which can happen in the temporary folder.
    """
    path.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid not in (os.geteuid(), owner()[0]):
        raise RuntimeError(f"{path} belongs to somebody else: remove it, or choose another PORTAL_DATA")
    if os.geteuid() == 0:
        os.chown(path, *owner())
    path.chmod(0o700)
    return path


def socket_folder(data: Path) -> Path:
    """Where the sockets lie: inside the data, or under the temporary folder if that path is too long."""
    folder = data / "run"
    if len(str(folder)) > LONGEST_SOCKET_FOLDER:
        name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"portal-{os.geteuid()}-{name}"
    return folder


def run(command: Sequence[str | Path], *, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as the servers' user and return what it said; it never waits for input."""
    return subprocess.run(
        [*_as_owner(cwd, command), *map(str, command)],
        cwd=cwd,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def spawn(command: Sequence[str | Path], *, cwd: Path, log: Path) -> None:
    """Start a server that outlives this process, in a session of its own (Ctrl-C does not reach it)."""
    with log.open("ab") as output:
        server = subprocess.Popen(
            [*_as_owner(cwd, command), *map(str, command)],
            cwd=cwd,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    # It is meant to outlive us: without this, Python warns at exit about a child that still runs.
    server.returncode = 0


def _environment() -> dict[str, str]:
    keep = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "TZ")
    return {**{name: os.environ[name] for name in keep if name in os.environ}, "LC_ALL": "C.UTF-8"}


def _as_owner(cwd: Path, command: Sequence[str | Path]) -> list[str]:
    """The prefix that drops root's rights, keeping only the right to pass folders that are closed to others."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise RuntimeError("setpriv (util-linux) is needed to start the embedded servers as root")
    prefix = [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if not all(_open_to_others(path) for path in (cwd, Path(command[0]))):
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*prefix, "--"]


def _open_to_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
