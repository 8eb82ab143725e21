"""Home: the folder of one campaign; one run at a time, on a disk that SQLite can trust."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

NETWORK_FILESYSTEMS = ("nfs", "cifs", "smb", "9p", "drvfs", "fuse.sshfs", "afs", "lustre", "ceph")


class HomeError(RuntimeError):
    """A home that cannot be used now."""


def prepare(home: Path) -> None:
    """Create the folder and check that it can be written; warn about network drives.

    Raises:
        HomeError: it cannot be created or written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / f".write-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise HomeError(
            f"cannot write to home {home}: {error.strerror or error}; expected a writable folder; "
            "choose another with home=DIR"
        ) from error
    kind = filesystem(home)
    if kind.startswith(NETWORK_FILESYSTEMS):
        print(
            f"warning: home {home} is on a network or Windows drive ({kind}), where a database can "
            "be damaged; choose a folder on the Linux disk, for example home=$HOME/campaigns/NAME",
            file=sys.stderr,
        )


@contextmanager
def one_run(home: Path) -> Iterator[None]:
    """Hold the home for one run.

    Raises:
        HomeError: another process is running this campaign.
    """
    lock = FileLock(home / "run.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise HomeError(
            f"another run is using {home}; expected one run per home; wait for it, or stop it "
            "with Ctrl-C (do=status, do=report, do=ask work meanwhile)"
        ) from error
    try:
        yield
    finally:
        lock.release()


def filesystem(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Type of the file system that holds `path`, or an empty string where it is not known."""
    if not mounts.exists():
        return ""
    target = str(path.resolve())
    best, kind = "", ""
    for line in mounts.read_text(errors="replace").splitlines():
        _, point, found, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, found
    return kind
