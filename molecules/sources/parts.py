"""Parts: a folder of downloads of one database, such as tranches, read as one source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from molecules.sources.base import Entry, Rejected, Source, SourceError


@dataclass
class Parts:
    """Downloads of one database, one after the other."""

    parts: Sequence[Source]
    name: str
    licence: str
    citation: str

    def entries(self) -> Iterator[Entry | Rejected]:
        """See Source."""
        for part in self.parts:
            yield from part.entries()


def of_folder(folder: Path, read: Callable[[Path], Source]) -> Parts:
    """All files in a folder and below it, but for hidden ones.

    Raises:
        SourceError: there is none.
    """
    below = sorted(path for path in folder.rglob("*") if path.is_file())
    files = [p for p in below if not any(n.startswith(".") for n in p.relative_to(folder).parts)]
    if not files:
        raise SourceError(f"got {folder}, a folder without files; expected downloads in it")
    parts = [read(file) for file in files]
    return Parts(parts, parts[0].name, parts[0].licence, parts[0].citation)
