"""The report of a campaign: a page, a text and two tables."""

from __future__ import annotations

import os
from pathlib import Path

from loop.report.html import html
from loop.report.markdown import markdown
from loop.report.tables import candidates_csv, rounds_csv
from loop.standing import Standing

__all__ = ["write_report"]


def write_report(standing: Standing, folder: Path) -> Path:
    """Write report.html, report.md, candidates.csv and rounds.csv; return the page's path.

    Each file is replaced at once, so a reader never sees half of one.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("candidates.csv", candidates_csv(standing)),
        ("rounds.csv", rounds_csv(standing)),
        ("report.md", markdown(standing)),
        ("report.html", html(standing)),
    ):
        _replace(folder / name, text)
    return folder / "report.html"


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
