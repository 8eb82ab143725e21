"""JSON documents of a database, read one after the other: their file may be of any size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from molecules.sources.base import NO_NUMBER, SourceError
from molecules.sources.text import open_text

Document = Mapping[str, Any]

ENVELOPES = ("data", "response")
"""Keys under which web interfaces put the list of what was asked for."""
CHUNK = 1 << 20
LARGEST_DOCUMENT = 100_000_000
"""Characters; a text that is no JSON is not read into memory to its end."""
SPACE = re.compile(r"[ \t\r\n]*")
DECODER = json.JSONDecoder()


class RefusedError(ValueError):
    """A document that gives no entry; its text is the reason as it is counted."""


def documents(path: Path) -> Iterator[Document]:
    """Every document of a file: a list, a list in an envelope, JSON lines, or a single one.

    Raises:
        SourceError: as `open_text`, or where the file is no JSON, breaks off, or has no documents.
    """
    with open_text(path) as file:
        text = _Json(file, path)
        while start := text.next():
            yield from text.array() if start == "[" else text.object()


def part(document: Document, key: str) -> Document:
    """The document inside a document; an empty one where there is none."""
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RefusedError("a field has another form than documented")
    return value


def number(document: Document, key: str) -> float | None:
    """A finite number, or None where there is none."""
    value = document.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise RefusedError(NO_NUMBER)
    try:
        found = float(value)
    except OverflowError:
        return None
    except ValueError as error:
        raise RefusedError(NO_NUMBER) from error
    return found if abs(found) < float("inf") else None


class _Json:
    """A JSON text of which only what is being decoded is in memory."""

    def __init__(self, file: TextIO, path: Path) -> None:
        self._file = file
        self._path = path
        self._text = ""
        self._at = 0
        self._ended = False
        if self.next() not in ("[", "{"):
            raise self._broken(f"which starts with {self._text[:20]!r}")

    def next(self) -> str:
        """The next character that is no space, not yet taken; empty at the end."""
        while True:
            space = SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text) or not self._read(CHUNK):
                return self._text[self._at : self._at + 1]

    def array(self) -> Iterator[Document]:
        """The documents of a list."""
        self._take("[")
        while self.next() != "]":
            document = self._value()
            if not isinstance(document, dict):
                raise self._broken(f"with {str(document)[:20]!r} in place of a document")
            yield document
            if self.next() != "]":
                self._take(",")
        self._take("]")

    def object(self) -> Iterator[Document]:
        """One document, or those in an envelope."""
        self._take("{")
        document: dict[str, Any] = {}
        is_envelope = False
        while self.next() != "}":
            key = str(self._value())
            self._take(":")
            if key in ENVELOPES and self.next() == "[":
                is_envelope = True
                yield from self.array()
            else:
                document[key] = self._value()
            if self.next() != "}":
                self._take(",")
        self._take("}")
        if not is_envelope:
            yield document

    def _value(self) -> Any:
        self.next()
        size = CHUNK
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise self._broken("nested without an end") from error
            except ValueError as error:  # as a rule only because the rest is still to be read
                if self._ended:
                    raise self._broken("which breaks off or is damaged") from error
            else:
                if end < len(self._text) or self._ended:  # 12 may be the start of 123
                    self._at = end
                    return value
            self._read(size)
            size *= 2

    def _take(self, expected: str) -> None:
        if self.next() != expected:
            found = self._text[self._at : self._at + 20]
            raise self._broken(f"with {found!r} in place of {expected!r}")
        self._at += 1

    def _read(self, size: int) -> bool:
        more = self._file.read(size)
        self._text = self._text[self._at :] + more
        self._at = 0
        self._ended = not more
        if len(self._text) > LARGEST_DOCUMENT:
            raise self._broken(f"with a document of over {LARGEST_DOCUMENT} characters")
        return bool(more)

    def _broken(self, what: str) -> SourceError:
        return SourceError(
            f"got {self._path}, {what}; expected JSON documents, in a list or one a line; "
            "download it again"
        )
