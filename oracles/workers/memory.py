"""The memory that the processes of this machine may take together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),  # version 2
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),  # version 1
)
"""Where a container is told how much of the machine is its own."""


def shared_memory(limits: Sequence[Path] = CGROUP_LIMITS) -> int:
    """Bytes of the machine, or fewer where one of the files of `limits` allows fewer."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    told = [path.read_text("ascii").strip() for path in limits if path.is_file()]
    return min([machine, *(int(limit) for limit in told if limit.isdigit())])  # "max" is none
