"""The contract of every source: a native download becomes a stream of entries, one a row read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

NO_NUMBER = "a number does not parse"
"""Reason to reject a row with a text where a number belongs."""
GIVE = "give that file, or read this one by another source=NAME"
"""What to do about the download of something else."""
Notation = Literal["smiles", "inchi", "molblock"]
"""How a database writes its structures."""


class SourceError(ValueError):
    """A file that is not the download that its reader expects."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a database says of one molecule."""

    quantity: str
    """A name of the vocabulary."""
    value: float
    """In the vocabulary's unit, whatever the file has: the reader converts it, once."""
    method: str
    """Level of theory and phase, or `experiment`: values of two methods are two numbers."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a database, its structure as it is written there."""

    identifier: str
    """The database's own name of the row, such as CHEMBL25."""
    structure: str
    notation: Notation = "smiles"
    values: tuple[Value, ...] = ()
    name: str = ""
    cas: str = ""
    inchikey: str = ""
    """As the database gives it; compared with the one computed from the structure."""
    is_closed_shell: bool = False
    """Whether radicals in the structure can only be double bonds that the database lost."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that gives no molecule."""

    where: str
    """Row number or identifier, for a person who looks it up."""
    reason: str
    """Without numbers and names, because reasons are counted."""


def hold_paths(source: object, *names: str) -> None:
    """Turn fields of a frozen source into paths, for a configuration gives text; None stays None.

    To be called in its `__post_init__`.
    """
    for name in names:
        value = getattr(source, name)
        object.__setattr__(source, name, None if value is None else Path(value))


class Source(Protocol):
    """A reader of one database; a frozen dataclass of the files it reads."""

    name: str
    """As it stands in the library's column `source`."""
    licence: str
    citation: str

    def entries(self) -> Iterator[Entry | Rejected]:
        """Every row of the download, in its order, without holding it in memory.

        Raises:
            SourceError: a file is missing, damaged, or the download of something else.
        """
