"""The report of a campaign: a page, a text and two tables."""

from __future__ import annotations

from pathlib import Path

from loop.report.html import html
from loop.report.markdown import markdown
from loop.report.setting import Setting
from loop.report.tables import candidates_csv, rounds_csv
from loop.standing import Standing
from molecules.files import replace_file

__all__ = ["Setting", "write_report"]


def write_report(standing: Standing, folder: Path, setting: Setting | None = None) -> Path:
    """Write report.html, report.md, candidates.csv and rounds.csv; return the page's path.

    Each file is replaced at once, so a reader never sees half of one.

    Raises:
        OSError: the folder cannot be written.
    """
    for name, text in (
        ("candidates.csv", candidates_csv(standing)),
        ("rounds.csv", rounds_csv(standing)),
        ("report.md", markdown(standing, setting)),
        ("report.html", html(standing, setting)),
    ):
        with replace_file(folder / name) as partial:
            partial.write_text(text, encoding="utf-8", newline="\n")
    return folder / "report.html"
