"""SDF files, record by record: tags are read as text, and nobody waits for a molecule block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from molecules.sources.base import GIVE, SourceError
from molecules.sources.text import open_text, printable

COUNTS = re.compile(r"V[23]000\s*\Z")
"""How the fourth line of a molecule block ends."""
TAG = re.compile(r">[^<]*<([^>]*)>")
ENDINGS = ("M  END", ">")
"""What follows the atoms and bonds; a block without the first is closed by the first tag."""
END = "$$$$"
LONGEST_LINE = 1_000
"""Characters that are looked at before a file is known to be SDF."""


def is_sdf(path: Path) -> bool:
    """Whether the file begins with a molecule block; raises SourceError as `open_text`."""
    with open_text(path) as file:
        lines = [file.readline(LONGEST_LINE) for _ in range(4)]
    return bool(COUNTS.search(lines[3]))


def records(path: Path) -> Iterator[tuple[dict[str, str], str]]:
    """Tags and molecule block of each record; the lines of a tag are joined by line breaks.

    Raises:
        SourceError: as `open_text`, or where the file is no SDF or its last record breaks off.
    """
    if not is_sdf(path):
        raise SourceError(
            f"got {path}, whose fourth line ends neither in V2000 nor in V3000; expected SDF; "
            f"{GIVE}"
        )
    lines: list[str] = []
    number = 1
    with open_text(path) as file:
        for line in file:
            if line.startswith(END):
                yield _record(lines)
                lines = []
                number += 1
            else:
                lines.append(line.rstrip("\r\n"))
    if any(lines):
        raise SourceError(
            f"got {path}, whose record {number} breaks off inside {printable(lines[0])}; "
            f"expected {END} at its end; download it again"
        )


def expect_tag(path: Path, tag: str, what: str) -> None:
    """Refuse an SDF whose first record lacks a tag.

    Raises:
        SourceError: as `records`; names the tags that are found and the download expected.
    """
    tags, _ = next(records(path))
    if tag not in tags:
        raise SourceError(
            f"got {path} with the tags {printable(', '.join(list(tags)[:5]))}, which lacks {tag}; "
            f"expected {what}; {GIVE}"
        )


def _record(lines: Sequence[str]) -> tuple[dict[str, str], str]:
    end = next((n for n, line in enumerate(lines) if n > 3 and line.startswith(ENDINGS)), None)
    tags: dict[str, str] = {}
    name = ""
    for line in lines[end:] if end else ():
        if not line.strip():
            name = ""
        elif name:
            tags[name] = f"{tags[name]}\n{line}" if tags[name] else line
        elif match := TAG.match(line):
            name = match[1]
            tags[name] = ""
    return tags, "\n".join([*lines[:end], "M  END", ""])
