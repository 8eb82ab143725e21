"""The outcome files of one task: what a killed driver finds again when it is restarted."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from molecules import Status
from oracles.base import Answer, Json

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class TaskFolder:
    """The folder of one task: its parts in order, its attempts, and its end.

    `part-0001.json` ... hold what the task yielded, `attempt.json` counts how often it was begun,
    and `done.json` says how it ended. Each file appears whole or not at all.
    """

    root: Path
    key: str

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(
                f"got task key {self.key!r}, expected a content hash of at most 128 letters, "
                "digits, '.', '_' or '-', because it names a folder"
            )

    @property
    def path(self) -> Path:
        """Where the files lie."""
        return self.root / self.key

    @property
    def attempts(self) -> int:
        """How often the task was begun."""
        return int(self._read("attempt.json").get("count", 0))

    def begin(self) -> None:
        """Count one more attempt and drop what an earlier one had left."""
        attempts = self.attempts + 1
        self.path.mkdir(parents=True, exist_ok=True)
        for file in self.path.iterdir():
            if file.name != "attempt.json":
                file.unlink(missing_ok=True)
        self._write("attempt.json", json.dumps({"count": attempts, "started": time.time()}))

    def add_part(self, number: int, text: str) -> None:
        """Keep one yielded part, already JSON."""
        self._write(f"part-{number:04d}.json", text)

    def finish(self, status: Status, reason: str) -> None:
        """Write the end of the task, with the wall seconds since it was begun."""
        started = float(self._read("attempt.json").get("started", time.time()))
        ending = {"status": status, "reason": reason, "seconds": max(0.0, time.time() - started)}
        self.path.mkdir(parents=True, exist_ok=True)
        self._write("done.json", json.dumps(ending))

    def answer(self) -> Answer | None:
        """The answer, or None where the task has not ended."""
        ending = self._read("done.json")
        if not ending:
            return None
        parts = [json.loads(f.read_text("utf-8")) for f in sorted(self.path.glob("part-*.json"))]
        status = Status(ending["status"])
        return Answer(self.key, parts, status, ending["reason"], ending["seconds"])

    def forget(self) -> None:
        """Remove the files: the answer is committed elsewhere."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _read(self, name: str) -> Json:
        try:
            content: Json = json.loads((self.path / name).read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        return content

    def _write(self, name: str, text: str) -> None:
        temporary = self.path / f".{name}.{os.getpid()}"
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path / name)
